"""Apertium: resident pipelines of its installed language pairs, its stream format, and text normalization around it."""
