"""Cleaning of subtitles to dialogue: rules over a whole file, each of which counts what it removes."""
