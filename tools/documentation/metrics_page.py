"""docs/monitoring.md: probes, scraping, alerts, the dashboard for Grafana, and a table of the metrics, read from their collectors."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import Metric

from pipeline.settings import Settings
from pipeline.values.monitoring.totals import StageTotal, StoreTotals
from pipeline.values.service_status import Cluster, DiskUse, EngineState, SystemStatus, Workers
from serve.metrics.process_metrics import list_label_names
from serve.status.service_metrics import ServiceMetrics

PAGE = Path("docs/monitoring.md")
TEXT = Path(__file__).parent / "monitoring.md"
MARK = "<!-- metrics -->\n"


def render_page() -> str:
    """The page's text: that of `TEXT`, with the table of metrics."""
    before, _, after = TEXT.read_text("utf-8").partition(MARK)
    rows = "\n".join(_render_row(family) for family in collect_examples())
    return f"{before}| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n{rows}\n{after}"


def collect_examples() -> Iterator[Metric]:
    """Every metric family, with an example of its labels."""
    totals = StoreTotals({}, (StageTotal("mix", "", {}, 0.0, 0, 0),), ())
    engine = EngineState("translator", "llm", "apertium", "READY")
    disk = DiskUse(Path("data"), 1, 1, (("dubs", 1),))
    system = SystemStatus(None, (engine,), Workers(alive=True), Cluster(1, 1.0, 1.0, 0.0, 0.0), disk)  # type: ignore[arg-type]  # no time is shown
    yield from ServiceMetrics(lambda: totals, lambda: system, dict, Settings).collect()


def _render_row(family: Metric) -> str:
    name = f"{family.name}_total" if family.type == "counter" else family.name
    labels = sorted({label for sample in family.samples for label in sample.labels} - {"le"})
    names = list_label_names().get(family.name) or labels
    return f"| `{name}` | {family.type} | {', '.join(f'`{label}`' for label in names)} | {family.documentation} |"
