"""Text: subtitle files and their cleaning, languages, glossaries."""
