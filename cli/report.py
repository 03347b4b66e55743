"""`./dubarr report`: the quality of a finished dub, in the terminal or as one HTML page to keep and to pass on."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import console
from cli.arguments.parameter_types import TASK_ID, parse_language
from cli.service import process
from pipeline.errors import NotFound
from pipeline.values.notes import notes_of_report
from serve.runtime import state_file

if TYPE_CHECKING:
    from rich.table import Table


@click.command()
@click.argument("task_id", type=TASK_ID, metavar="ID")
@click.option(
    "--language", type=parse_language, metavar="LANG", help="Of this dub, as in es.  [default: all; with --html the first]"
)
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report to this file, as one page that loads nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout instead of a table.")
def report(task_id: int, language: str | None, html: Path | None, as_json: bool) -> None:
    """Show how good a dub is, and its flaws with the numbers of their lines."""
    if html and as_json:
        raise click.UsageError("give either --html or --json")
    settings = console.load_settings()
    with process.open_client(settings, state_file.require_service(settings)) as client:
        if html:
            html.write_text(client.report_page(task_id, language), encoding="utf-8")
            console.say(console.escape_line(f"written: {html}"))
            return
        found = {tag: each for tag, each in client.report(task_id).items() if language in {None, tag}}
        if not found:
            client.report_page(task_id, language)  # raises the reason, in the service's words
            raise NotFound(f"task {task_id} has no report; try again")
    if as_json:
        console.write_result(json.dumps(found))
        return
    for tag, each in found.items():
        console.create_stdout_console().print(build_report_table(tag, each))


def build_report_table(language: str, report: dict[str, Any]) -> "Table":
    """The verdict on a dub, its worst lines with the reasons, a row for each measure, then one for each note."""
    from rich.table import Table

    from dashboard.views.figures.dub_verdict import judge_dub, list_worst_lines
    from dashboard.views.figures.report_grades import describe_report

    table = Table("dub", "measure", "value", "", box=None, pad_edge=False)
    verdict = judge_dub(report)
    table.add_row(language, "Verdict", console.escape_lines(verdict.sentence), verdict.verdict)
    for number, risk in list_worst_lines(report):
        table.add_row("", f"Line {number}", ", ".join(risk.reasons), "")
    for metric in describe_report(report):
        table.add_row("", metric.label, metric.value, metric.verdict)
    for note in notes_of_report(report):
        table.add_row("", note.severity, console.escape_lines(str(note)), "")
    return table
