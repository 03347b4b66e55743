"""Apertium's lexical units between transfer and generation: `^decir<vblex><ifi><p3><sg>$` is still a lemma with its grammar."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

UNIT = re.compile(r"(?P<blank>(?:\\.|[^\\^])*)\^(?P<body>(?:\\.|[^\\$])*)\$", re.DOTALL)
FINITE = frozenset({"pri", "pii", "ifi", "fti", "cni", "prs", "pis", "imp"})


@dataclass(frozen=True, slots=True)
class Unit:
    """One word. `blank`: what stands before it. `enclitics`: `te<prn><enc><p2><mf><sg>` and the like, in order.

    `queue`: the words of a multiword behind the one that is inflected, such as `# que` of `creer que`.
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
        return self.is_verb and not FINITE.isdisjoint(self.tags)

    @property
    def is_clitic(self) -> bool:
        """Whether it is an object pronoun before its verb."""
        return self.tags[:2] == ("prn", "pro")

    @property
    def is_subject(self) -> bool:
        """Whether it is a pronoun that can be a subject: yo, tú, él, usted, nosotros, ellos."""
        return self.tags[:2] == ("prn", "tn") and self.word in {"yo", "tú", "él", "usted", "nosotros", "vosotros"}

    @property
    def is_singular_third(self) -> bool:
        """Whether it is a verb whose form is that of the third person: Portuguese and Spanish have it alike in the first."""
        alike = self.has("p1", "sg") and not {"pii", "cni", "prs", "pis"}.isdisjoint(self.tags)
        return self.is_finite and (self.has("p3", "sg") or alike)

    def has(self, *tags: str) -> bool:
        """Whether all these tags are among its own."""
        return set(tags) <= set(self.tags)

    def with_tags(self, **changes: str) -> "Unit":
        """With other tags in place of those named: `tagged(p3="p2")`."""
        return replace(self, tags=tuple(changes.get(tag, tag) for tag in self.tags))

    def with_lemma(self, lemma: str) -> "Unit":
        """With another lemma, capitalised as the old one."""
        return replace(self, lemma=lemma[:1].upper() + lemma[1:] if self.lemma[:1].isupper() else lemma)

    def in_person(self, person: str) -> "Unit":
        """A verb in the singular, in another person."""
        return self.with_tags(p1=person, p2=person, p3=person)

    def in_tense(self, tense: str, person: str, number: str) -> "Unit":
        """The verb, finite."""
        return replace(self, tags=(self.tags[0], tense, person, number))


def parse_units(stream: str) -> tuple[list[Unit], str]:
    """The units of a stream, and what stands behind the last one."""
    units, end = [], 0
    for match in UNIT.finditer(stream):
        body, mark, queue = match["body"].partition(">#")
        head, *enclitics = re.split(r"\+(?=[^<>+]+<)", body + mark[:1])
        lemma, _, tags = head.partition("<")
        units.append(Unit(lemma, tuple(re.findall(r"([^<>]+)>", tags)), match["blank"], tuple(enclitics), mark[1:] + queue))
        end = match.end()
    return units, stream[end:]


def write_units(units: Sequence[Unit], rest: str) -> str:
    """The stream again."""
    return "".join(f"{unit.blank}^{_body(unit)}$" for unit in units) + rest


def _body(unit: Unit) -> str:
    tags = "".join(f"<{tag}>" for tag in unit.tags)
    return "+".join([unit.lemma + tags, *unit.enclitics]) + unit.queue


def remove_unit(units: list[Unit], index: int) -> list[Unit]:
    """Without one unit; the next one takes its place, and its capital."""
    gone = units[index]
    left = units[:index] + units[index + 1 :]
    if index < len(left):
        lemma = left[index].lemma
        if gone.lemma[:1].isupper() and not lemma.startswith("*"):
            lemma = lemma[:1].upper() + lemma[1:]
        left[index] = replace(left[index], blank=gone.blank, lemma=lemma)
    return left


def find_verb_after(units: Sequence[Unit], index: int) -> int | None:
    """The finite verb that follows a subject, with nothing but adverbs and object pronouns between them."""
    for place in range(index + 1, len(units)):
        unit = units[place]
        if unit.is_finite:
            return place
        if not (unit.is_clitic or (unit.has("adv") and not unit.has("itg") and not unit.has("rel"))):
            return None
    return None
