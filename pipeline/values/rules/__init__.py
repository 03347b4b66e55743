"""Rules: what is asked of the films of a folder or a series."""
