"""Content Security Policy nonce of the page's inline scripts; injected scripts lack it."""

from contextvars import ContextVar

# Set for each request by the middleware that sends the policy; "" where there is none.
SCRIPT_NONCE: ContextVar[str] = ContextVar("script_nonce", default="")
