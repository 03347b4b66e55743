"""The store: tasks, cached stages, lines and reports in one DuckDB file. The only package that uses SQL.

One process owns the file (in the service: the store actor); all others call it. Writes are idempotent, so that a caller without
an answer can repeat them.
"""
