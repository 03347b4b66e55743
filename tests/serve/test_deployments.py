"""The engine shell: what it tells of an engine, and how it calls it."""

import asyncio
import pickle
import threading
from pathlib import Path

import pytest
from fakes import FakeTranscriber, FakeTranslator

from pipeline.errors import EngineError
from pipeline.settings import Settings
from serve.deployments import Description, EngineShell, engine_deployment
from serve.profile import EngineProfile


def described(engine: object) -> dict[str, object]:
    shell = EngineShell(lambda: engine)  # type: ignore[arg-type, return-value]  # whatever a test calls an engine
    return asyncio.run(shell.describe()).attributes


def test_a_description_holds_the_plain_public_attributes_and_nothing_else() -> None:
    class Engine(FakeTranscriber):
        _key = "secret"

    assert described(Engine()) == {
        "fingerprint": "fake-transcriber",
        "concurrency": 2,
        "longest_utterance": 15.0,
        "languages": frozenset({"en"}),
    }


def test_an_attribute_that_is_worked_out_is_told_too() -> None:
    class Engine:
        @property
        def fingerprint(self) -> str:
            return "worked out"

    assert described(Engine()) == {"fingerprint": "worked out"}


def test_a_description_travels() -> None:
    description = Description({"languages": frozenset({"en"}), "rephrases": False})
    assert pickle.loads(pickle.dumps(description)) == description


def test_a_call_reaches_the_method_with_all_its_arguments() -> None:
    shell = EngineShell(FakeTranslator)
    answer = asyncio.run(shell.call("translate", ((),), {"source": "en", "target": "es"}))
    assert answer == ()


def test_the_engines_error_is_left_as_it_is() -> None:
    class Broken(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> tuple[str, ...]:
            raise EngineError("broken", "out of words")

    with pytest.raises(EngineError, match="broken: out of words"):
        asyncio.run(EngineShell(Broken).call("translate", ((),), {"source": "en", "target": "es"}))


def test_a_replica_answers_while_its_engine_works() -> None:
    go = threading.Event()

    class Slow(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> tuple[str, ...]:
            assert go.wait(20), "nothing was answered meanwhile"
            return ("done",)

    async def both() -> tuple[str, ...]:
        shell = EngineShell(Slow)
        working = asyncio.create_task(shell.call("translate", ((),), {"source": "en", "target": "es"}))
        await asyncio.sleep(0)  # it begins
        assert (await shell.describe()).attributes["fingerprint"] == "fake-translator"
        go.set()
        return await working

    assert asyncio.run(both()) == ("done",)


def test_a_deployment_has_its_profiles_share_and_room_for_a_description(tmp_path: Path) -> None:
    share = EngineProfile(engine="espeak", replicas=3, calls=4, num_cpus=0.5, num_gpus=0.25)
    deployment = engine_deployment(Settings(data_dir=tmp_path), "synthesizer", share)._bound_deployment
    assert (deployment.name, deployment.num_replicas, deployment.max_ongoing_requests) == ("tts", 3, 5)
    assert {name: deployment.ray_actor_options[name] for name in ("num_cpus", "num_gpus")} == {"num_cpus": 0.5, "num_gpus": 0.25}
    assert list(tmp_path.iterdir()) == [], "nothing is built before there is a replica"
