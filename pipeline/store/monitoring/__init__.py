"""Monitoring of the store: events of tasks, and totals for metrics."""
