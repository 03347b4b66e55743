"""Reports as tables."""

from rich.console import Console

from cli.report import build_report_table
from tests.support.dub_reports import DUB


def test_a_report_is_a_row_for_each_measure_and_each_note():
    console = Console(width=200, markup=False, highlight=False, emoji=False)
    notes = [{"text": "[red]Rushed", "severity": "warning", "lines": [5, 15]}]
    with console.capture() as captured:
        console.print(build_report_table("es", {**DUB.report, "notes": notes}))
    shown = captured.get()
    assert "Speech overlap" in shown and "[red]Rushed (2 lines: 5, 15)" in shown
    assert shown.splitlines()[1].startswith("es ")
