"""Generated pages of docs/: the help of each command, the tables of the store."""
