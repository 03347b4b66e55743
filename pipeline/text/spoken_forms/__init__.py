"""Text normalization for speech synthesis: numbers, dates, times, money, units, abbreviations and addresses in words."""
