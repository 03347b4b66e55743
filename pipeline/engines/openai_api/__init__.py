"""Client of servers that speak the OpenAI protocol: HTTP with deadlines, retries, model lists, errors in words."""
