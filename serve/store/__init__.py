"""Store of the service: the actor that owns the database, the typed remote store that calls it, worker heartbeats."""
