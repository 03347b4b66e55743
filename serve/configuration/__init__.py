"""Configuration of the running service: its settings file, read at once where it changes, and edited over the API."""
