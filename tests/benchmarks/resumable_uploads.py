"""Resumable uploads against the running service: broken off, whole, at which rate beside a plain upload to uvicorn, at what memory.

    PYTHONPATH=.:tests/support python tests/benchmarks/resumable_uploads.py --gib 4 --breaks 20 --at-once 1

The film has uncompressed pictures, so that it is admitted. The plain server writes a streamed body to a file and syncs it, in a process
of its own. Memory: the peak of each process above what it held before.
"""

import argparse
import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from in_process_service import make_film
from long_film import hash_file, write_long_film
from real_service import Running, real_service

from serve.client.client import Client
from serve.client.resumable_upload import PART_BYTES

BLOCK_BYTES = 1 << 20
START_LIMIT_S = 30.0

PLAIN = """
import os, sys, asyncio, uvicorn
async def app(scope, receive, send):
    with open(sys.argv[2], "wb") as file:
        buffered, more = [], True
        while more:
            message = await receive()
            buffered.append(message.get("body", b"")); more = message.get("more_body", False)
            if sum(map(len, buffered)) >= 1 << 20 or not more:
                blocks, buffered = buffered, []
                await asyncio.to_thread(file.writelines, blocks)
        await asyncio.to_thread(lambda: (file.flush(), os.fsync(file.fileno())))
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off")
"""


def read_blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def measure_plain_upload(film: Path, folder: Path) -> float:
    """Seconds of a plain upload to uvicorn."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "-c", PLAIN, str(port), folder / "plain"])
    try:
        deadline = time.monotonic() + START_LIMIT_S
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline:
                raise TimeoutError("uvicorn did not start")
            time.sleep(0.1)
        begun = time.monotonic()
        headers = {"Content-Length": str(film.stat().st_size)}
        url = f"http://127.0.0.1:{port}/"
        httpx.post(url, content=read_blocks(film), headers=headers, timeout=600, trust_env=False).raise_for_status()
        return time.monotonic() - begun
    finally:
        server.kill()
        server.wait()
        (folder / "plain").unlink(missing_ok=True)


class Memory:
    """Memory of the service's processes, in bytes, from now on."""

    def __init__(self, running: Running) -> None:
        mark = f"DATA_DIR={running.settings.data_dir}\0".encode()
        self._before: dict[Path, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes():
                    (folder / "clear_refs").write_text("5")  # the peak begins anew
                    self._before[folder] = self._read(folder, "VmRSS")

    def peaks(self) -> list[tuple[int, str]]:
        """The peak of each process above what it held before, the largest first, with its command."""
        found = []
        for folder, before in self._before.items():
            with contextlib.suppress(OSError, StopIteration):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found.append((self._read(folder, "VmHWM") - before, command[:60]))
        return sorted(found, reverse=True)

    @staticmethod
    def _read(folder: Path, name: str) -> int:
        line = next(line for line in (folder / "status").read_text().splitlines() if line.startswith(name))
        return int(line.split()[1]) << 10


def upload(running: Running, film: Path, breaks: int) -> dict[str, object]:
    """Upload a film over a connection that breaks so often. Returns its task."""
    total = film.stat().st_size
    ends = [total * (number + 1) // (breaks + 1) for number in range(breaks)]

    def break_off(done: int, _: int) -> None:
        if ends and done > ends[0]:
            ends.pop(0)
            raise httpx.WriteError("broken off")

    with Client(running.url, running.settings.api_user, running.password) as client:
        task = client.upload(film, ["es"], "en", progress=break_off)
        client.cancel(task["id"])
    assert not ends
    return task


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gib", type=float, default=4.0)
    parser.add_argument("--breaks", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        films = [
            write_long_film(folder / f"long-{number}.mkv", int(given.gib * (1 << 30)), pitch=440 + number)
            for number in range(given.at_once)
        ]
        size = sum(film.stat().st_size for film in films)
        with real_service(folder) as running:
            upload(running, make_film(folder / "first.mkv"), 0)  # everything is imported
            plain = [measure_plain_upload(films[0], folder)]
            memory, begun = Memory(running), time.monotonic()
            with ThreadPoolExecutor(given.at_once) as pool:
                tasks = list(pool.map(lambda film: upload(running, film, given.breaks), films))
            took = time.monotonic() - begun
            peaks = memory.peaks()
            plain.append(measure_plain_upload(films[0], folder))
            whole = all(hash_file(Path(str(task["path"]))) == hash_file(film) for task, film in zip(tasks, films, strict=True))
            rate, plain_rate = size / took / 1e6, films[0].stat().st_size / (sum(plain) / len(plain)) / 1e6
            print(
                f"{given.at_once} x {given.gib:g} GiB, {given.breaks} breaks each, parts of {PART_BYTES >> 20} MiB: whole={whole}"
            )
            print(
                f"{rate:.0f} MB/s; plain uvicorn {plain_rate:.0f} MB/s ({', '.join(f'{each:.1f} s' for each in plain)}): {rate / plain_rate:.2f}"
            )
            for peak, command in peaks[:6]:
                print(f"{peak / 1e6:+7.1f} MB  {command}")


if __name__ == "__main__":
    main()
