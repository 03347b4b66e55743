"""Recognised words and the diarization: words of each speaker, speech without words, and its second recognition."""
