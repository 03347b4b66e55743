"""Baseline server: a bare uvicorn that answers GET with a constant, and writes the body of a POST to disk.

python -m tools.benchmarks.baseline_server PORT FILE
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope

HELLO_BODY = b'{"status":"online"}'


def create_app(to: Path) -> "ASGI3Application":
    """GET says hello; POST writes the body to `to` and syncs it, as an upload must be."""

    async def app(scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable") -> None:
        if scope["type"] == "http":
            if scope["method"] == "POST":
                await _write_body(receive, to)
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(HELLO_BODY)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers, "trailers": False})
            await send({"type": "http.response.body", "body": HELLO_BODY, "more_body": False})

    return app


async def _write_body(receive: "ASGIReceiveCallable", to: Path) -> None:
    with to.open("wb") as file:
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                break  # the client is gone
            file.write(message["body"])
            more = message["more_body"]
        os.fsync(file.fileno())


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(create_app(Path(sys.argv[2])), host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", log_level="warning")
