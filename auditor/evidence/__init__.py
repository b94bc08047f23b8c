"""What AWS says of an account, as types: one module a service, with its kinds and their collectors."""
