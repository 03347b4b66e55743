"""Voices, deliveries and takes in the store."""
