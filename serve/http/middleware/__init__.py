"""ASGI middleware of the HTTP API: limits on request bodies, and a cache of responses."""
