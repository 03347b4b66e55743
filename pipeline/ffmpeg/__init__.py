"""ffmpeg and ffprobe: the one place that knows their commands, what they answer, and which codecs are used."""
