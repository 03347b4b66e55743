"""Benchmarks of `./dubarr bench`: time of Dubarr beside a baseline of each, on the same machine in one run."""
