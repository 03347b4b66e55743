"""Script files of a dub: written for editors as CSV, JSON, SubRip or WebVTT, read back leniently, and compared with the script."""
