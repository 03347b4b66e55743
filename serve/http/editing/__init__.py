"""Schemas of edits."""
