"""`./dubarr docs`: writes the generated pages of docs/."""

from collections.abc import Iterator
from pathlib import Path

import click

from cli import console
from tools.documentation import commands_page, metrics_page, problems_page, schema_pages

ROOT = Path(__file__).parents[1]


@click.command()
def docs() -> None:
    """Write the generated pages of docs/: commands, metrics, kinds of problems, tables.

    They are committed; a test compares them with the commands, the API and the schema.
    """
    changed = [path for path, text in render_pages() if _write_page(ROOT / path, text)]
    gone = find_leftover_pages()
    for path in gone:
        (ROOT / path).unlink()
    console.say(f"{len(changed)} pages written, {len(gone)} removed")


def render_pages() -> Iterator[tuple[Path, str]]:
    """Path, relative to the checkout, and text of each generated page."""
    yield commands_page.PAGE, commands_page.render_page()
    yield problems_page.PAGE, problems_page.render_page()
    yield metrics_page.PAGE, metrics_page.render_page()
    yield from schema_pages.render_pages()


def find_leftover_pages() -> tuple[Path, ...]:
    """Pages of tables that the schema does not have any more."""
    known = {path for path, _ in schema_pages.render_pages()}
    found = (path.relative_to(ROOT) for path in (ROOT / schema_pages.FOLDER).glob("*.md"))
    return tuple(path for path in found if path not in known)


def _write_page(path: Path, text: str) -> bool:
    """Write a page; False where it is as it should be already."""
    if path.is_file() and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return True
