"""A server on loopback that answers every request with JSON, for small stand-ins of other applications."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class JsonRequest:
    """A request. `path`: with its query; `body`: parsed, None where there is none."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: object


Answer = Callable[[JsonRequest], tuple[int, object]]  # status and JSON; None: no content


@contextmanager
def json_server(answer: Answer, *, redirects_to: Callable[[], str] = str) -> Iterator[str]:
    """Serve until the block ends; its address. `redirects_to`: the host of the Location of a 3xx answer."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, found = answer(JsonRequest(self.command, self.path, self.headers, body))
            content = b"" if found is None else json.dumps(found).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{redirects_to()}{self.path}")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815 -- the names that http.server calls

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
