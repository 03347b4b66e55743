"""Hostile subtitle files of any size: nesting, repetition and nonsense that make a careless parser slow, or take its memory.

`KINDS` names them; `hostile_subtitle(kind, size)` is one of about `size` bytes, the same each time.
"""

from collections.abc import Callable, Iterator
from itertools import count

Lines = Callable[[int], str]  # the n-th piece of a file

SRT = "1\n00:00:01,000 --> 00:00:02,000\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
ASS = (
    "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
)
SSA = "[Script Info]\nScriptType: v4.00\n\n[Events]\nFormat: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
LINE = 3_900  # characters, just under the longest line that is read


def clock(seconds: float, point: str = ",") -> str:
    """`seconds` as SubRip writes them."""
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{int(seconds * 1000) % 1000:03}"


def srt_cue(n: int, text: str, *, start: float | None = None, seconds: float = 1.0) -> str:
    """One SubRip cue."""
    begin = float(n) if start is None else start
    return f"{n + 1}\n{clock(begin)} --> {clock(begin + seconds)}\n{text}\n\n"


def dialogue(n: int, text: str, *, style: str = "Default") -> str:
    """One Dialogue row of ASS, a second after the one before."""
    begin, end = (f"{second // 3600 % 10}:{second // 60 % 60:02}:{second % 60:02}.00" for second in (n, n + 1))
    return f"Dialogue: 0,{begin},{end},{style},,0,0,0,,{text}\n"


def _filled(head: str, piece: Lines, size: int) -> str:
    def pieces() -> Iterator[str]:
        length = len(head)
        yield head
        for n in count():
            if length >= size:
                return
            text = piece(n)
            length += len(text)
            yield text

    return "".join(pieces())


def _repeated(unit: str, length: int = LINE) -> str:
    return unit * (length // len(unit))


def _in_ass(unit: str, end: str = "x") -> tuple[str, Lines]:
    row = _repeated(unit) + end
    return ASS, lambda n: dialogue(n, row)


def _in_srt(unit: str, end: str = "x") -> tuple[str, Lines]:
    text = _repeated(unit) + end
    return "", lambda n: srt_cue(n, text)


def _rows(unit: str) -> tuple[str, Lines]:
    """Twelve long rows a cue, as many as are read."""
    text = "\n".join([_repeated(unit) + "x"] * 12)
    return "", lambda n: srt_cue(n, text)


def _endless(head: str, unit: str) -> tuple[str, Lines]:
    units = unit * max(1, 4_096 // len(unit))
    return head, lambda n: units


TEXTS: dict[str, tuple[str, Lines]] = {
    # override blocks, tags and drawings of ASS
    "ass empty overrides": _in_ass("{}"),
    "ass style resets": _in_ass(r"{\rX}x"),
    "ass drawing switched": _in_ass(r"{\p1}m{\p0}"),
    "ass open overrides": _in_ass("{"),
    "ass nested overrides": _in_ass(r"{{\b1}"),
    "ass closing braces": _in_ass("}"),
    "ass one long override": _in_ass(r"\b1", "}x"),
    "ass many words and tags": _in_ass(r"{\rX}ten letters"),
    "ass hard breaks": _in_ass(r"\N"),
    "ass dialogue dashes": _in_ass(r"-a\N"),
    "ass hard spaces": _in_ass(r"\h"),
    "ass commas": _in_ass(","),
    "ass drawing commands": (ASS, lambda n: dialogue(n, r"{\p1}" + _repeated("m 0 0 l 100 0 "))),
    # sections of ASS
    "ass open headings": _endless(ASS, "[" + _repeated("a") + "\n"),
    "ass headings": _endless(ASS, "[a]\n"),
    "ass styles": (ASS.partition("[Events]")[0], lambda n: f"Style: S{n},Arial,20,&H00FFFFFF,&H00FFFFFF,&H0,&H0,0,0\n"),
    "ass wide styles": _endless(ASS.partition("[Events]")[0], "Style: " + _repeated("1,") + "\n"),
    "ass info rows": (ASS.partition("[V4+")[0], lambda n: f"k{n}: v\n"),
    "ass fonts": (ASS + "[Fonts]\n", lambda n: f"fontname: f{n}.ttf\n" + "M@XX" * 20 + "\n"),
    "ass graphics": _endless(ASS + "[Graphics]\nfilename: g.png\n", "M@XX" * 20 + "\n"),
    "ass short rows": _endless(ASS, "Dialogue: ,\n"),
    "ass comments": _endless(ASS, "Comment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,x\n"),
    "ass long style names": (ASS, lambda n: dialogue(n, "x", style=_repeated("op "))),
    "ass many rows": (ASS, lambda n: dialogue(n, f"x{n}")),
    "ass repeated rows": _endless(ASS, dialogue(1, "the same")),
    "ass long numbers": _endless(ASS, "Dialogue: " + "9" * LINE + ",0:00:00.00,0:00:01.00,Default,,0,0,0,,x\n"),
    "ass events without end": _endless(ASS, "[Events]\n"),
    "ssa rows": (SSA, lambda n: f"Dialogue: Marked=0,0:00:0{n % 9}.00,0:00:09.00,Default,,0,0,0,,{_repeated('{}')}\n"),
    # SubRip and WebVTT
    "srt open tags": _in_srt("<a"),
    "srt nested tags": _in_srt("<i><b>", "</b></i>x"),
    "srt spaced tags": _in_srt("< < i >"),
    "srt tags over rows": _rows("<"),
    "srt tag rows": _endless(SRT, "<a\n"),
    "srt braces behind tags": _rows("{<a}>"),
    "srt short tags": _in_srt("<a>", "x"),
    "srt many cues": ("", lambda n: srt_cue(n, "x")),
    "srt bare times": _endless("", "00:00:01,000 --> 00:00:02,000\n"),
    "srt times on a line": _endless("", "00:00:01,000 --> " * 200 + "\n"),
    "srt endless times": _endless("", "99:99:99,999 --> "),
    "srt almost times": _endless(SRT, "1:1:1:1:1:1:1:1:1:1\n"),
    "srt colons": _endless(SRT, ":" * LINE + "\n"),
    "srt at the same time": ("", lambda n: srt_cue(n, f"x{n}", start=1.0)),
    "srt over all others": ("", lambda n: srt_cue(n, f"Word {n}", seconds=80_000.0)),
    "srt dots": _in_srt("."),
    "srt closing quotes": _in_srt(".\"')"),
    "srt sounds": _in_srt("[("),
    "srt notes": _in_srt("♪"),
    "srt note lines": _rows("♪ a "),
    "srt hashes": ("", lambda n: srt_cue(n, "# " + _repeated("#    "))),
    "srt credits": _in_srt("sync subs by "),
    "srt credit spaces": _in_srt("subs" + " " * 19),
    "srt names": _in_srt("A B "),
    "srt colon names": _rows("A: "),
    "srt arrows": _rows(">>"),
    "srt dashes": _rows("- "),
    "srt digits": _rows("9"),
    "srt digit rows": _endless(SRT, "9\n"),
    "srt entities": _in_srt("&lt;&amp;lt;"),
    "srt open entities": _in_srt("&" + "a" * 31),
    "srt number entities": _in_srt("&#" + "9" * (LINE - 3), ";"),
    "srt space entities": _in_srt("&#32;"),
    "vtt timestamps": _endless(VTT, "00:01.000 --> 99999999999999999999:00.000\nx\n\n"),
    "vtt cue settings": (
        "WEBVTT\n\n",
        lambda n: f"{clock(n, '.')} --> {clock(n + 1, '.')} {_repeated('align:start ', 500)}\nx\n\n",
    ),
    "vtt notes": _endless(VTT, "NOTE " + _repeated("x ") + "\n\n"),
    "vtt voices": _endless(VTT, "<v " + _repeated("A") + ">x\n"),
    "vtt karaoke": (
        "WEBVTT\n\n",
        lambda n: f"{clock(n, '.')} --> {clock(n + 1, '.')}\n" + "<00:00:01.000><c>x</c>" * 100 + "\n\n",
    ),
    "vtt regions": _endless("WEBVTT\n\n", "REGION\nid:a\n\n"),
    # lines, spaces and letters
    "endless line": _endless(SRT, "x"),
    "endless heading": _endless(ASS + "[", "a"),
    "endless spaces": _endless(SRT, " "),
    "short space runs": _endless(SRT, " " * 19 + "x"),
    "long space lines": _endless(SRT, " " * LINE + "\n"),
    "newlines": _endless(SRT, "\n"),
    "carriage returns": _endless(SRT, "\r"),
    "short lines": _endless(SRT, "x\n"),
    "no-break spaces": _rows("\u00a0"),
    "zero-width runs": _rows("\u200b"),
    "right-to-left overrides": _rows("\u202e\u05d0\u202c"),
    "combining characters": _in_srt("e" + "\u0301" * 99),
    "wide characters": _rows("😀"),
    "line separators": _rows("\u2028"),
    "form feeds": _rows("\x0c"),
    "nulls": _endless(SRT, "\0"),
    "nulls in times": _endless("", "\x000\x000:00:01,000 --> 00:00:02,000\n\0x\n"),
    "byte order marks": _endless(SRT, "\ufeff"),
    "times past midnight": ("", lambda n: f"1\n99:{n % 60:02}:00,000 --> 99:{n % 60:02}:59,999\nx\n\n"),
    "negative times": _endless("", "1\n-00:00:01,000 --> -00:00:00,500\nx\n\n"),
    "backward times": _endless("", "1\n00:00:02,000 --> 00:00:01,000\nx\n\n"),
}

BYTES: dict[str, Callable[[int], bytes]] = {
    "utf-16 cues": lambda size: _filled("", lambda n: srt_cue(n, "ñ"), size // 2).encode("utf-16"),
    "utf-16 overrides": lambda size: _filled(*_in_ass("{}"), size=size // 2).encode("utf-16"),
    "utf-16 cut short": lambda size: b"\xff\xfe" + _filled("", lambda n: srt_cue(n, "x"), size // 2).encode("utf-16-le")[:-1],
    "utf-16 surrogates": lambda size: b"\xff\xfe" + "1\n00:00:01,000 --> 00:00:02,000\n".encode("utf-16-le") + b"\x00\xd8" * (size // 2),
    "utf-8 mark and cp1252": lambda size: b"\xef\xbb\xbf" + _filled("", lambda n: srt_cue(n, "señor"), size).encode("cp1252"),
    "utf-8 broken at the end": lambda size: _filled("", lambda n: srt_cue(n, "x"), size).encode() + b"\xff",
    "undefined in cp1252": lambda size: SRT.encode() + b"\x81\x8d\x8f" * (size // 3),
    "two marks": lambda size: b"\xef\xbb\xbf\xff\xfe" + _filled("", lambda n: srt_cue(n, "x"), size).encode(),
    "every byte": lambda size: SRT.encode() + bytes(range(256)) * (size // 256),
}  # fmt: skip

KINDS = tuple(sorted([*TEXTS, *BYTES]))


def hostile_subtitle(kind: str, size: int) -> bytes:
    """A file of this kind, `size` bytes at most."""
    if kind in BYTES:
        content = BYTES[kind](size)
    else:
        head, piece = TEXTS[kind]
        content = _filled(head, piece, size).encode()
    return content[:size]
