"""What no single call says: several kinds of evidence joined into what checks want to know."""
