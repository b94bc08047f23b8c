"""The JSON Schema of each version of the assessment document, as `assessment-<version>.json`."""
