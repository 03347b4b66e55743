"""Quality measures of a finished dub: timing, pace, voices, background, cost, and the warnings that follow from them."""
