"""The service of these tests: one for all notebooks."""

from real_service import running

__all__ = ["running"]
