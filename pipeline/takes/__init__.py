"""Single lines of a dub while they are edited: their estimated duration, and candidate takes."""
