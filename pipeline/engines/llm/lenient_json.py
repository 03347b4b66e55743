"""A reader of JSON that forgives: single quotes, quotes within texts, commas too many, words around it, an end in the middle.

What it gives is whole: of an object that breaks off, the entries before the break; of a text that breaks off, nothing.
"""

import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 12  # levels of nesting; hostile answers have thousands
EFFORT = 4  # times its length that an answer is read, and some: hostile ones open thousands of brackets
START = re.compile(r"[{\[]")
DECIMAL = re.compile(r"-?\d{1,15}\.\d{1,15}")
BARE = re.compile(r"[\w.+-]+")
FOLLOWING = re.compile(r"[\"'“{\[}\]\d-]|(true|false|null)\b")  # what may stand after the comma after a string
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
LITERALS = {"true": True, "false": False, "null": None, "None": None, "True": True, "False": False}

NOTHING = object()


def extract_values(text: str) -> list[Any]:
    """The outermost objects and lists in a text, in order; of a last one that breaks off, the whole parts."""
    found: list[Any] = []
    position, effort = 0, 0
    while effort <= EFFORT * len(text) + 10_000 and (start := START.search(text, position)):
        reader = Reader(text, start.start())
        kept = reader.value(0).kept
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
    """A value as far as it could be read, and whether that was all of it."""

    kept: Any
    whole: bool


CUT = Read(NOTHING, whole=False)


def _paired(text: str) -> str:
    """Text whose escaped surrogates are letters again; one without its other half becomes a question mark."""
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\ufffd", "?")


class Reader:
    """Reads one value, forgivingly. After anything that cannot be read it gives what it has, and stops."""

    def __init__(self, text: str, position: int) -> None:
        self._text, self.position = text, position

    def value(self, depth: int) -> Read:
        """The value that begins here."""
        letter = self._look()
        if depth > DEEPEST or not letter:
            return CUT
        if letter == "{":
            return self._object(depth)
        if letter == "[":
            return self._list(depth)
        if letter in "\"'“":
            return self.string()
        bare = self._bare()
        return CUT if isinstance(bare.kept, str) else bare  # as a value, a word without quotes is prose: [this]

    def _look(self) -> str:
        """The next letter that is no space; "" at the end."""
        while self.position < len(self._text) and self._text[self.position] in " \t\r\n\ufeff":
            self.position += 1
        return self._text[self.position : self.position + 1]

    def _object(self, depth: int) -> Read:
        self.position += 1
        kept: dict[str, Any] = {}
        while letter := self._look():
            if letter == "}":
                self.position += 1
                return Read(kept, whole=True)
            if letter == ",":
                self.position += 1
                continue
            key = self.string() if letter in "\"'“" else self._bare()
            if not key.whole or self._look() != ":":
                break
            self.position += 1
            part = self.value(depth + 1)
            if part.kept is not NOTHING:
                kept.setdefault(str(key.kept), part.kept)  # a model that repeats itself was right the first time
            if not part.whole:
                break
        return Read(kept, whole=False)

    def _list(self, depth: int) -> Read:
        self.position += 1
        kept: list[Any] = []
        while letter := self._look():
            if letter == "]":
                self.position += 1
                return Read(kept, whole=True)
            if letter == ",":
                self.position += 1
                continue
            part = self.value(depth + 1)
            if part.kept is not NOTHING:
                kept.append(part.kept)
            if not part.whole:
                break
        return Read(kept, whole=False)

    def string(self) -> Read:
        """A string up to its closing quote: the first that is followed by what may follow a string."""
        text, closing = self._text, {"“": "”"}.get(self._text[self.position], self._text[self.position])
        letters: list[str] = []
        self.position += 1
        while self.position < len(text):
            letter = text[self.position]
            if letter == "\\":
                if not self._escape(letters):
                    return CUT
            elif letter == closing and self._closes():
                self.position += 1
                return Read(_paired("".join(letters)), whole=True)
            else:
                letters.append(letter)
                self.position += 1
        return CUT

    def _closes(self) -> bool:
        """Whether the quote here ends its string, or belongs to what is said: "He said "no", and left"."""
        rest = self._text[self.position + 1 : self.position + 200].lstrip()
        if not rest or rest[0] in ":}]":
            return True
        following = rest[1:].lstrip()
        return rest[0] == "," and (not following or FOLLOWING.match(following) is not None)

    def _escape(self, letters: list[str]) -> bool:
        """Take the escape that begins here; False where the text ends in it."""
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

    def _bare(self) -> Read:
        """A number, a literal or a name without quotes. At the end of the text it may go on: not whole."""
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
