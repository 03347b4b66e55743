"""What the timeline of a two-hour film costs in headless Chromium: the first drawing, and each step of every gesture.

    .venv/bin/python -m tests.benchmarks.timeline [LINES]

In milliseconds, median and 95th percentile: on the wall, from the event until the browser goes on to the next frame (at 60
frames a second never under 17); and of work, the processor's time of all the page's threads.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.support.browsing import chromium
from tests.support.timeline_perf import Cost, first_drawings, gestures


def row(name: str, costs: Sequence[Cost]) -> None:
    """One line of the table."""
    walls, works = sorted(cost.wall for cost in costs), sorted(cost.work for cost in costs)
    middle, late = (len(costs) - 1) // 2, int(0.95 * (len(costs) - 1))
    print(f"{name:28} {len(costs):5} {walls[middle]:8.0f} {walls[late]:6.0f} {works[middle]:8.0f} {works[late]:6.0f}")


def main(count: int) -> None:
    """Measure, and print a table."""
    print(f"{count} lines, 8 speakers       steps     wall    95%     work    95%")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        row("from values to picture", first_drawings(browser, Path(folder), times=5, count=count))
        for name, costs in gestures(browser, Path(folder), count=count):
            row(name, costs)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
