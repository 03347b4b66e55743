"""Benchmark of the health check: requests a second of /health against an authenticated trivial route, in one run.

Run: python -m pytest -q -s -m slow tests/benchmarks/health_requests.py
"""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from evaluation.sample.film import make_sample_film
from tests.support.real_service import Running, running

__all__ = ["running"]

AT_ONCE = 4
ROUND_S = 2.0
ROUNDS = 3  # of each route, in turn
MIN_RATIO = 0.8
TRIVIAL = "/favicon.ico"


def count_requests(url: str, auth: tuple[str, str] | None) -> int:
    """Requests answered in a round by one connection."""
    count, end = 0, time.monotonic() + ROUND_S
    with httpx.Client(auth=auth, trust_env=False) as client:
        while time.monotonic() < end:
            assert client.get(url).status_code == 200
            count += 1
    return count


def measure_rate(url: str, auth: tuple[str, str] | None) -> float:
    """Requests a second over `AT_ONCE` connections."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(lambda _: count_requests(url, auth), range(AT_ONCE))) / ROUND_S


@pytest.mark.slow
def test_the_health_check_is_as_fast_as_a_trivial_route(running: Running, tmp_path: Path) -> None:
    film = shutil.copy(make_sample_film(tmp_path, subtitles=True), running.library)
    begun = time.monotonic()
    running.done(running.client.submit_path(Path(film), target_langs=("es",))["id"])
    print(f"one dub: {time.monotonic() - begun:.1f} s")
    auth = (running.settings.api_user, running.password)
    rates: dict[str, list[float]] = {"/health": [], TRIVIAL: []}
    for _ in range(ROUNDS):
        for route, each in rates.items():
            each.append(measure_rate(running.url + route, auth))
    health, trivial = (sorted(each)[ROUNDS // 2] for each in rates.values())
    print(f"/health {health:.0f}/s, {TRIVIAL} {trivial:.0f}/s, ratio {health / trivial:.2f}")
    assert health >= MIN_RATIO * trivial
