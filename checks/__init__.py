"""The checks that come with the program: one package a pattern, one module a control."""
