import itertools
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from tiny_pyannote import RATE, buzz, tiny_pyannote

from pipeline.engines.diarizer_pyannote import PyannoteDiarizer
from pipeline.errors import EngineError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization, Span

pytestmark = pytest.mark.models

DIALOGUE = ((0, 3.3), (1, 4.1), (0, 3.0), (1, 4.0), (0, 3.6), (1, 3.2))  # who, seconds


def film(parts, path, *, pause=1.5):
    """Buzzes with pauses between them as a 16 kHz WAV, and who really speaks when."""
    pieces, turns, at = [], [], 0.0
    for n, (who, seconds) in enumerate(parts):
        pieces += [np.zeros(round(pause * RATE), np.float32), buzz(who, seconds, seed=n)]
        turns.append((Span(at + pause, at + pause + seconds), who))
        at += pause + seconds
    soundfile.write(path, np.concatenate([*pieces, np.zeros(RATE, np.float32)]), RATE)
    return Artifact.of(path), turns


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks gain nothing from more, and lose on a busy machine
    yield tiny_pyannote(tmp_path_factory.mktemp("models") / "speaker-diarization-tiny")
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def diarizer(folder):
    return PyannoteDiarizer(str(folder), device="cpu")


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory):
    return film(DIALOGUE, tmp_path_factory.mktemp("dialogue") / "film.wav")


@pytest.fixture(scope="module")
def answer(diarizer, dialogue):
    return diarizer.diarize(dialogue[0], speakers=None)


def who_is_who(found, turns):
    """The label heard in each true turn; fails where a tenth of it is heard as somebody else, or as nobody."""
    labels = []
    for span, who in turns:
        heard = {
            speaker.label: sum(t.span.overlap(span) for t in found.turns if t.speaker == speaker.label)
            for speaker in found.speakers
        }
        label = max(heard, key=heard.get)
        assert heard[label] > 0.9 * span.duration, f"{span} is heard as {heard}"
        labels.append((who, label))
    return labels


def one_label_each(found, turns):
    pairs = set(who_is_who(found, turns))
    return len(pairs) == len({who for who, _ in pairs}) == len({label for _, label in pairs}) == len(found.speakers)


def test_two_who_take_turns_are_found_without_a_hint(answer, dialogue):
    assert one_label_each(answer, dialogue[1])
    assert [speaker.label for speaker in answer.speakers] == ["S1", "S2"]


def test_nobodys_turns_overlap_and_all_lie_in_the_film(answer, dialogue):
    spans = [turn.span for turn in answer.turns]
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert spans[-1].end <= dialogue[1][-1][0].end + 1.0


def test_each_speaker_has_a_voice_of_length_one_unlike_the_others(answer):
    voices = [np.array(speaker.embedding) for speaker in answer.speakers]
    assert [len(voice) for voice in voices] == [32, 32]
    assert [np.linalg.norm(voice) for voice in voices] == pytest.approx([1.0, 1.0], abs=1e-3)
    assert voices[0] @ voices[1] < 0.5


def test_voices_belong_to_their_speakers(diarizer, tmp_path):
    alone, _ = film(((1, 4.0),), tmp_path / "one.wav")
    both, turns = film(((0, 3.0), (1, 4.0)), tmp_path / "both.wav")
    (only,) = diarizer.diarize(alone, speakers=None).speakers
    found = diarizer.diarize(both, speakers=None)
    labels = dict(who_is_who(found, turns))
    alike = {speaker.label: np.dot(only.embedding, speaker.embedding) for speaker in found.speakers}
    assert alike[labels[1]] > 0.95 > alike[labels[0]]


@pytest.mark.parametrize("speakers", [1, 2])
def test_the_count_given_is_the_count_found(diarizer, dialogue, speakers):
    assert len(diarizer.diarize(dialogue[0], speakers=speakers).speakers) == speakers


def test_a_count_beyond_what_little_speech_can_tell_is_no_error(diarizer, tmp_path, caplog):
    short, _ = film(((0, 1.5), (1, 1.5)), tmp_path / "short.wav")
    assert 1 <= len(diarizer.diarize(short, speakers=9).speakers) <= 9
    assert "too little speech for 9 speakers" in caplog.text


@pytest.mark.parametrize("samples", [0, 1, 500, 16_000, 80_000])
def test_silence_has_neither_turns_nor_speakers(diarizer, tmp_path, samples):
    soundfile.write(tmp_path / "silence.wav", np.zeros(samples, np.float32), RATE)
    assert diarizer.diarize(Artifact.of(tmp_path / "silence.wav"), speakers=None) == Diarization((), ())
    assert diarizer.diarize(Artifact.of(tmp_path / "silence.wav"), speakers=3) == Diarization((), ())


def test_the_same_film_gets_the_same_answer(answer, diarizer, folder, dialogue):
    assert diarizer.diarize(dialogue[0], speakers=None) == answer
    again = PyannoteDiarizer(str(folder), device="cpu")
    assert again.diarize(dialogue[0], speakers=None) == answer
    assert again.fingerprint == diarizer.fingerprint


@pytest.mark.parametrize("speakers", [None, 2])
def test_in_windows_the_film_has_the_same_speakers_as_in_one_go(answer, folder, dialogue, speakers):
    audio, turns = dialogue
    found = PyannoteDiarizer(str(folder), device="cpu", window=12.0).diarize(audio, speakers=speakers)
    assert one_label_each(found, turns)
    for one, other in zip(found.speakers, answer.speakers, strict=True):
        assert one.seconds == pytest.approx(other.seconds, abs=0.5)
        assert np.dot(one.embedding, other.embedding) > 0.9


def test_who_is_silent_in_a_window_is_not_made_up_there(folder, tmp_path):
    audio, turns = film(((0, 5.0), (0, 4.5), (1, 5.0), (2, 4.0), (0, 5.0)), tmp_path / "film.wav")
    found = PyannoteDiarizer(str(folder), device="cpu", window=10.0).diarize(audio, speakers=3)
    assert one_label_each(found, turns)


def test_a_turn_that_the_end_of_a_window_would_tear_is_left_to_the_next(folder, tmp_path):
    audio, turns = film(((0, 4.0), (0, 2.2), (0, 1.0), (1, 3.6), (1, 3.7)), tmp_path / "film.wav")
    assert turns[2][0].start < 23.0 / 2 < turns[2][0].end  # of which a window of half the film has all but 0.2 s
    found = PyannoteDiarizer(str(folder), device="cpu", window=12.0).diarize(audio, speakers=None)
    assert one_label_each(found, turns)


def test_a_turn_that_runs_through_the_cut_is_one(folder, tmp_path):
    audio, _ = film(((0, 20.0),), tmp_path / "monologue.wav")
    found = PyannoteDiarizer(str(folder), device="cpu", window=8.0).diarize(audio, speakers=None)
    assert len(found.speakers) == 1
    assert max(turn.span.duration for turn in found.turns) > 19.0


@pytest.mark.parametrize("speakers", [0, -1])
def test_no_speakers_are_no_dialogue(diarizer, dialogue, speakers):
    with pytest.raises(EngineError, match="make no dialogue"):
        diarizer.diarize(dialogue[0], speakers=speakers)


def test_a_file_that_is_no_audio_is_an_engine_error(diarizer, tmp_path):
    (tmp_path / "film.wav").write_bytes(b"RIFF\xff\xff\xff\xffWAVE not really")
    with pytest.raises(EngineError, match="cannot be read as audio"):
        diarizer.diarize(Artifact.of(tmp_path / "film.wav"), speakers=None)


def test_a_full_memory_halves_the_batch_and_the_answer_stays(answer, folder, dialogue):
    import torch

    full = PyannoteDiarizer(str(folder), device="cpu", batch=8)
    network, batches = full._pipeline._segmentation.model, []

    def no_room(_network, inputs):
        batches.append(len(inputs[0]))
        if len(inputs[0]) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = network.register_forward_pre_hook(no_room)
    found = full.diarize(dialogue[0], speakers=None)
    hook.remove()
    assert batches[:2] == [8, 4]
    assert [turn.speaker for turn in found.turns] == [turn.speaker for turn in answer.turns]


def test_a_memory_too_small_for_one_is_an_engine_error(folder, dialogue):
    import torch

    full = PyannoteDiarizer(str(folder), device="cpu", batch=2)

    def no_room(_network, _inputs):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    full._pipeline._segmentation.model.register_forward_pre_hook(no_room)
    with pytest.raises(EngineError, match="even for one at a time"):
        full.diarize(dialogue[0], speakers=None)


def test_a_model_is_found_in_the_models_folder_by_the_last_part_of_its_name(folder):
    engine = PyannoteDiarizer("somebody/speaker-diarization-tiny", device="cpu", hub=Hub(folder.parent))
    assert "speaker-diarization-tiny@" in engine.fingerprint
    engine.check()


@pytest.mark.parametrize(
    "config",
    [
        None,
        "",
        "{[",
        "pipeline: 7",
        "pipeline:\n  name: pyannote.audio.pipelines.NoSuchThing\n",
        "pipeline:\n  name: pyannote.audio.pipelines.SpeakerDiarization\n  params:\n    segmentation: $model/none\n",
    ],
)
def test_a_folder_without_a_pipeline_is_a_sentence(tmp_path, config):
    if config is not None:
        (tmp_path / "config.yaml").write_text(config)
    with pytest.raises(ModelMissing, match=r"cannot be loaded .* DIARIZER_MODEL"):
        PyannoteDiarizer(str(tmp_path), device="cpu")


def test_a_pipeline_for_something_else_is_a_sentence(folder, tmp_path):
    config = "pipeline:\n  name: pyannote.audio.pipelines.VoiceActivityDetection\n  params:\n    segmentation: SEGMENTATION\n"
    (tmp_path / "config.yaml").write_text(config.replace("SEGMENTATION", str(folder / "segmentation" / "pytorch_model.bin")))
    with pytest.raises(ModelMissing, match="VoiceActivityDetection, not a speaker diarization"):
        PyannoteDiarizer(str(tmp_path), device="cpu")


def test_a_model_that_cannot_be_had_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelMissing, match=r"speaker-diarization-community-1.*MODELS_DIR.*DIARIZER_MODEL"):
        PyannoteDiarizer(hub=Hub(tmp_path), device="cpu")


def test_nothing_is_reported_to_anybody(diarizer):
    from pyannote.audio.telemetry.metrics import is_metrics_enabled

    assert not is_metrics_enabled()


@pytest.mark.parametrize(
    "options", [{"window": 1.0}, {"window": float("nan")}, {"batch": 0}, {"same_voice": 0.0}, {"same_voice": 2.0}]
)
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(EngineError, match="cannot be used"):
        PyannoteDiarizer(device="cpu", **options)


def test_what_changes_an_answer_changes_the_fingerprint(folder, diarizer):
    other = PyannoteDiarizer(str(folder), device="cpu", window=900.0, same_voice=0.4)
    assert other.fingerprint != diarizer.fingerprint
    assert str(folder.parent) not in other.fingerprint


def test_two_women_on_the_telephone_go_through_the_whole_pipeline(diarizer, recordings):
    found = diarizer.diarize(Artifact.of(recordings / "two-speakers.wav"), speakers=2)
    assert {turn.speaker for turn in found.turns} <= {"S1", "S2"}
    assert 0.0 < sum(turn.span.duration for turn in found.turns) <= 30.0


def test_importing_the_module_costs_no_torch():
    code = "import sys; import pipeline.engines.diarizer_pyannote; sys.exit('torch' in sys.modules or 'pyannote' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
