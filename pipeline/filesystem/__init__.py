"""Filesystem safety: path containment, disk space reservations, durable renames."""
