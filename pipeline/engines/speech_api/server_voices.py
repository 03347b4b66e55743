"""Voices of a speech server: as it lists them, or as settings name them, with register and language where these are known."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.errors import EngineError
from pipeline.text import languages
from pipeline.values.timeline import Register, Speaker, Voice

NAME_PREFIX = "speech-api:"  # of the voices in a cast
MAX_VOICES, MAX_NAME_CHARS = 2_000, 200  # of a list
# Kokoro's names tell language and gender: `ef_dora` is a Spanish woman.
KOKORO_NAME = re.compile(r"([abefhijpz])([fm])_[a-z0-9_]+")
KOKORO_LANGUAGES = {"a": "en", "b": "en", "e": "es", "f": "fr", "h": "hi", "i": "it", "j": "ja", "p": "pt", "z": "zh"}
# OpenAI's own names, which other servers give their voices too.
OPENAI_REGISTERS = dict.fromkeys(("ash", "ballad", "cedar", "echo", "onyx", "verse"), Register.LOW) | dict.fromkeys(
    ("coral", "marin", "nova", "sage", "shimmer"), Register.HIGH
)
GENDERS = {"f": Register.HIGH, "female": Register.HIGH, "w": Register.HIGH, "m": Register.LOW, "male": Register.LOW}
NAME_KEYS, LANGUAGE_KEYS = ("id", "voice_id", "name", "voice"), ("languages", "language", "locale", "lang")


@dataclass(frozen=True, slots=True)
class ServerVoice:
    """A voice by its name on the server. `register` None: unknown; `languages`: primary subtags, empty for any."""

    name: str
    register: Register | None = None
    languages: frozenset[str] = frozenset()

    def can_speak(self, language: str) -> bool:
        """True if the voice speaks the language, or none is known of it."""
        return not self.languages or languages.is_among(language, self.languages)


def is_server_voice(voice: Voice) -> bool:
    """True for a voice that a server has by name. No server tells whether such a voice is a clone of somebody's."""
    return voice.name.startswith(NAME_PREFIX)


def parse_configured_voices(names: Sequence[str]) -> tuple[ServerVoice, ...]:
    """Parse the voices of a setting: `NAME`, `NAME:low` or `NAME:high`. EngineError for a name that cannot be one."""
    found = []
    for given in names:
        name, _, register = given.rpartition(":")
        if not name or register not in set(Register):
            name, register = given, ""
        if not _is_name(name):
            raise EngineError(
                "speech-api", f"{given[:40]!r} is no voice; give names as the server knows them, in SPEECH_API_VOICES"
            )
        known = _describe_name(name)
        found.append(ServerVoice(name, Register(register) if register else known.register, known.languages))
    return tuple(found)


def parse_listed_voices(listed: Any) -> tuple[ServerVoice, ...]:
    """Parse a list of voices: names or objects, by themselves or under `voices` or `data`. Entries without a name are left out."""
    if isinstance(listed, dict):
        listed = next((listed[key] for key in ("voices", "data") if isinstance(listed.get(key), list | dict)), ())
    if isinstance(listed, dict):  # name → description
        listed = [value | {"id": name} if isinstance(value, dict) else name for name, value in listed.items()]
    entries = (_parse_entry(entry) for entry in listed[:MAX_VOICES]) if isinstance(listed, list) else ()
    return tuple({each.name: each for each in entries if each}.values())


def format_voice(voice: ServerVoice) -> dict[str, Any]:
    """A voice as an entry of a list that `parse_listed_voices` reads."""
    gender = {Register.LOW: "male", Register.HIGH: "female"}.get(voice.register) if voice.register else None
    return {"id": voice.name, "gender": gender, "languages": sorted(voice.languages)}


def assign_voices(speakers: Sequence[Speaker], offered: Sequence[ServerVoice]) -> tuple[ServerVoice, ...]:
    """A voice per speaker, in order: of the speaker's register where one is known, distinct while the supply lasts.

    A speaker of unknown pitch gets a low voice, as bit parts mostly do.
    """
    taken: list[ServerVoice] = []
    for speaker in speakers:
        wanted = speaker.register or Register.LOW
        fitting = [each for each in offered if each.register in {wanted, None}] or list(offered)
        taken.append(min(fitting, key=lambda each: (taken.count(each), each.register is None, fitting.index(each))))
    return tuple(taken)


def sort_voices(offered: Iterable[ServerVoice]) -> tuple[ServerVoice, ...]:
    """Sort voices: those known as low, those known as high, then the others, each in the server's order."""
    order = (Register.LOW, Register.HIGH, None)
    return tuple(sorted(offered, key=lambda each: order.index(each.register)))


def _parse_entry(entry: Any) -> ServerVoice | None:
    if isinstance(entry, str):
        return _describe_name(entry) if _is_name(entry) else None
    if not isinstance(entry, dict):
        return None
    name = next((entry[key] for key in NAME_KEYS if isinstance(entry.get(key), str)), "")
    if not _is_name(name):
        return None
    known = _describe_name(name)
    gender, spoken = entry.get("gender"), next((entry[key] for key in LANGUAGE_KEYS if entry.get(key)), ())
    register = GENDERS.get(gender.casefold()) if isinstance(gender, str) else None
    tags = [spoken] if isinstance(spoken, str) else spoken if isinstance(spoken, list) else []
    primary = (languages.normalize_tag_or_none(tag) for tag in tags[:MAX_NAME_CHARS] if isinstance(tag, str))
    return ServerVoice(
        name, register or known.register, frozenset(languages.base_language(tag) for tag in primary if tag) or known.languages
    )


def _describe_name(name: str) -> ServerVoice:
    """A voice as its name alone tells it."""
    if match := KOKORO_NAME.fullmatch(name):
        return ServerVoice(name, GENDERS[match[2]], frozenset({KOKORO_LANGUAGES[match[1]]}))
    return ServerVoice(name, OPENAI_REGISTERS.get(name))


def _is_name(name: str) -> bool:
    return bool(name) and len(name) <= MAX_NAME_CHARS and name.isprintable()
