"""Lines while they are edited, over HTTP: estimates of texts, also beside a synthesizer that is at work for a dub."""

import threading
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator
from in_process_service import Served

from pipeline.cache.cache_codec import AnswerCodec
from pipeline.engines.protocols import Engines, SynthesizedSpeech, Synthesizer
from pipeline.errors import EngineError
from pipeline.prosody.delivery import Delivery
from pipeline.store.database.database import now
from pipeline.timing.phrase_pauses import SourcePause
from pipeline.values.tasks import DubRequest, LineRow, SpeakerRow
from pipeline.values.timeline import Voice
from serve.editing.editing_engines import EditingEngines

LINE = LineRow(1, "es", "S1", 1.0, 3.0, 4.0, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of two lines; the second has a pause in the source, and is hasty."""
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    lease = claim[1]
    service.store.lines.replace_lines(lease, "es", [LINE, replace(LINE, number=2)])
    service.store.cast.replace_voices(lease, "es", {"S1": "m3"}, ("m1", "m3"))
    voices, deliveries = AnswerCodec(Voice, service.settings.artifacts), AnswerCodec(Delivery, service.settings.artifacts)
    hasty = deliveries.format_answer(Delivery((SourcePause(0.5, 0.4),), pace=1.1))
    service.store.takes.replace_speech(lease, "es", {"S1": voices.format_answer(Voice("S1", "m3", 110.0))}, {2: hasty})
    service.store.lines.put_speakers(lease, [SpeakerRow("S1", 9.0, 110.0, None, (), "ge2e")])
    service.store.leases.finish(lease, Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def connect(service: Served, synthesizer: Synthesizer) -> EditingEngines:
    """Connect engines for editing to the service."""
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), synthesizer)
    editing = EditingEngines(synthesizer, engines)
    state = service.client.app.state  # type: ignore[attr-defined]  # starlette's type is the bare ASGI callable
    state.context = replace(state.context, editing=editing)
    return editing


def estimate(service: Served, url: str, *texts: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post(f"{url}/estimate", json={"texts": [{"language": "es"} | text for text in texts]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_text_is_estimated_by_the_synthesizer_against_the_lines_slot(service: Served, url: str) -> None:
    connect(service, FakeSynthesizer())
    texts = ("…", "sí", "doce palabras.", "x" * 25, "x" * 38)  # a tenth of a second a character
    answer = estimate(service, url, *({"number": 1, "text": text} for text in texts))
    found = answer["estimates"]
    assert [each["verdict"] for each in found] == ["nothing_speakable", "short", "ok", "ok", "too_long"]
    assert found[3] == {
        "number": 1,
        "language": "es",
        "seconds": 2.5,
        "slot": 2.0,
        "available": 3.0,
        "left": -0.5,
        "rate": 1.0,
        "characters_per_second": 10.0,
        "verdict": "ok",
        "estimated_by": "synthesizer",
    }
    assert (found[4]["rate"], found[4]["characters_per_second"], answer["busy"]) == (1.267, 12.7, False)


def test_numbers_count_as_they_are_spoken_and_pauses_and_pace_as_in_the_plan(service: Served, url: str) -> None:
    connect(service, FakeSynthesizer())
    (number, paused) = estimate(service, url, {"number": 1, "text": "1996"}, {"number": 2, "text": "Buenas, señora mía."})[
        "estimates"
    ]
    assert number["seconds"] == round(0.1 * len("mil novecientos noventa y seis"), 3)
    assert paused["seconds"] == round(0.1 * len("Buenas,señora mía.") / 1.1 + 0.4, 3)


def test_a_new_line_and_another_voice_are_estimated_and_unknown_ones_refused(service: Served, url: str) -> None:
    connect(service, FakeSynthesizer())
    (new,) = estimate(service, url, {"speaker": "S1", "seconds": 1.5, "text": "hola amigos"})["estimates"]
    assert (new["number"], new["slot"], new["seconds"]) == (None, 1.5, 1.1)
    ask = service.client.post
    for text, said in (
        ({"number": 9, "text": "hola"}, "has no line 9"),
        ({"number": 1, "text": "hola", "voice": "x3"}, "there is no voice 'x3'"),
        ({"text": "hola"}, "needs the number of its line"),
        ({"number": 1, "text": "x" * 2001}, "2000"),
    ):
        answer = ask(f"{url}/estimate", json={"texts": [{"language": "es"} | text]})
        assert answer.status_code in {404, 422}
        assert said in answer.json()["detail"]
    assert ask(f"{url}/estimate", json={"texts": [{"number": 1, "language": "es", "text": "a"}] * 21}).status_code == 422


@dataclass
class BusySynthesizer(FakeSynthesizer):
    """Waits behind a dub's line until its limit."""

    limit_s: float = 0.2

    def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
        self.calls.append(text)
        time.sleep(self.limit_s)
        raise EngineError("kokoro", "no answer within 0.2 s; see its log")


def test_behind_a_running_dub_the_estimate_is_by_characters_and_says_so(service: Served, url: str) -> None:
    busy = BusySynthesizer()
    connect(service, busy)
    began = time.monotonic()
    answer = estimate(service, url, *({"number": 1, "text": "x" * n} for n in (33, 66)))
    assert time.monotonic() - began < 2.0
    assert (answer["busy"], len(busy.calls)) == (True, 1), "the second text does not wait as well"
    assert "no answer within" in answer["detail"]
    assert [(each["estimated_by"], each["seconds"]) for each in answer["estimates"]] == [
        ("speaking_rate", 2.0),
        ("speaking_rate", 4.0),
    ]


def test_one_estimate_at_a_time_reaches_the_synthesizer(service: Served, url: str) -> None:
    busy = BusySynthesizer(limit_s=1.2)
    connect(service, busy)
    threads = [threading.Thread(target=estimate, args=(service, url, {"number": 1, "text": f"n{n}"})) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(busy.calls) == 1


def test_an_engine_without_an_estimate_of_its_own_is_told(service: Served, url: str) -> None:
    @dataclass
    class Unpredictable(FakeSynthesizer):
        def seconds(self, text: str, voice: Voice, *, language: str) -> float | None:
            return None

    connect(service, Unpredictable())
    answer = estimate(service, url, {"number": 1, "text": "x" * 33})
    assert (answer["busy"], answer["estimates"][0]["estimated_by"]) == (False, "speaking_rate")


def make(service: Served, url: str, number: int = 1, **wanted: Any) -> list[dict[str, Any]]:
    answer = service.client.post(f"{url}/lines/{number}/takes", json={"language": "es"} | wanted)
    assert answer.status_code == 200, answer.text
    takes: list[dict[str, Any]] = answer.json()["takes"]
    return takes


@dataclass
class VaryingSynthesizer(FakeSynthesizer):
    """Another pitch for each variation, and each pace that is asked for."""

    varies: bool = True

    def speak(self, text: str, voice: Voice, *, language: str, seconds: float | None, variation: int = 0) -> SynthesizedSpeech:
        speech = super().speak(text, replace(voice, name=f"{voice.name}{'x' * variation}"), language=language, seconds=seconds)
        return replace(speech, wave=speech.wave * (0.9 - 0.1 * variation))


def test_candidates_say_what_varied_are_heard_and_one_is_chosen_with_its_text(service: Served, url: str) -> None:
    connect(service, VaryingSynthesizer())
    takes = make(service, url, text="una frase con otras palabras", count=2)
    assert [(take["varied"], take["chosen"], take["wer"]) for take in takes] == [
        ("other wording", False, None),
        ("other wording, rendition 2", False, None),
    ]
    assert service.store.tasks.list_by_ids([1])[0].status == "DONE", "the dub stays as it is"
    audio = service.client.get(f"{url}/takes/{takes[0]['id']}/audio")
    assert (audio.status_code, audio.content[:4]) == (200, b"fLaC")
    (slower,) = make(service, url, pace=0.9, voice="m1", count=1)
    assert (slower["varied"], slower["voice"]) == ("voice m1, pace ×0.90", "m1")
    answer = service.client.patch(f"{url}/lines/1", json={"language": "es", "take": takes[1]["id"]})
    assert answer.json()["status"] == "QUEUED"
    listed = service.client.get(f"{url}/lines/1/takes", params={"language": "es"}).json()["takes"]
    assert [take["chosen"] for take in listed] == [False, True, False], "the newest first"
    (line, _) = service.store.lines.list_lines(1, "es")
    assert line.edit and line.edit.text == "una frase con otras palabras"
    (kept,) = service.store.takes.list_kept(1)
    assert kept.text == line.edit.text
    assert service.store.takes.remove_old(now() + timedelta(days=1)) and len(service.store.takes.list_kept(1)) == 1
    folder = kept.audio.partition("/")[0]
    assert folder in service.store.stages.list_artifact_folders(), "garbage collection keeps it"
    service.client.patch(f"{url}/lines/1", json={"language": "es", "take": None})
    assert service.store.takes.list_kept(1) == ()
    assert service.store.tasks.delete(1)[1] == (kept.audio,), "its file goes with the task"


def test_what_cannot_be_made_is_refused_in_a_sentence(service: Served, url: str) -> None:
    editing = connect(service, FakeSynthesizer())
    ask = service.client.post
    for wanted, status, said in (
        ({"vary": "rendition"}, 422, "one rendition of a text"),
        ({"vary": "wording"}, 422, "offers no other wordings"),
        ({"text": "… ♪"}, 422, "nothing to speak"),
        ({"voice": "x3"}, 422, "there is no voice 'x3'"),
        ({"count": 5}, 422, "4"),
        ({"pace": 3.0}, 422, "2"),
    ):
        answer = ask(f"{url}/lines/1/takes", json={"language": "es"} | wanted)
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    assert ask(f"{url}/lines/7/takes", json={"language": "es"}).status_code == 404
    assert service.client.patch(f"{url}/lines/1", json={"language": "es", "take": 99}).status_code == 404
    with editing.reserve_takes():
        busy = ask(f"{url}/lines/1/takes", json={"language": "es"})
    assert (busy.status_code, "Retry-After" in busy.headers) == (429, True)


def test_a_voice_is_auditioned_with_a_line_of_its_speaker(service: Served, url: str) -> None:
    connect(service, FakeSynthesizer())
    low, high = (
        service.client.get(f"{url}/speakers/S1/audition", params={"language": "es", "voice": voice}) for voice in ("m1", "m3")
    )
    assert low.headers["content-type"] == "audio/flac"
    assert low.content[:4] == b"fLaC"
    assert low.content != high.content
    assert service.client.get(f"{url}/speakers/S1/audition", params={"language": "es", "voice": "f9"}).status_code == 422
    assert service.client.get(f"{url}/speakers/S9/audition", params={"language": "es", "voice": "m1"}).status_code == 422


def test_a_locked_line_keeps_its_take_and_is_changed_by_nobody(service: Served, url: str) -> None:
    connect(service, FakeSynthesizer())
    (take,) = make(service, url, pace=0.9, count=1)
    locked = service.client.patch(f"{url}/lines/1", json={"language": "es", "locked": True})
    assert locked.json()["status"] == "DONE", "a lock alone dubs nothing"
    (kept,) = service.store.takes.list_kept(1)
    assert (kept.audio, kept.text, kept.is_locked) == ("take.flac", "hola", True)
    for wanted in ({"text": "otra"}, {"skip": True}, {"take": take["id"]}):
        answer = service.client.patch(f"{url}/lines/1", json={"language": "es"} | wanted)
        assert (answer.status_code, "locked; unlock it" in answer.json()["detail"]) == (422, True)
    again = {"language": "es", "locked": None, "text": "otra"}
    assert service.client.patch(f"{url}/lines/1", json=again).json()["status"] == "QUEUED"
    assert service.store.takes.list_kept(1) == ()
