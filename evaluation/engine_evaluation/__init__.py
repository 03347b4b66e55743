"""Evaluation of one engine against another: the same recordings and sentences, paired, with intervals of the difference."""
