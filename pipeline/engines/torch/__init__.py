"""PyTorch: the device that it computes on, and weights read without running their code."""
