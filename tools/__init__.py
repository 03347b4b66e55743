"""Developers' tools, which are not part of the wheel: checks, tests, benchmarks, endurance trials, screenshots."""
