"""The HTTP API: FastAPI application, its ASGI middleware, request and response schemas, uploads and streams."""
