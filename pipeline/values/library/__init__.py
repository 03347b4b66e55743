"""Values of the library: its films, and their coverage by languages."""
