"""A drawing: what a page shows, in the parts that change by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from dashboard.views.log_tail import format_log_lines


@dataclass(frozen=True, slots=True)
class PageParts:
    """A page. `frame` holds a `{name}` for each region and list, which are elements with that id; `{log}` for the log. Whatever is not
    ours comes in a region or a row, never in the frame: its braces would be taken for places.

    `key`: drawings of one key differ in their parts alone. `lists`: rows by their own key, in order; the element of row 7 in
    `tasks` has the id `tasks-7`.
    """

    key: str
    title: str
    frame: Markup
    regions: Mapping[str, Markup] = field(default_factory=dict)
    lists: Mapping[str, Mapping[str, Markup]] = field(default_factory=dict)
    log: tuple[str, ...] | None = None

    def html(self) -> Markup:
        """The whole page."""
        rows = {name: Markup("").join(rows.values()) for name, rows in self.lists.items()}
        return self.frame.format(**self.regions, **rows, log=format_log_lines(self.log or ()))
