"""Pronunciations of terms: IPA as it is written by people, and the lexicon that finds terms in lines."""
