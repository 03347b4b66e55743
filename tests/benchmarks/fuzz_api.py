"""All checks of schemathesis on every route of the API, 200 generated requests each, beside its systematic ones and sequences of requests.

    .venv/bin/python tests/benchmarks/fuzz_api.py [--examples 200] [--seed 1]

It takes about ten minutes on one core. The test suite runs 15 each. What is left out is named in schemathesis.toml, with its reason.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT)]
sys.path.append(str(ROOT / "tests" / "support"))

from fuzzed_api import fuzz_api, serve_over_http  # noqa: E402 -- from beside the tests


def main() -> None:
    """Print the report of schemathesis; its exit code is ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=200, help="generated requests for each route")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, serve_over_http(Path(folder)) as (_, url):
        done = fuzz_api(url, examples=given.examples, seed=given.seed)
    print(done.stdout, done.stderr, sep="\n")
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
