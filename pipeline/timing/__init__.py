"""Timing of a dub: the plan of starts, durations and wordings of all lines, and the pauses inside them. Pure functions."""
