"""A server of OpenAI's audio endpoints on loopback: speech by espeak-ng, recognition by whom it is given, and faults on request.

with AudioApiServer(behave=lambda request: Act.TRUNCATED) as server:
    SpeechApiSynthesizer(url=server.url)
"""

import hashlib
import io
import json
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import numpy as np
import soundfile
import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

WORDS_PER_MINUTE = 175  # espeak-ng's default
VOICES = ({"id": "juan", "gender": "male"}, {"id": "ana", "gender": "female"}, {"id": "luz", "gender": "female"})
VARIANTS = {"juan": "+m3", "ana": "+f2", "luz": "+f4"}


class Act(StrEnum):
    """Behaviour of the server at a request."""

    HONEST = "honest"
    SLOW = "slow"
    TOO_MANY = "429"
    ERROR = "500"
    BROKEN_ERROR = "502 with broken JSON"
    HTML = "a page instead of audio"
    EMPTY = "no bytes"
    HANG = "hang"
    HANG_UP = "hang up in the middle"
    TRUNCATED = "a WAV file cut short"
    ENDLESS = "endless audio"
    SILENCE = "silence"
    LONG = "said eight times"
    SHORT = "a tenth of it"


PASSING = tuple(act for act in Act if act not in {Act.HONEST, Act.SLOW, Act.HANG})
Behave = Callable[["AudioRequest"], Act]
Recognise = Callable[[bytes, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class AudioRequest:
    """A request for speech (`body`) or for a transcript (`body`: the form's fields)."""

    path: str
    body: dict[str, Any]

    @property
    def text(self) -> str:
        return str(self.body.get("input") or self.body.get("prompt") or "")


def honest(request: AudioRequest) -> Act:
    return Act.HONEST


@dataclass
class Hostile:
    """Every fault there is, in about half of the requests, by seed; but each request is answered well at its third time."""

    seed: int
    hangs: int = 2  # of the first requests, since each of them costs the client's whole patience
    seen: Counter[str] = field(default_factory=Counter)
    acts: Counter[Act] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: AudioRequest) -> Act:
        name = request.text
        with self.lock:
            times = self.seen[name]
            self.seen[name] += 1
            dice = hashlib.blake2b(f"{self.seed} {name} {times}".encode(), digest_size=4).digest()
            act = Act.HONEST
            if times < 2 and dice[0] < 128:
                act = PASSING[dice[1] % len(PASSING)]
            if times == 0 and self.hangs:
                self.hangs, act = self.hangs - 1, Act.HANG
            self.acts[act] += 1
            return act


class AudioApiServer:
    """Listens on loopback between `with` and its end. `requests`: what was asked, in order; `url`: for the client."""

    def __init__(
        self,
        recognise: Recognise | None = None,
        *,
        behave: Behave = honest,
        language: str = "es",
        key: str | None = None,
        rejects: Sequence[str] = (),
        formats: Sequence[str] = ("mp3", "wav", "flac", "pcm"),
        ignores_speed: bool = False,
        slowest: float = 0.25,
        lists_voices: bool = True,
        model: str = "tiny-audio",
        port: int = 0,
    ) -> None:
        """`port`: 0 for a free one. `rejects`: fields that it answers with 400. `formats`: of the audio that it can send."""
        self.recognise, self.behave, self.language, self.key, self.rejects = recognise, behave, language, key, rejects
        self.formats = formats
        self.rejected_formats: Sequence[str] = ()
        self.slowest = slowest
        self.ignores_speed, self.lists_voices, self.model = ignores_speed, lists_voices, model
        self.requests: list[AudioRequest] = []
        self.delay_s, self.released = 0.0, threading.Event()
        self.working = threading.Event()  # set by each request that is answered well
        self._socket = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        options = uvicorn.Config(self._build_app(), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(options)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.should_exit = True
        self._thread.join(30)
        self._socket.close()

    def _build_app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/v1/models")
        def models(request: Request) -> Any:
            self._let_in(request)
            return {"object": "list", "data": [{"id": self.model, "root": "espeak/ng", "created": time.time_ns()}]}

        @app.get("/v1/audio/voices")
        def voices(request: Request) -> Any:
            self._let_in(request)
            if not self.lists_voices:
                raise HTTPException(404, "Not Found")
            return {"voices": VOICES}

        @app.post("/v1/audio/speech")
        async def speech(request: Request) -> Response:
            self._let_in(request)
            asked = AudioRequest("speech", await request.json())
            return await self._answer(asked, lambda act: self._speak(asked.body, act))

        @app.post("/v1/audio/transcriptions")
        async def transcriptions(request: Request) -> Response:
            self._let_in(request)
            async with request.form() as form:
                audio = await form["file"].read()  # type: ignore[union-attr]
                fields = {name: form.getlist(name) if name.endswith("[]") else form[name] for name in form if name != "file"}
            asked = AudioRequest("transcriptions", fields)
            return await self._answer(asked, lambda act: self._transcribe(audio, fields, act))

        return app

    async def _answer(self, asked: AudioRequest, make: Callable[[Act], Response]) -> Response:
        from starlette.concurrency import run_in_threadpool

        self.requests.append(asked)
        for name in self.rejects:
            if asked.body.get(name) is not None:
                return JSONResponse({"error": {"message": f"Unsupported parameter: '{name}'.", "param": name}}, 400)
        if float(asked.body.get("speed", 1.0)) < self.slowest:
            told = f"Input should be greater than or equal to {self.slowest:g}"
            return JSONResponse(
                {"detail": [{"type": "greater_than_equal", "loc": ["body", "speed"], "msg": told, "input": 0}]}, 422
            )
        if asked.body.get("response_format") in self.rejected_formats:
            return JSONResponse({"error": {"message": "response_format is not compatible with model"}}, 400)
        if asked.path == "speech" and asked.body.get("response_format") not in self.formats:
            return JSONResponse({"error": {"message": "response_format must be one of " + ", ".join(self.formats)}}, 400)
        if asked.body["model"] != self.model:
            return JSONResponse({"error": {"message": f"The model {asked.body['model']} does not exist."}}, 404)
        return await run_in_threadpool(self._act, self.behave(asked), make)

    def _act(self, act: Act, make: Callable[[Act], Response]) -> Response:
        match act:
            case Act.TOO_MANY:
                return JSONResponse({"error": {"message": "slow down"}}, 429, {"Retry-After": "0"})
            case Act.ERROR:
                return JSONResponse({"detail": [{"msg": "something broke"}]}, 500)
            case Act.BROKEN_ERROR:
                return Response('{"error": {"mess', 502, media_type="application/json")
            case Act.HTML:
                return Response("<html>a proxy's page</html>", media_type="text/html")
            case Act.EMPTY:
                return Response(b"", media_type="audio/wav")
            case Act.HANG:
                self.released.wait(60)
                return Response(b"", 503)
            case Act.SLOW:
                time.sleep(0.3)
        self.working.set()
        self.released.wait(self.delay_s)
        return make(act)

    def _speak(self, body: dict[str, Any], act: Act) -> Response:
        speed = 1.0 if self.ignores_speed else float(body.get("speed", 1.0))
        reference = next((value for value in body.values() if isinstance(value, str) and value.startswith("data:audio/wav")), "")
        variant = "+m7" if reference else VARIANTS[body["voice"]]
        wave, rate = say(body["input"], f"{self.language}{variant}", speed)
        match act:
            case Act.SILENCE:
                wave = np.zeros_like(wave)
            case Act.LONG:
                wave = np.tile(np.concatenate([wave, np.zeros(rate // 5, np.int16)]), 8)
            case Act.SHORT:
                wave = wave[: len(wave) // 10]
        content, media_type = encode(wave, rate, body.get("response_format", "mp3"))
        return self._send(content, media_type, act)

    def _transcribe(self, audio: bytes, fields: dict[str, Any], act: Act) -> Response:
        assert self.recognise is not None
        found = self.recognise(audio, fields)
        match act:
            case Act.SILENCE:
                found = found | {"text": "", "words": [], "segments": []}
            case Act.LONG | Act.SHORT:
                found = {"message": "not a transcript"}
        return self._send(json.dumps(found).encode(), "application/json", act)

    def _send(self, content: bytes, media_type: str, act: Act) -> Response:
        match act:
            case Act.TRUNCATED:
                return Response(content[: len(content) * 2 // 3], media_type=media_type)
            case Act.HANG_UP:
                return StreamingResponse(break_off(content), media_type=media_type)
            case Act.ENDLESS:
                return StreamingResponse(repeat(content, self.released), media_type=media_type)
        return Response(content, media_type=media_type)

    def _let_in(self, request: Request) -> None:
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            raise HTTPException(401, f"Incorrect API key provided: {request.headers.get('Authorization')}")


def say(text: str, voice: str, speed: float) -> tuple[np.ndarray, int]:
    """Speech of espeak-ng: 16-bit samples and their rate."""
    options = ["-v", voice, "-s", str(round(WORDS_PER_MINUTE * speed)), "-a", "50", "--stdin", "--stdout"]
    answer = subprocess.run(["espeak-ng", *options], input=text.encode(), capture_output=True, check=True, timeout=30).stdout
    start = answer.find(b"data") + 8
    return np.frombuffer(answer, "<i2", offset=start, count=(len(answer) - start) // 2), 22_050


def encode(wave: np.ndarray, rate: int, form: str) -> tuple[bytes, str]:
    """Samples in a format, and its media type."""
    if form == "pcm":
        return wave.astype("<i2").tobytes(), f"audio/pcm;rate={rate}"
    file = io.BytesIO()
    soundfile.write(file, wave, rate, format=form.upper(), subtype="PCM_16")
    return file.getvalue(), f"audio/{form}"


def break_off(content: bytes) -> Iterator[bytes]:
    """Half of it, and then the connection's end."""
    yield content[: len(content) // 2]
    raise ConnectionResetError


def repeat(content: bytes, released: threading.Event) -> Iterator[bytes]:
    """It over and over, until nobody reads any more."""
    while not released.is_set():
        yield content
