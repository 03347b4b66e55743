"""Linguistic cues of an English sentence that a pivot language loses: address (formality, number), persons, mood.

The post-editing rules for Spanish read them.
"""

import re
from dataclasses import dataclass

FORMAL_ADDRESS = re.compile(
    r"\b(sir|ma'?am|madam|mister|your (honou?r|majesty|highness|excellency|lordship|grace))\b"
    r"|(?:^|[,.!?] )(doctor|officer|detective|father|professor|senator|captain|(mrs?|ms|dr|miss)\b\.? [A-Z]\w+)(?=[,.!?]|$)",
    re.IGNORECASE,
)
PLURAL_ADDRESSEE = re.compile(
    r"\b(you (two|three|four|all|guys|boys|girls|people|both)|(all|both|one|two|some|any|most|none|each|either) of you|yourselves"
    r"|gentlemen)\b|(?:^|, )(everyone|everybody|boys|girls|guys|folks|kids|children|men|people)(?=[,.!?]|$)",
    re.IGNORECASE,
)
SINGULAR_YOU = re.compile(r"\b(you|your|yours|yourself)\b", re.IGNORECASE)
OBJECT_YOU = re.compile(r"\b(?P<before>[a-z']+) you\b", re.IGNORECASE)
BEFORE_SUBJECT = frozenset(
    [
        "do",
        "did",
        "are",
        "were",
        "have",
        "had",
        "can",
        "could",
        "will",
        "would",
        "should",
        "must",
        "may",
        "might",
        "if",
        "that",
        "when",
        "what",
        "where",
        "why",
        "how",
        "who",
        "whom",
        "which",
        "because",
        "and",
        "but",
        "or",
        "than",
        "as",
        "think",
        "know",
        "hope",
        "wish",
        "until",
        "till",
        "before",
        "after",
        "since",
        "once",
        "so",
        "what's",
        "everything",
        "anything",
        "nothing",
        "way",
        "time",
        "place",
        "thing",
        "man",
        "woman",
        "whatever",
        "wherever",
        "whenever",
        "unless",
        "though",
        "although",
        "while",
        "now",
        "then",
        "well",
        "said",
        "believe",
        "guess",
        "thought",
        "knew",
        "don't",
        "didn't",
        "aren't",
        "weren't",
        "haven't",
        "hadn't",
        "can't",
        "couldn't",
        "won't",
        "wouldn't",
        "shouldn't",
        "mustn't",
        "sure",
        "glad",
        "sorry",
        "afraid",
        "people",
        "one",
    ]
)
THIRD_PERSON = re.compile(r"\b(he|she|they|him|her|hers|his|them|their|theirs|himself|herself)\b", re.IGNORECASE)
THIRD_OBJECT = re.compile(r"\b(him|her|it|them|that|this|those|these)\b", re.IGNORECASE)
THIRD_POSSESSIVE = re.compile(r"\b(his|her|their|its)\b", re.IGNORECASE)
AMBIGUOUS_FIRST_PERSON = re.compile(
    r"\bI(?:'ve| have|'d| had)? (?:never |always |also |just |only |already )?(said|told|wanted|brought|meant)\b"
)
NEGATIVE_COMMAND = re.compile(r"(?:^|[,.;:!] |and )(?:please,? )?(?:don't|do not|never) \w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cues:
    """Cues of one English sentence. An empty text gives none: the source was another language."""

    text: str

    @property
    def is_informal(self) -> bool:
        """True if the addressee is one person without a title; False for an empty text."""
        return bool(self.text) and not FORMAL_ADDRESS.search(self.text) and not PLURAL_ADDRESSEE.search(self.text)

    @property
    def says_you(self) -> bool:
        """True if `you`, `your`, `yours` or `yourself` is among the words."""
        return bool(SINGULAR_YOU.search(self.text))

    @property
    def has_object_you(self) -> bool:
        """True if `you` is an object and no pronoun of the third person is one."""
        asked = any(match["before"].lower() not in BEFORE_SUBJECT for match in OBJECT_YOU.finditer(self.text))
        return asked and not THIRD_OBJECT.search(self.text)

    @property
    def has_only_your_possessive(self) -> bool:
        """True if the sentence has `your` or `yours` and no possessive of the third person."""
        return bool(re.search(r"\byours?\b", self.text, re.IGNORECASE)) and not THIRD_POSSESSIVE.search(self.text)

    @property
    def has_third_person(self) -> bool:
        """True if the sentence has a personal pronoun of the third person."""
        return bool(THIRD_PERSON.search(self.text))

    @property
    def has_he_and_she(self) -> bool:
        """True if two of `he`, `she`, `they` tell people apart, so that Spanish needs its pronouns too."""
        words = {word.lower() for word in re.findall(r"\b(he|she|they)\b", self.text, re.IGNORECASE)}
        return len(words) > 1

    @property
    def has_ambiguous_first_person(self) -> bool:
        """True if `I` is the subject of a verb whose past Portuguese has in one form for the first and the third person."""
        return bool(AMBIGUOUS_FIRST_PERSON.search(self.text)) and not re.search(r"\b(he|she|who)\b", self.text, re.IGNORECASE)

    @property
    def is_negative_command(self) -> bool:
        """True for a negative imperative: `don't`, `do not` or `never` begins a clause."""
        return bool(NEGATIVE_COMMAND.search(self.text))

    @property
    def is_question(self) -> bool:
        """True if the sentence ends with a question mark, quotes aside."""
        return self.text.rstrip("\"'”’» ").endswith("?")

    def has_words(self, words: str) -> bool:
        """True if the words, a regular expression, match whole words of the sentence, in any case."""
        return bool(re.search(rf"\b({words})\b", self.text, re.IGNORECASE))
