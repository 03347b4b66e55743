"""Security headers of responses: the content security policy above all."""

from serve.auth.asgi_types import Message, Send

# Inline scripts have the answer's nonce (`dashboard.script_nonce`). Panel wraps its components in blob: scripts. No figure of the dashboard has
# a callback that Bokeh would have to compile, so that nothing evaluates text as script. Nothing comes from elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; worker-src 'self' blob:; "
    "connect-src 'self'{sockets}; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def add_security_headers(send: Send, host: str, nonce: str) -> Send:
    """Wrap `send`: adds the security headers to the response, except those that the app set itself."""
    # Safari before 15.4 does not count websockets to the same host as 'self'.
    sockets = f" ws://{host} wss://{host}" if host.replace(".", "").replace("-", "").replace(":", "").isalnum() else ""
    policy = (b"content-security-policy", CONTENT_SECURITY_POLICY.format(sockets=sockets, nonce=nonce).encode("latin-1"))

    async def send_with_headers(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            own = list(message.get("headers", ()))
            names = {name.lower() for name, _ in own}
            message = {**message, "headers": own + [header for header in (policy, *SECURITY_HEADERS) if header[0] not in names]}
        await send(message)

    return send_with_headers
