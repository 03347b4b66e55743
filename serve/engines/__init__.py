"""Engines as Ray Serve deployments, and the handles by which workers call them."""
