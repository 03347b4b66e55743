"""Edits of the structure of a dub: lines that were added, deleted, or given other times."""
