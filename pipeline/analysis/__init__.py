"""Analysis of a film before it is dubbed: language, speakers and dialogue, from subtitles or by speech recognition."""
