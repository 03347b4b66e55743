"""docs/schema/: one page a table of the store, read from the comments and columns of its schema."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.store.database.schema import SCHEMA_VERSION
from pipeline.store.database.schema_description import Column, Table, parse_tables

FOLDER = Path("docs/schema")


def render_pages() -> Iterator[tuple[Path, str]]:
    """Path and text of each page: the overview, then the tables."""
    tables = parse_tables()
    yield FOLDER / "README.md", _render_overview(tables)
    for table in tables:
        yield FOLDER / f"{table.name}.md", _render_table(table)


def _render_overview(tables: tuple[Table, ...]) -> str:
    rows = "\n".join(f"| [{each.name}]({each.name}.md) | {_escape(each.comment)} |" for each in tables)
    return f"""\
# Tables of the store

Dubarr keeps its state in one DuckDB file; this is version {SCHEMA_VERSION} of its schema. The service owns the file: ask it by
`POST /api/query` or, in Python, `connect().query(sql)`, which answers with an Arrow table. Times of day are UTC without zone,
times in a film are seconds from its start. The pages are generated from the schema by `./dubarr docs`.

| table | holds |
| --- | --- |
{rows}

Columns are joined by name: `task_id` is `tasks.id`; `language` is that of a dub, `number` that of a line in it, `label` that of a speaker.
"""


def _render_table(table: Table) -> str:
    rows = "\n".join(_render_column(each) for each in table.columns)
    key = f"\nPrimary key: {', '.join(f'`{name}`' for name in table.key)}\n" if table.key else ""
    comment = f"\n{table.comment}\n" if table.comment else ""
    return f"""\
# {table.name}
{comment}
| column | type | null | default | meaning |
| --- | --- | --- | --- | --- |
{rows}
{key}
[All tables](README.md)
"""


def _render_column(column: Column) -> str:
    null, default = "yes" if column.is_nullable else "no", f"`{column.default}`" if column.default else ""
    return f"| `{column.name}` | {column.type} | {null} | {default} | {_escape(column.comment)} |"


def _escape(text: str) -> str:
    return text.replace("|", "\\|")
