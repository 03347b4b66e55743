"""Time of a scan of the library's coverage: all films probed the first time, and none the second; then of one page.

    .venv/bin/python tests/benchmarks/library_coverage.py [FILMS]

The films are copies of one of two seconds, with another mtime and another last byte each.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parents[1]
sys.path[:0] = [str(HERE.parent), str(HERE / "support")]

from in_process_service import make_film  # noqa: E402 -- its folder is named above

from pipeline.settings import Settings  # noqa: E402
from pipeline.store.store import Store  # noqa: E402
from pipeline.values.library.coverage import CoverageQuery  # noqa: E402
from serve.library.library_scan import LibraryScanner  # noqa: E402
from serve.library.wanted_languages import WantedLanguages  # noqa: E402

FILMS_PER_FOLDER = 20


def make_library(root: Path, films: int) -> None:
    """Films in folders of twenty, as series are."""
    content = make_film(root / "first.mkv", seconds=2.0).read_bytes()
    (root / "first.mkv").unlink()
    for number in range(films):
        path = root / f"Series {number // FILMS_PER_FOLDER:03}" / f"Episode {number:05}.mkv"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content + number.to_bytes(4, "big"))
        os.utime(path, ns=(number * 10**9, number * 10**9))


def measure_scan(store: Store, settings: Settings) -> tuple[float, float]:
    """Elapsed seconds of a scan, and CPU seconds of its processes."""
    wanted = WantedLanguages.of(settings, store.rules.list_rules())
    number = store.library.begin_scan(wanted.key)
    assert number is not None
    used, begun = measure_cpu(), time.perf_counter()
    LibraryScanner(store, settings, wanted, number).run()
    return time.perf_counter() - begun, measure_cpu() - used


def measure_cpu() -> float:
    """CPU seconds of this process and of those that it waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)


def main() -> None:
    """Make a library, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("films", nargs="?", type=int, default=500)
    films: int = parser.parse_args().films
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary).resolve() / "library"
        root.mkdir()
        make_library(root, films)
        settings = Settings(data_dir=root.parent / "data", videos_dir=root.parent / "videos", library_roots=(root,))
        store = Store(settings.database)
        for scan in ("first", "second"):
            elapsed, cpu = measure_scan(store, settings)
            print(f"{scan} scan of {films} films: {elapsed:.2f} s elapsed, {cpu:.2f} s CPU, load {os.getloadavg()[0]:.1f}")
        begun = time.perf_counter()
        page = store.library.list_coverage(CoverageQuery(offset=films // 2))
        print(f"page of {len(page.films)} of {page.total} films: {time.perf_counter() - begun:.3f} s")
        assert page.total == films, page.counts
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"largest resident memory: {memory:.0f} MiB")
        store.close()


if __name__ == "__main__":
    main()
