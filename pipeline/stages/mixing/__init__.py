"""Mixing of a dub: takes over the original, and the fold-down to stereo."""
