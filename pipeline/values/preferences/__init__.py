"""Preferences of a dub: voices and engines."""
