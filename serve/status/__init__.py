"""Status of the service: health, disk, log, and what the dashboard asks for."""
