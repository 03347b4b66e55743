"""Text: subtitle files and their cleaning, languages, glossaries, choice and titles of audio tracks."""
