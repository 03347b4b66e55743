"""Evaluation of dubbed films against references: measurements line by line, figures, and two settings side by side."""
