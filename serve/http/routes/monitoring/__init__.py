"""Routes for monitoring: probes, metrics, events."""
