"""Facts that an English sentence tells and a pivot loses: who is spoken to and of, and whether it asks."""

import re
from dataclasses import dataclass

FORMAL = re.compile(
    r"\b(sir|ma'?am|madam|mister|your (honou?r|majesty|highness|excellency|lordship|grace))\b"
    r"|(?:^|[,.!?] )(doctor|officer|detective|father|professor|senator|captain|(mrs?|ms|dr|miss)\b\.? [A-Z]\w+)(?=[,.!?]|$)",
    re.IGNORECASE,
)
PLURAL = re.compile(
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
THIRD = re.compile(r"\b(he|she|they|him|her|hers|his|them|their|theirs|himself|herself)\b", re.IGNORECASE)
THIRD_OBJECT = re.compile(r"\b(him|her|it|them|that|this|those|these)\b", re.IGNORECASE)
THIRD_OWNER = re.compile(r"\b(his|her|their|its)\b", re.IGNORECASE)
I_SAID = re.compile(r"\bI(?:'ve| have|'d| had)? (?:never |always |also |just |only |already )?(said|told|wanted|brought|meant)\b")
NEGATIVE_COMMAND = re.compile(r"(?:^|[,.;:!] |and )(?:please,? )?(?:don't|do not|never) \w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Cues:
    """One English sentence. An empty text tells nothing: the source was another language."""

    text: str

    @property
    def is_informal(self) -> bool:
        """Whether somebody is spoken to as one person and by no title."""
        return bool(self.text) and not FORMAL.search(self.text) and not PLURAL.search(self.text)

    @property
    def says_you(self) -> bool:
        return bool(SINGULAR_YOU.search(self.text))

    @property
    def has_object_you(self) -> bool:
        """Whether `you` is an object, and no other person or thing is one."""
        asked = any(match["before"].lower() not in BEFORE_SUBJECT for match in OBJECT_YOU.finditer(self.text))
        return asked and not THIRD_OBJECT.search(self.text)

    @property
    def owns_only_yours(self) -> bool:
        """Whether `your` stands there and no other possessive of the third person."""
        return bool(re.search(r"\byours?\b", self.text, re.IGNORECASE)) and not THIRD_OWNER.search(self.text)

    @property
    def has_third_person(self) -> bool:
        return bool(THIRD.search(self.text))

    @property
    def has_he_and_she(self) -> bool:
        """Whether pronouns tell two people apart, so that Spanish needs them too."""
        words = {word.lower() for word in re.findall(r"\b(he|she|they)\b", self.text, re.IGNORECASE)}
        return len(words) > 1

    @property
    def i_said(self) -> bool:
        """Whether the first person does what Portuguese says alike in the first and the third."""
        return bool(I_SAID.search(self.text)) and not re.search(r"\b(he|she|who)\b", self.text, re.IGNORECASE)

    @property
    def is_command_not_to(self) -> bool:
        return bool(NEGATIVE_COMMAND.search(self.text))

    @property
    def is_question(self) -> bool:
        return self.text.rstrip("\"'”’» ").endswith("?")

    def says(self, words: str) -> bool:
        """Whether one of the words, a regular expression, stands in the sentence."""
        return bool(re.search(rf"\b({words})\b", self.text, re.IGNORECASE))
