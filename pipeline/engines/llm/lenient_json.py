"""Lenient JSON parser: single quotes, quotes within texts, trailing commas, prose around the JSON, an end in the middle.

It returns whole values only: of an object that breaks off, the entries before the break; of a text that breaks off, nothing. Of
two equal keys the first counts. Time is linear in the length, for hostile input too. The json-repair library holds
none of the three (docs/decisions/012-a-json-parser-of-our-own.md).
"""

import re
from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 12  # levels of nesting; hostile answers have thousands
MAX_READS = 4  # times that an answer is read over, on average: hostile ones open thousands of brackets
START = re.compile(r"[{\[]")
DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")
BARE = re.compile(r"[\w.+-]+")
FOLLOWING = re.compile(r"[\"'“{\[}\]\d-]|(true|false|null)\b")  # what may stand after the comma after a string
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
LITERALS = {"true": True, "false": False, "null": None, "None": None, "True": True, "False": False}

NOTHING = object()


def extract_values(text: str) -> list[Any]:
    """The outermost objects and lists of a text, in order; of a last one that breaks off, the whole parts."""
    found: list[Any] = []
    position, effort = 0, 0
    while effort <= MAX_READS * len(text) + 10_000 and (start := START.search(text, position)):
        reader = Reader(text, start.start())
        kept = reader.read_value(0).kept
        effort += max(64, reader.position - position)
        if kept is not NOTHING and kept:
            found.append(kept)
            position = max(reader.position, start.end())
        elif reader.position >= len(text):
            break  # it broke off inside its first text: a bracket in there is not ours
        else:
            position = start.end()  # a bracket of prose
    return found


@dataclass(frozen=True, slots=True)
class Read:
    """A value as far as it could be read. `whole`: that was all of it."""

    kept: Any
    whole: bool


CUT = Read(NOTHING, whole=False)


def _join_surrogates(text: str) -> str:
    """The text with its surrogate pairs joined to characters; half of a pair becomes a question mark."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "?")


class Reader:
    """Reader of one value at a position of a text. At anything that cannot be read it stops, and gives the whole parts so far."""

    def __init__(self, text: str, position: int) -> None:
        self._text, self.position = text, position

    def read_value(self, depth: int) -> Read:
        """The value that begins at the position."""
        letter = self._peek()
        if depth > MAX_DEPTH or not letter:
            return CUT
        if letter == "{":
            return self._read_object(depth)
        if letter == "[":
            return self._read_list(depth)
        if letter in "\"'“":
            return self.read_string()
        bare = self._read_bare()
        return CUT if isinstance(bare.kept, str) else bare  # as a value, a word without quotes is prose: [this]

    def _peek(self) -> str:
        """The next character that is no space, which the position moves to; "" at the end."""
        while self.position < len(self._text) and self._text[self.position] in " \t\r\n\ufeff":
            self.position += 1
        return self._text[self.position : self.position + 1]

    def _read_object(self, depth: int) -> Read:
        self.position += 1
        kept: dict[str, Any] = {}
        while letter := self._peek():
            if letter == "}":
                self.position += 1
                return Read(kept, whole=True)
            if letter == ",":
                self.position += 1
                continue
            key = self.read_string() if letter in "\"'“" else self._read_bare()
            if not key.whole or self._peek() != ":":
                break
            self.position += 1
            part = self.read_value(depth + 1)
            if part.kept is not NOTHING:
                kept.setdefault(str(key.kept), part.kept)  # a model that repeats itself was right the first time
            if not part.whole:
                break
        return Read(kept, whole=False)

    def _read_list(self, depth: int) -> Read:
        self.position += 1
        kept: list[Any] = []
        while letter := self._peek():
            if letter == "]":
                self.position += 1
                return Read(kept, whole=True)
            if letter == ",":
                self.position += 1
                continue
            part = self.read_value(depth + 1)
            if part.kept is not NOTHING:
                kept.append(part.kept)
            if not part.whole:
                break
        return Read(kept, whole=False)

    def read_string(self) -> Read:
        """A string up to its closing quote: the first that is followed by what may follow a string."""
        text, closing = self._text, {"“": "”"}.get(self._text[self.position], self._text[self.position])
        letters: list[str] = []
        self.position += 1
        while self.position < len(text):
            letter = text[self.position]
            if letter == "\\":
                if not self._read_escape(letters):
                    return CUT
            elif letter == closing and self._is_closing_quote():
                self.position += 1
                return Read(_join_surrogates("".join(letters)), whole=True)
            else:
                letters.append(letter)
                self.position += 1
        return CUT

    def _is_closing_quote(self) -> bool:
        """True if the quote at the position ends its string; False if it is part of the text: "He said "no", and left"."""
        rest = self._text[self.position + 1 : self.position + 200].lstrip()
        if not rest or rest[0] in ":}]":
            return True
        following = rest[1:].lstrip()
        return rest[0] == "," and (not following or FOLLOWING.match(following) is not None)

    def _read_escape(self, letters: list[str]) -> bool:
        """Append the character of the escape sequence at the position; False if the text ends within it."""
        text, following = self._text, self._text[self.position + 1 : self.position + 2]
        if following == "u":
            digits = text[self.position + 2 : self.position + 6]
            if len(digits) < 4:
                return False
            if re.fullmatch(r"[0-9a-fA-F]{4}", digits):
                letters.append(chr(int(digits, 16)))
                self.position += 6
                return True
        if not following:
            return False
        letters.append(ESCAPES.get(following, following))
        self.position += 2
        return True

    def _read_bare(self) -> Read:
        """A number, a literal or a name without quotes. One at the end of the text may be cut off: it is not whole."""
        match = BARE.match(self._text, self.position)
        if not match or match.end() == len(self._text):
            return CUT
        self.position = match.end()
        word = match[0]
        if word in LITERALS:
            return Read(LITERALS[word], whole=True)
        if re.fullmatch(r"-?\d{1,15}", word):
            return Read(int(word), whole=True)
        return Read(float(word) if DECIMAL.fullmatch(word) else word, whole=True)
