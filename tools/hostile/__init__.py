"""Hostile uploads and webhooks, from a seed: films, names and requests that attack the service, and what must hold after them."""
