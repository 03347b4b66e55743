"""Forced alignment: words of a known text found in its speech; engines of the aligner role and what they share."""
