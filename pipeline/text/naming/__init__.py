"""File names of a library: spellings of languages, sidecar subtitles, films and extras."""
