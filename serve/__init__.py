"""The service: the only package that knows Ray Serve and HTTP."""
