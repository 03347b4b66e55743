"""What a language model meant to say in JSON: read as far as it goes, whatever stands around it and however it ends.

Models fence their JSON, talk before and after it, think aloud, quote with ', leave commas at the end, and stop in the middle.
Only what is whole counts: a text that was cut off is missing, never shortened.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.engines.llm import lenient_json

LONGEST = 400_000  # characters that are looked at; an answer has some thousands

THINKING = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
THOUGHT = re.compile(r"</(think|thinking|thought|reasoning)>", re.IGNORECASE)
NUMBERED = re.compile(r"[ \t>*-]{0,8}[\"'(\[#]{0,2}(\d{1,6})[\"')\]]{0,2}[ \t]?[.:)\]=|-][ \t]*(?=\S)")
KEY = re.compile(r"(?:(?:line|id|no|nr|number|text|item|l)?[ _#.-]{0,2})0*(\d{1,6})[.:)]?", re.IGNORECASE)  # 7, "07", "line 7"
NAMES = ("id", "number", "line", "n", "index", "no", "key")  # how entries of a list call their number
TEXTS = ("translation", "translated", "text", "target", "content", "value", "line", "output")  # and their text, best first


def extract_translations(answer: str, names: Sequence[str], *, complete: bool = True) -> dict[str, str]:
    """The texts that an answer gives for `names` (decimal numbers), as far as they are whole. Other names are left out.

    `complete`: whether the answer came to its own end; JSON tells by itself, a last line without quotes does not.
    Understood: an object by name; lists of entries that name themselves; a list of just as many texts; numbered lines.
    """
    wanted, values = set(names), extract_values(answer)
    found: dict[str, str] = {}
    for texts in _by_worth([_named(value) for value in values], wanted):
        for name, text in texts.items():
            if name in wanted:
                found.setdefault(name, text)
    if not found:
        found = next((texts for value in values if (texts := _in_order(value, names))), {})
    if not found:
        found = {name: text for name, text in _numbered(strip_reasoning(answer), complete=complete) if name in wanted}
    return found


def extract_plain_translation(answer: str, name: str) -> dict[str, str]:
    """The text of one line in an answer that was to be plain text, by the line's `name`; empty if it is ambiguous.

    JSON is understood too, and an introduction before the text ("Here is the translation:") is left out.
    """
    if "{" in answer and (found := extract_translations(answer, [name])):  # it would not be plain
        return found
    value = extract_object(answer)
    if value:
        texts = [text for text in value.values() if isinstance(text, str)]
        return {name: texts[0]} if len(texts) == 1 else {}
    lines = [line.strip() for line in strip_reasoning(answer).replace("```", "\n").splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].endswith((":", "：")):
        lines = lines[1:]
    return {name: lines[0]} if lines else {}


def extract_object(answer: str) -> dict[str, Any] | None:
    """The largest object in an answer, as far as it is whole; None where there is none."""
    objects = [value for value in extract_values(answer) if isinstance(value, dict) and value]
    return max(objects, key=lambda value: len(repr(value)), default=None)


def strip_reasoning(answer: str) -> str:
    """The answer without the reasoning before it; "" where it never came to an end."""
    text = answer[:LONGEST]
    if THINKING.match(text):
        end = THOUGHT.search(text)
        return text[end.end() :] if end else ""
    if text.lstrip()[:1] not in {"{", "[", "`"} and (end := THOUGHT.search(text)):  # some templates open it in the prompt
        return text[end.end() :]
    return text


def extract_values(answer: str) -> list[Any]:
    """The outermost objects and lists in an answer, in order; of a last one that breaks off, the whole parts."""
    return lenient_json.extract_values(strip_reasoning(answer))


def _by_worth(candidates: list[dict[str, str]], wanted: set[str]) -> list[dict[str, str]]:
    """The one that holds most of what is wanted first, the later of two equals: drafts come before answers."""
    order = sorted(range(len(candidates)), key=lambda n: (len(wanted & candidates[n].keys()), n), reverse=True)
    return [candidates[n] for n in order]


def _named(value: Any) -> dict[str, str]:
    """Texts by name, out of any of the shapes that models give them."""
    if isinstance(value, list):
        found: dict[str, str] = {}
        for part in value:
            for name, text in _entry(part).items():
                found.setdefault(name, text)
        return found
    if own := _entry(value):
        return own
    inner = [_named(part) for part in value.values() if isinstance(part, dict | list)]
    return max(inner, key=len, default={})


def _in_order(value: Any, names: Sequence[str]) -> dict[str, str]:
    """A list of texts without names, where it has just as many as were asked for."""
    if isinstance(value, dict):
        return next((texts for part in value.values() if isinstance(part, list) and (texts := _in_order(part, names))), {})
    said = [part for part in value if isinstance(part, str)]
    return dict(zip(names, said, strict=True)) if len(said) == len(value) == len(names) else {}


def _entry(part: Any) -> dict[str, str]:
    """A list's entry: {"id": 7, "text": …}, {"7": …} or [7, …]."""
    if isinstance(part, list) and len(part) == 2:
        part = {"id": part[0], "text": part[1]}
    if not isinstance(part, dict):
        return {}
    if not any(_name(key) for key in part):
        for key in NAMES:
            if key in part and (name := _name(part[key])) is not None:
                text = _text({other: value for other, value in part.items() if other != key})
                return {} if text is None else {name: text}
    found: dict[str, str] = {}
    for key, value in part.items():
        name, text = _name(key), _text(value)
        if name is not None and text is not None:
            found.setdefault(name, text)
    return found


def _name(key: Any) -> str | None:
    match = KEY.fullmatch(str(key).strip()) if isinstance(key, str | int) and not isinstance(key, bool) else None
    return str(int(match[1])) if match else None


def _text(value: Any) -> str | None:
    """The text of an entry: itself, or the one among its parts that is the translation."""
    if isinstance(value, dict):
        texts = {str(key).lower(): part for key, part in value.items() if isinstance(part, str)}
        named = next((texts[key] for key in TEXTS if key in texts), None)
        return named if named is not None or len(texts) != 1 else next(iter(texts.values()))
    if isinstance(value, list):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else None
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _numbered(text: str, *, complete: bool) -> Iterator[tuple[str, str]]:
    """Lines such as `7. text`, `[7] text` or `"7": "text",` in an answer that is no JSON."""
    lines = text.split("\n")
    for line in lines if complete else lines[:-1]:
        match = NUMBERED.match(line)
        if not match:
            continue
        words = line[match.end() :].strip().removesuffix(",").rstrip()
        if not words:
            continue
        if words[0] in "\"'“":
            reader = lenient_json.Reader(words, 0)
            quoted = reader.string()
            if not quoted.whole or reader.position < len(words):
                continue  # cut off
            words = quoted.kept
        yield str(int(match[1])), words
