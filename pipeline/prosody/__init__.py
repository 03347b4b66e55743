"""Prosody of the source lines (pauses, pitch, pace), measured and passed on to the takes."""
