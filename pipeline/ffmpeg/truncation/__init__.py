"""Truncated and overstated films: header durations against packets, the sizes of containers against the file, notes."""
