"""Status of the service: health check, system status, disk usage, log tail, dashboard service."""
