"""Verification of a dub's takes: they are recognised, compared with their text, and made again where they are not understood."""
