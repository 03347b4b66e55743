"""Subtitle files: found, decoded, parsed in bounds, held against the speech, and written."""
