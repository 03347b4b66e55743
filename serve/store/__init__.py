"""The store in the service: the actor that owns it, the typed remote store that asks it, worker heartbeats."""
