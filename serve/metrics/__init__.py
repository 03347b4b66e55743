"""Metrics of each process of the service, and their sums over all of them."""
