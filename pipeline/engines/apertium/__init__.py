"""Apertium's installed language pairs, kept running; shared by the translators that use them."""
