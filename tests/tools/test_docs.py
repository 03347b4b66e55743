"""The generated pages of docs/ are those of the commands and of the schema."""

import duckdb
import pytest
from click.testing import CliRunner

from cli.main import COMMANDS, dubarr
from pipeline.store.database.schema import SCHEMA
from pipeline.store.database.schema_description import parse_tables
from tools import docs
from tools.documentation import commands_page


@pytest.mark.parametrize(("path", "text"), list(docs.render_pages()), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_page_is_current(path, text):
    page = docs.ROOT / path
    assert page.is_file() and page.read_text("utf-8") == text, f"{path} is outdated; run: ./dubarr docs"


def test_no_page_is_left_of_a_table_that_is_gone():
    assert docs.find_leftover_pages() == ()


@pytest.mark.parametrize("name", ["", *(name for name in COMMANDS if name not in {"ray", "test"})])
def test_the_page_has_what_the_command_line_prints(name):
    args = [name, "--help"] if name else ["--help"]
    printed = CliRunner().invoke(dubarr, args, prog_name="dubarr", terminal_width=commands_page.WIDTH).output
    assert printed.strip() == commands_page.get_help([name] if name else []).strip()
    assert f"```text\n{printed.strip()}\n```\n" in (docs.ROOT / commands_page.PAGE).read_text("utf-8")


def test_the_tables_are_those_that_the_database_makes_of_the_schema():
    database = duckdb.connect(":memory:")
    database.execute(SCHEMA)
    made = database.execute(
        "SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns ORDER BY 1, ordinal_position"
    ).fetchall()
    told = [(table.name, column.name, column.type, column.is_nullable) for table in parse_tables() for column in table.columns]
    assert sorted(told) == sorted(made)
    tasks = next(table for table in parse_tables() if table.name == "tasks")
    assert tasks.key == ("id",) and "One film queued" in tasks.comment
    status = next(column for column in tasks.columns if column.name == "status")
    assert (status.default, status.comment.split(",")[0]) == ("'QUEUED'", "QUEUED")


def test_a_line_that_is_no_column_is_refused():
    with pytest.raises(ValueError, match="table odd: '1 INTEGER' is neither"):
        parse_tables("CREATE TABLE IF NOT EXISTS odd (\n    1 INTEGER\n);")
