"""API keys and browser sessions in the store: digests alone, no secret."""
