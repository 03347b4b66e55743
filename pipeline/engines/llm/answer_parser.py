"""Parsing of language-model answers: translations by line, out of JSON in any of the shapes that models give, or numbered lines.

Models put fences, prose and reasoning around their JSON, quote with ', leave trailing commas, and break off in the middle.
Only whole texts count: one that was cut off is missing, never shortened.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.engines.llm import lenient_json

MAX_ANSWER_LENGTH = 400_000  # characters that are parsed; an answer has some thousands

REASONING_START = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
REASONING_END = re.compile(r"</(think|thinking|thought|reasoning)>", re.IGNORECASE)
NUMBERED_LINE = re.compile(r"[ \t>*-]{0,8}[\"'(\[#]{0,2}(\d{1,6})[\"')\]]{0,2}[ \t]?[.:)\]=|-][ \t]*(?=\S)")
# A line's name as a key: 7, "07", "line 7".
LINE_NAME = re.compile(r"(?:(?:line|id|no|nr|number|text|item|l)?[ _#.-]{0,2})0*(\d{1,6})[.:)]?", re.IGNORECASE)
NAME_KEYS = ("id", "number", "line", "n", "index", "no", "key")  # of a list's entries, for the line's number
TEXT_KEYS = ("translation", "translated", "text", "target", "content", "value", "line", "output")  # and for its text, best first


def extract_translations(answer: str, names: Sequence[str], *, complete: bool = True) -> dict[str, str]:
    """The whole texts of an answer for the lines `names` (decimal numbers), by name. Other names are left out.

    `complete`: the answer was not cut off; for JSON that is seen, for a last line without quotes it is not.
    Understood: an object by name; lists of entries with their names; a list of just as many texts; numbered lines.
    """
    wanted, values = set(names), extract_values(answer)
    found: dict[str, str] = {}
    for texts in _sort_by_coverage([_collect_texts(value) for value in values], wanted):
        for name, text in texts.items():
            if name in wanted:
                found.setdefault(name, text)
    if not found:
        found = next((texts for value in values if (texts := _match_in_order(value, names))), {})
    if not found:
        found = {name: text for name, text in _find_numbered_lines(strip_reasoning(answer), complete=complete) if name in wanted}
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
    """The whole parts of the largest object in an answer; None if there is none."""
    objects = [value for value in extract_values(answer) if isinstance(value, dict) and value]
    return max(objects, key=lambda value: len(repr(value)), default=None)


def strip_reasoning(answer: str) -> str:
    """The answer without the reasoning before it; "" if the reasoning never ends."""
    text = answer[:MAX_ANSWER_LENGTH]
    if REASONING_START.match(text):
        end = REASONING_END.search(text)
        return text[end.end() :] if end else ""
    if text.lstrip()[:1] not in {"{", "[", "`"} and (end := REASONING_END.search(text)):  # some templates open it in the prompt
        return text[end.end() :]
    return text


def extract_values(answer: str) -> list[Any]:
    """The outermost objects and lists of an answer, in order; of a last one that breaks off, the whole parts."""
    return lenient_json.extract_values(strip_reasoning(answer))


def _sort_by_coverage(candidates: list[dict[str, str]], wanted: set[str]) -> list[dict[str, str]]:
    """The candidates, that with most of the wanted names first; of two equals the later one: drafts come before answers."""
    order = sorted(range(len(candidates)), key=lambda n: (len(wanted & candidates[n].keys()), n), reverse=True)
    return [candidates[n] for n in order]


def _collect_texts(value: Any) -> dict[str, str]:
    """Texts by name, out of any of the JSON shapes that models give."""
    if isinstance(value, list):
        found: dict[str, str] = {}
        for part in value:
            for name, text in _parse_entry(part).items():
                found.setdefault(name, text)
        return found
    if own := _parse_entry(value):
        return own
    inner = [_collect_texts(part) for part in value.values() if isinstance(part, dict | list)]
    return max(inner, key=len, default={})


def _match_in_order(value: Any, names: Sequence[str]) -> dict[str, str]:
    """The texts of a list without names, by position; empty if it has another length than `names`."""
    if isinstance(value, dict):
        return next((texts for part in value.values() if isinstance(part, list) and (texts := _match_in_order(part, names))), {})
    strings = [part for part in value if isinstance(part, str)]
    return dict(zip(names, strings, strict=True)) if len(strings) == len(value) == len(names) else {}


def _parse_entry(part: Any) -> dict[str, str]:
    """Texts by name of an entry such as {"id": 7, "text": …}, {"7": …} or [7, …]."""
    if isinstance(part, list) and len(part) == 2:
        part = {"id": part[0], "text": part[1]}
    if not isinstance(part, dict):
        return {}
    if not any(_parse_name(key) for key in part):
        for key in NAME_KEYS:
            if key in part and (name := _parse_name(part[key])) is not None:
                text = _find_text({other: value for other, value in part.items() if other != key})
                return {} if text is None else {name: text}
    found: dict[str, str] = {}
    for key, value in part.items():
        name, text = _parse_name(key), _find_text(value)
        if name is not None and text is not None:
            found.setdefault(name, text)
    return found


def _parse_name(key: Any) -> str | None:
    """The number of a line, decimal; None if the key holds none."""
    match = LINE_NAME.fullmatch(str(key).strip()) if isinstance(key, str | int) and not isinstance(key, bool) else None
    return str(int(match[1])) if match else None


def _find_text(value: Any) -> str | None:
    """The text of an entry: the value itself, or the part of it that is the translation. None if there is no such part."""
    if isinstance(value, dict):
        texts = {str(key).lower(): part for key, part in value.items() if isinstance(part, str)}
        found = next((texts[key] for key in TEXT_KEYS if key in texts), None)
        return found if found is not None or len(texts) != 1 else next(iter(texts.values()))
    if isinstance(value, list):
        return value[0] if len(value) == 1 and isinstance(value[0], str) else None
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _find_numbered_lines(text: str, *, complete: bool) -> Iterator[tuple[str, str]]:
    """Numbers and texts of lines such as `7. text`, `[7] text` or `"7": "text",` in an answer without JSON."""
    lines = text.split("\n")
    for line in lines if complete else lines[:-1]:
        match = NUMBERED_LINE.match(line)
        if not match:
            continue
        words = line[match.end() :].strip().removesuffix(",").rstrip()
        if not words:
            continue
        if words[0] in "\"'“":
            reader = lenient_json.Reader(words, 0)
            quoted = reader.read_string()
            if not quoted.whole or reader.position < len(words):
                continue  # cut off
            words = quoted.kept
        yield str(int(match[1])), words
