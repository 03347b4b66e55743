"""Room match: the band and the reverberation of a line's original speech, and presets that give them to its take."""
