"""Apertium stream format: escaping, lexical units (`^decir<vblex><ifi><p3><sg>$`) and analyses (`^lago/lago<n><m><sg>$`).

https://wiki.apertium.org/wiki/Apertium_stream_format
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

UNIT = re.compile(r"(?P<blank>(?:\\.|[^\\^])*)\^(?P<body>(?:\\.|[^\\$])*)\$", re.DOTALL)
READING = re.compile(r"(?:\\.|[^\\/])+", re.DOTALL)  # of an analysis, after its surface form
TAG = re.compile(r"<([^<>]+)>")
RESERVED = re.compile(r"([\[\]{}^$@<>\\/*~])")
FINITE_TAGS = frozenset({"pri", "pii", "ifi", "fti", "cni", "prs", "pis", "imp"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A lexical unit: a word with its grammar. `blank`: the text before it. `enclitics`: such as `te<prn><enc><p2><mf><sg>`.

    `queue`: the words of a multiword after the inflected one, such as `# que` of `creer que`.
    """

    lemma: str
    tags: tuple[str, ...]
    blank: str = " "
    enclitics: tuple[str, ...] = ()
    queue: str = ""

    @property
    def word(self) -> str:
        """The lemma in lower case."""
        return self.lemma.lower()

    @property
    def is_verb(self) -> bool:
        return self.tags[:1] != () and self.tags[0].startswith("vb")

    @property
    def is_finite(self) -> bool:
        return self.is_verb and not FINITE_TAGS.isdisjoint(self.tags)

    @property
    def is_clitic(self) -> bool:
        """True for an object pronoun before its verb."""
        return self.tags[:2] == ("prn", "pro")

    @property
    def is_subject(self) -> bool:
        """True for a pronoun that can be a subject: yo, tú, él (with ella, ellos), usted, nosotros, vosotros."""
        return self.tags[:2] == ("prn", "tn") and self.word in {"yo", "tú", "él", "usted", "nosotros", "vosotros"}

    @property
    def is_singular_third(self) -> bool:
        """True for a verb in the form of the third person singular, which some tenses share with the first."""
        alike = self.has("p1", "sg") and not {"pii", "cni", "prs", "pis"}.isdisjoint(self.tags)
        return self.is_finite and (self.has("p3", "sg") or alike)

    def has(self, *tags: str) -> bool:
        """True if it has all these tags."""
        return set(tags) <= set(self.tags)

    def with_tags(self, **changes: str) -> "Unit":
        """A copy with tags replaced: `with_tags(p3="p2")`."""
        return replace(self, tags=tuple(changes.get(tag, tag) for tag in self.tags))

    def with_lemma(self, lemma: str) -> "Unit":
        """A copy with another lemma, capitalised as the old one."""
        return replace(self, lemma=lemma[:1].upper() + lemma[1:] if self.lemma[:1].isupper() else lemma)

    def in_person(self, person: str) -> "Unit":
        """A copy in another person; for verbs in the singular."""
        return self.with_tags(p1=person, p2=person, p3=person)

    def in_tense(self, tense: str, person: str, number: str) -> "Unit":
        """A copy in a finite form; for verbs."""
        return replace(self, tags=(self.tags[0], tense, person, number))


def parse_units(stream: str) -> tuple[list[Unit], str]:
    """The units of a stream before generation, and the text after the last one."""
    units, end = [], 0
    for match in UNIT.finditer(stream):
        body, mark, queue = match["body"].partition(">#")
        head, *enclitics = re.split(r"\+(?=[^<>+]+<)", body + mark[:1])
        lemma = head.partition("<")[0]
        units.append(Unit(lemma, find_tags(head), match["blank"], tuple(enclitics), mark[1:] + queue))
        end = match.end()
    return units, stream[end:]


def write_units(units: Sequence[Unit], rest: str) -> str:
    """The stream of units and the text after the last one; the inverse of `parse_units`."""
    return "".join(f"{unit.blank}^{_format_body(unit)}$" for unit in units) + rest


def parse_analyses(stream: str) -> list[tuple[str, tuple[str, ...]]]:
    """Surface forms of an analysed stream, each with its readings. The reading of an unknown word begins with `*`."""
    bodies = [READING.findall(match["body"]) for match in UNIT.finditer(stream)]
    return [(surface, tuple(readings)) for surface, *readings in bodies if readings]


def find_tags(reading: str) -> tuple[str, ...]:
    """The tags of a reading or a unit: `lago<n><m><sg>` has n, m, sg."""
    return tuple(TAG.findall(reading))


def escape_text(text: str) -> str:
    """Plain text in the stream format."""
    return RESERVED.sub(r"\\\1", text)


def unescape_text(text: str) -> str:
    """Plain text out of the stream format."""
    return re.sub(r"\\(.)", r"\1", text)


def _format_body(unit: Unit) -> str:
    tags = "".join(f"<{tag}>" for tag in unit.tags)
    return "+".join([unit.lemma + tags, *unit.enclitics]) + unit.queue


def remove_unit(units: list[Unit], index: int) -> list[Unit]:
    """The units without one; the next one takes over its blank and its capital."""
    gone = units[index]
    left = units[:index] + units[index + 1 :]
    if index < len(left):
        lemma = left[index].lemma
        if gone.lemma[:1].isupper() and not lemma.startswith("*"):
            lemma = lemma[:1].upper() + lemma[1:]
        left[index] = replace(left[index], blank=gone.blank, lemma=lemma)
    return left


def find_verb_after(units: Sequence[Unit], index: int) -> int | None:
    """Index of the finite verb after a subject, with only adverbs and object pronouns between them; None without one."""
    for place in range(index + 1, len(units)):
        unit = units[place]
        if unit.is_finite:
            return place
        if not (unit.is_clitic or (unit.has("adv") and not unit.has("itg") and not unit.has("rel"))):
            return None
    return None
