"""HTTP client of the service for notebooks, scripts and the command line. Light: httpx is all it needs."""
