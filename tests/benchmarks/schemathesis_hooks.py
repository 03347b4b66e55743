"""Hooks of schemathesis beyond its configuration: the media type of parts as bytes, and a limit on the length of URLs."""

from urllib.parse import urlencode

import schemathesis

from serve.http.routes.resumable.tus_headers import PART_TYPE

MAX_QUERY_CHARS = 16_000  # HAProxy takes no longer request line; it answers a longer one itself, before any route

schemathesis.serializer.alias(PART_TYPE, "application/octet-stream")


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Leave out requests whose URL no server in front of the service takes."""
    return len(urlencode(case.query or {}, doseq=True, errors="surrogatepass")) <= MAX_QUERY_CHARS
