"""The audit profiles that come with the program, and their schema."""
