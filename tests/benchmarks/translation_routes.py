"""chrF of every route of the `bergamot` translator over thirty parallel lines: `python tests/benchmarks/translation_routes.py en-es es-en …`.

Its rows are what `pipeline/engines/bergamot/route_quality.py` holds.
"""

import os
import sys
from pathlib import Path

import sacrebleu

from pipeline.engines.bergamot.routes import find_routes
from pipeline.engines.translator_bergamot import BergamotTranslator
from pipeline.models.model_hub import Hub

LINES = Path(__file__).parents[1] / "pipeline/engines/bergamot/parallel_lines.tsv"


def main() -> None:
    header, *rows = [line.split("\t") for line in LINES.read_text("utf-8").splitlines()]
    texts = {language: [row[column] for row in rows] for column, language in enumerate(header)}
    default = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dubarr/models"
    translator = BergamotTranslator(Hub(Path(os.environ.get("MODELS_DIR") or default)))
    for pair in sys.argv[1:]:
        source, target = pair.split("-")
        routes = {route.path: route for route in find_routes(source, target)}
        for path, route in routes.items():
            answers = [translator.translate_line(text, route).text or "" for text in texts[source]]
            print(f"{path}: {sacrebleu.corpus_chrf(answers, [texts[target]]).score:.1f},", flush=True)
    translator.close()


if __name__ == "__main__":
    main()
