"""Access to the service: API keys and their scopes."""
