"""The nonce of the page's own inline scripts, by which the Content Security Policy tells them from injected ones."""

from contextvars import ContextVar

# Set for each request by the middleware that sends the policy; "" where there is none.
SCRIPT_NONCE: ContextVar[str] = ContextVar("script_nonce", default="")
