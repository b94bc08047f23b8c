"""A Well-Architected auditor for AWS accounts. Check packs import the public names from here."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("auditor")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"
