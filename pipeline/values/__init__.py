"""Frozen values that the stages, the store and the service exchange: no behaviour beyond their own arithmetic."""
