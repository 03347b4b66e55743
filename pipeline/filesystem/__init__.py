"""Filesystem safety: path containment and disk space reservations."""
