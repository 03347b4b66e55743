"""The engine shell: what it tells of an engine, and how it calls it."""

import asyncio
import threading
import time
from pathlib import Path

import pytest
from fakes import FakeTranslator

from pipeline import tracing
from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import Passage, Translated, Usage
from pipeline.errors import EngineError, EngineLost, ModelMissing, SettingsError
from pipeline.processes.compute_usage import Measured
from pipeline.settings import Settings
from serve.engines.deployments import ABANDONED_CALL_LIMIT_S, REBUILD_INTERVAL_S, EngineHealth, EngineShell, bind_engine
from serve.profile import EngineProfile
from serve.replica_profiles import Scaling


def test_a_call_reaches_the_method_with_all_its_arguments() -> None:
    shell = EngineShell("translator", FakeTranslator)
    answer = asyncio.run(shell.call("translate", (Passage(()),), {"source": "en", "target": "es"}))
    assert answer.value == Translated((), Usage(10, 0, 0.5))


def test_a_call_reaches_the_engine_of_a_list_that_it_names() -> None:
    members = [Member("first", FakeTranslator(fingerprint="one")), Member("second", FakeTranslator(fingerprint="two"))]
    shell = EngineShell("translator", lambda: TranslatorList(members, {"first": None, "second": None}))
    asyncio.run(shell.call("translate", (Passage(()),), {"source": "en", "target": "es"}, "second"))
    assert ([member.engine.calls for member in members], asyncio.run(shell.describe("second")).fingerprint) == (
        [[], ["es"]],
        "two",
    )


def test_a_call_is_timed_beside_the_engine(tmp_path: Path) -> None:
    tracing.record_into(tmp_path)
    try:
        asyncio.run(EngineShell("translator", FakeTranslator).call("translate", (Passage(()),), {"source": "en", "target": "es"}))
    finally:
        tracing.record_into(None)
    (work,) = tracing.read_traces(tmp_path)
    assert (work.kind, work.name) == (tracing.WorkKind.ENGINE, "FakeTranslator.translate")


def test_the_engines_error_is_left_as_it_is() -> None:
    class Broken(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            raise EngineError("broken", "out of words")

    with pytest.raises(EngineError, match="broken: out of words"):
        asyncio.run(EngineShell("translator", Broken).call("translate", ((),), {"source": "en", "target": "es"}))


def test_a_replica_answers_while_its_engine_works() -> None:
    go = threading.Event()

    class Slow(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            assert go.wait(20), "nothing was answered meanwhile"
            return Translated(("done",))

    async def both() -> Translated:
        shell = EngineShell("translator", Slow)
        working = asyncio.create_task(shell.call("translate", (Passage(()),), {"source": "en", "target": "es"}))
        await asyncio.sleep(0)  # it begins
        assert (await shell.describe()).fingerprint == "fake-translator"
        go.set()
        return (await working).value

    assert asyncio.run(both()) == Translated(("done",))


def test_a_deployment_has_its_profiles_share_and_room_for_a_description(tmp_path: Path) -> None:
    share = EngineProfile(engine="espeak", replicas=3, calls=4, num_cpus=0.5, num_gpus=0.25)
    deployment = bind_engine(Settings(data_dir=tmp_path), "synthesizer", share)._bound_deployment
    assert (deployment.name, deployment.num_replicas, deployment.max_ongoing_requests) == ("tts", 3, 5)
    options = {name: deployment.ray_actor_options[name] for name in ("num_cpus", "num_gpus")}
    assert options == {"num_cpus": 0.5, "num_gpus": 0.25}
    assert "runtime_env" not in deployment.ray_actor_options or not deployment.ray_actor_options["runtime_env"]
    assert list(tmp_path.iterdir()) == [], "nothing is built before there is a replica"


def test_an_engine_may_be_pinned_to_nodes_and_live_in_an_environment_of_its_own(tmp_path: Path) -> None:
    share = EngineProfile(engine="espeak", resources={"speech_node": 0.01}, python="/opt/other/bin/python")
    deployment = bind_engine(Settings(data_dir=tmp_path), "synthesizer", share)._bound_deployment
    assert deployment.ray_actor_options["resources"] == {"speech_node": 0.01}
    assert deployment.ray_actor_options["runtime_env"] == {"py_executable": "/opt/other/bin/python"}


def test_omnivoice_lives_in_its_own_environment_with_engines_that_any_can_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DUBARR_OMNIVOICE_VENV", str(tmp_path / "an environment"))
    for engine in ("omnivoice", "omnivoice, espeak", "kokoro, omnivoice"):
        deployment = bind_engine(Settings(data_dir=tmp_path), "synthesizer", EngineProfile(engine=engine))._bound_deployment
        python = f"'{tmp_path}/an environment/bin/python'"
        assert deployment.ray_actor_options["runtime_env"] == {"py_executable": python}
    with pytest.raises(SettingsError, match="their libraries need different versions of the same packages"):
        bind_engine(Settings(data_dir=tmp_path), "synthesizer", EngineProfile(engine="omnivoice, xtts"))


def test_replicas_that_must_not_crowd_are_spread_over_the_nodes(tmp_path: Path) -> None:
    share = EngineProfile(engine="espeak", replicas=8, per_node=1, num_gpus=0.4)
    assert (
        bind_engine(Settings(data_dir=tmp_path), "synthesizer", share)._bound_deployment._replica_config.max_replicas_per_node
        == 1
    )
    anywhere = bind_engine(Settings(data_dir=tmp_path), "synthesizer", share.model_copy(update={"per_node": None}))
    assert anywhere._bound_deployment._replica_config.max_replicas_per_node is None


def test_an_engine_scales_by_the_work_at_hand_and_down_to_nothing(tmp_path: Path) -> None:
    share = EngineProfile(engine="espeak", calls=2, scaling=Scaling(least=0, most=3, idle=60))
    scaling = bind_engine(
        Settings(data_dir=tmp_path), "synthesizer", share
    )._bound_deployment._deployment_config.autoscaling_config
    assert (scaling.min_replicas, scaling.max_replicas, scaling.target_ongoing_requests) == (0, 3, 2)
    assert (scaling.downscale_delay_s, scaling.downscale_to_zero_delay_s) == (60, 60)


class TestAnEngineThatCannotBeLoaded:
    """A gated model, a missing file: the replica stays up and says so."""

    def test_calls_and_descriptions_are_answered_with_the_reason(self) -> None:
        shell = EngineShell("translator", self.missing)
        for asked in (shell.describe(), shell.call("translate", (), {})):
            with pytest.raises(ModelMissing, match="accept its conditions"):
                asyncio.run(asked)

    def test_the_reason_is_told_with_every_health_check(self) -> None:
        notes: list[EngineHealth] = []
        asyncio.run(EngineShell("translator", self.missing, notes.append).check_health())
        assert [note.trouble for note in notes] == ["pyannote: accept its conditions"]

    def test_it_is_tried_again_after_a_while(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tries = iter([ModelMissing("pyannote", "not yet"), FakeTranslator()])

        def build() -> FakeTranslator:
            found = next(tries)
            if isinstance(found, Exception):
                raise found
            return found

        shell = EngineShell("translator", build)  # type: ignore[arg-type]
        with pytest.raises(ModelMissing):
            asyncio.run(shell.describe())
        shell._tried -= REBUILD_INTERVAL_S + 1
        assert asyncio.run(shell.describe()).fingerprint == "fake-translator"

    def missing(self) -> FakeTranslator:
        raise ModelMissing("pyannote", "accept its conditions")


def test_a_replica_whose_engine_lost_its_device_fails_its_health_check() -> None:
    class Fallen(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            raise EngineLost("fallen", "CUDA error: device-side assert")

    shell = EngineShell("translator", Fallen)
    asyncio.run(shell.check_health())
    with pytest.raises(EngineLost):
        asyncio.run(shell.call("translate", (Passage(()),), {"source": "en", "target": "es"}))
    with pytest.raises(EngineLost, match="device-side assert"):
        asyncio.run(shell.check_health())


def test_a_replica_asks_its_engine_how_it_is() -> None:
    class Silent(FakeTranslator):
        def check(self) -> None:
            raise EngineLost("silent", "the card is gone")

    with pytest.raises(EngineLost, match="the card is gone"):
        asyncio.run(EngineShell("translator", Silent).check_health())


class Working(FakeTranslator):
    """An engine that works until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def translate(self, *args: object, **kwargs: object) -> Translated:
        self.go.wait(20)
        return Translated(("done",))


def test_a_replica_whose_engine_hangs_fails_its_health_check() -> None:
    async def hanging(limit: float) -> str:
        engine = Working()
        shell = EngineShell("translator", lambda: engine, limit=limit)
        working = asyncio.create_task(shell.call("translate", (Passage(()),), {}))
        await asyncio.sleep(0.05)
        try:
            await shell.check_health()
        except EngineLost as error:
            return str(error)
        finally:
            engine.go.set()
            await working
        await shell.check_health()  # over
        return ""

    assert "past its limit" in asyncio.run(hanging(0.01)) and asyncio.run(hanging(60.0)) == ""


def test_an_engine_that_works_on_for_nobody_is_given_a_while_and_then_replaced() -> None:
    async def abandoned() -> tuple[bool, float]:
        engine = Working()
        shell = EngineShell("translator", lambda: engine, limit=3600.0)
        working = asyncio.create_task(shell.call("translate", (Passage(()),), {}))
        await asyncio.sleep(0.05)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        (until,) = shell._until.values()
        await shell.check_health()
        engine.go.set()
        await asyncio.wait(list(shell._until))  # type: ignore[type-var]  # the futures of its threads
        return working.cancelled(), until - time.monotonic()

    cancelled, left = asyncio.run(abandoned())
    assert cancelled and left < ABANDONED_CALL_LIMIT_S


def test_an_engine_works_on_as_many_calls_as_it_bears_also_where_nobody_waits_for_one_any_more() -> None:
    async def most(calls: int) -> tuple[int, int]:
        engine = Working()
        shell = EngineShell("translator", lambda: engine, calls=calls)
        tasks = [asyncio.create_task(shell.call("translate", (Passage(()),), {})) for _ in range(3)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        await asyncio.sleep(0.05)
        at_work = len(shell._until)
        engine.go.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        return at_work, sum(isinstance(answer, Measured) and isinstance(answer.value, Translated) for answer in answers)

    assert asyncio.run(most(1)) == (1, 2) and asyncio.run(most(2)) == (2, 2)
