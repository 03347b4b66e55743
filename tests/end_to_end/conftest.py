"""The service of these tests."""

from real_service import running

__all__ = ["running"]
