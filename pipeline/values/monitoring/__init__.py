"""Monitoring as values: events of tasks, and totals for metrics."""
