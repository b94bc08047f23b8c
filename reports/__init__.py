"""The report formats that come with the program: one module a format."""
