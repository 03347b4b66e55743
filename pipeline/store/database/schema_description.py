"""Tables and columns of the schema with their comments, for its documentation."""

import re
from dataclasses import dataclass, replace

from pipeline.store.database.schema import SCHEMA

TABLE = re.compile(r"(?P<comment>(?:^--[^\n]*\n)*)^CREATE TABLE IF NOT EXISTS (?P<name>\w+) \((?P<body>.*?)\);", re.M | re.S)
COLUMN = re.compile(r'^"?(?P<name>[a-z]\w*)"?\s+(?P<type>[A-Z]+(?:\[\])?)(?P<rest>.*)$')
COMMENT_COLUMN = re.compile(r"\s*--\s*(?P<text>.*)$")
KEY = re.compile(r"PRIMARY KEY \((?P<columns>[^)]*)\)")
DEFAULT = re.compile(r"DEFAULT (?P<value>nextval\('\w+'\)|'[^']*'|\S+)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. `default`: an SQL expression, empty where there is none."""

    name: str
    type: str
    is_nullable: bool
    default: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the schema. `key`: the columns of its primary key."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def parse_tables(schema: str = SCHEMA) -> tuple[Table, ...]:
    """The tables of a schema, in its order. ValueError where a line is neither a column nor a key."""
    return tuple(_parse_table(match) for match in TABLE.finditer(schema))


def _parse_table(match: re.Match[str]) -> Table:
    comment = " ".join(line.removeprefix("--").strip() for line in match["comment"].splitlines())
    columns: list[Column] = []
    key: tuple[str, ...] = ()
    for line in filter(None, (each.strip() for each in match["body"].splitlines())):
        if found := KEY.match(line):
            key = tuple(name.strip(' "') for name in found["columns"].split(","))
            continue
        column = _parse_column(line, match["name"])
        columns.append(column)
        if "PRIMARY KEY" in line:
            key = (column.name,)
    columns = [replace(each, is_nullable=each.is_nullable and each.name not in key) for each in columns]
    return Table(match["name"], comment, tuple(columns), key)


def _parse_column(line: str, table: str) -> Column:
    comment = COMMENT_COLUMN.search(line)
    found = COLUMN.match(line[: comment.start()].rstrip(" ,") if comment else line.rstrip(","))
    if found is None:
        raise ValueError(f"schema, table {table}: {line!r} is neither a column nor a key; write one column a line")
    default = DEFAULT.search(found["rest"])
    is_nullable = "NOT NULL" not in found["rest"] and "PRIMARY KEY" not in found["rest"]
    return Column(
        found["name"], found["type"], is_nullable, default["value"] if default else "", comment["text"] if comment else ""
    )
