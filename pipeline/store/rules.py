"""Rules of folders and series: an ordered list, read and replaced as a whole."""

from collections.abc import Sequence

from pipeline.errors import NotPossible
from pipeline.store.database.database import Database
from pipeline.values.preferences.dub_preferences import DubPreferences
from pipeline.values.rules.rule import Rule, compute_revision
from pipeline.values.tasks import Priority


class Rules:
    """Queries and writes of rules."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list_rules(self) -> tuple[Rule, ...]:
        """Every rule, in order: the first that matches counts."""
        return tuple(
            Rule(
                name=row["name"],
                pattern=row["pattern"],
                target_langs=tuple(row["target_langs"]),
                source_lang=row["source_lang"],
                glossary=row["glossary"],
                priority=None if row["priority"] is None else Priority(row["priority"]),
                skip=row["skip"],
                preferences=DubPreferences.parse(row["voices"] or (), row["engines"] or ()),
            )
            for row in self._db.rows("SELECT * FROM rules ORDER BY position")
        )

    def replace_rules(self, rules: Sequence[Rule], expected: str | None = None) -> None:
        """Replace all rules. Tasks keep the name of the rule that was applied to them. `expected`: revision of the rules that are
        replaced (`compute_revision`); NotPossible where they are others.
        """
        with self._db.transaction():
            if expected is not None and compute_revision(self.list_rules()) != expected:
                raise NotPossible("the rules were changed elsewhere meanwhile; nothing was stored: look at them, and save again")
            self._db.execute("DELETE FROM rules")
            for position, rule in enumerate(rules):
                priority = None if rule.priority is None else int(rule.priority)
                values = [
                    position,
                    rule.name,
                    rule.pattern,
                    list(rule.target_langs),
                    rule.source_lang,
                    rule.glossary,
                    priority,
                    rule.skip,
                    list(rule.preferences.voices),
                    list(rule.preferences.format_engines()),
                ]
                self._db.execute("INSERT INTO rules VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
