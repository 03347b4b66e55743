"""Security schemes and their error responses, for the OpenAPI description: the security middleware checks credentials before any route."""

from typing import Any

from fastapi import Security
from fastapi.security import APIKeyHeader, HTTPBasic, HTTPBearer

from serve.http.openapi import describe_error

SECURITY_SCHEMES = [
    Security(HTTPBasic(auto_error=False)),
    Security(APIKeyHeader(name="X-Api-Key", auto_error=False)),
    Security(HTTPBearer(auto_error=False, description="an API key")),
]
SECURITY_RESPONSES: dict[int | str, dict[str, Any]] = {
    401: describe_error("Missing or wrong credentials: user and password, or an API key."),
    403: describe_error("The API key's scope does not allow it."),
}
