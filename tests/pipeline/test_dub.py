"""The story over a real store and fake engines: what runs, what subtitles spare, what progress promises."""

import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fakes import FakeDetector, FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator, Reports, claimed, runner

from pipeline.analysis.dialogue_source import detect_spoken_language, find_stated_language
from pipeline.dub import ANALYSIS_STAGES, ASSESSMENT_STAGES, LANGUAGE_STAGES, MUX_STAGES, dub
from pipeline.dub_values import DubbedFilm, DubSpec, FilmAnalysis
from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import Engines, Translated
from pipeline.engines.speech_api.synthesizer import SpeechApiSynthesizer
from pipeline.errors import FilmError, LanguageError, NoSpeechFound, StageError
from pipeline.ffmpeg import ffprobe
from pipeline.prosody.measure_prosody import SourceProsody
from pipeline.runner import Runner, stage
from pipeline.settings import RoomMatching
from pipeline.stages.assess import AssessmentEngines, Comparison, FinishedDub
from pipeline.stages.mixing.match_rooms import RoomMatch
from pipeline.stages.transcribe import cut_utterances, transcribe
from pipeline.store.store import Store
from pipeline.text.glossary import Entry
from pipeline.values.dub_report import Report
from pipeline.values.edits import AddedLine, Edit, FilmEdits, SpeakerEdit
from pipeline.values.film_context import FilmContext, Term
from pipeline.values.media import Artifact, DubTrack, Film, Sidecar, Source, Stems, StereoTrack, Track, TrackKind, compute_digest
from pipeline.values.notes import Note
from pipeline.values.timeline import Diarization, Line, Placement, Slot, Span, Take, TextSource, Turn
from pipeline.values.track_selection import TrackSelection

SAID = {"en": ("Good morning.", "Good night."), "es": ("Buenos días.", "Buenas noches."), "ca": ("Bon dia.", "Bona nit.")}
FILM = Film("matroska", 8.0, (Track(0, TrackKind.VIDEO, "h264"), Track(1, TrackKind.AUDIO, "aac", "en", channels=2)), 1, 0)

UNTAGGED = replace(FILM, tracks=tuple(replace(track, language=None) for track in FILM.tracks))


def made(path: Path) -> Artifact:
    path.write_text(path.name)
    return Artifact.of(path)


@stage(version=1)
def probe(source: Source, *, dialogue_language: str | None = None) -> Film:
    return FILM


@stage(version=1)
def separate(source: Source, film: Film, separator: None, *, workdir: Path) -> Stems:
    return Stems(made(workdir / "speech.wav"))


@stage(version=1)
def fit(lines: tuple[Line, ...], takes: tuple[Take, ...], slots: tuple[Slot, ...]) -> tuple[Placement, ...]:
    three = zip(lines, takes, slots, strict=True)
    return tuple(Placement(line, slot, take.audio, line.span.start, 1.0, take.rate, 1.0) for line, take, slot in three)


@stage(version=1)
def measure_prosody(spans: tuple[Span, ...], speech: Artifact, detector: object) -> tuple[SourceProsody, ...]:
    return tuple(SourceProsody(span.duration) for span in spans)


@stage(version=1)
def mix(
    source: Source, film: Film, stems: Stems, placements: tuple[Placement, ...], *, follow_loudness: bool, workdir: Path
) -> DubTrack:
    language = placements[0].line.language
    return DubTrack(language, made(workdir / f"{language}.mka"), made(workdir / f"{language}.flac"), -23.0, -2.0, -23.0)


@stage(version=1)
def match_rooms(source: Source, film: Film, placements: tuple[Placement, ...], *, workdir: Path) -> RoomMatch:
    return RoomMatch(placements, (Note("Given a telephone's band", lines=(1,)),))


@stage(version=1)
def fold_down(source: Source, film: Film, track: DubTrack, *, workdir: Path) -> StereoTrack:
    return StereoTrack(track.language, made(workdir / f"{track.language}-stereo.mka"), -23.0, -2.0, -23.0)


@stage(version=1)
def probe_surround(source: Source, *, dialogue_language: str | None = None) -> Film:
    return replace(FILM, tracks=(FILM.tracks[0], replace(FILM.tracks[1], channels=6, layout="5.1")))


@stage(version=1)
def mux(
    source: Source,
    film: Film,
    tracks: tuple[DubTrack, ...],
    placements: tuple[tuple[Placement, ...], ...],
    *,
    destination: str,
    default_track: str,
) -> Source:
    shutil.copy(source.path, destination)
    return Source.of(Path(destination), source.sidecars)


@stage(version=1)
def compare(source: Source, film: Film, dubbed: Source, *, default_track: str) -> Comparison:
    return Comparison((), 0.0)


@stage(version=1)
def assess(comparison: Comparison, dub: FinishedDub, engines: AssessmentEngines) -> Report:
    return Report(dub.track.language, (), -23.0, -23.0, -2.0, 1.0, 0.0, 0, 1.0, True, 0.0)


# What is made of a line that is other than it was: in the Spanish dub, and in the Catalan one too.
ONE_DUB = {("estimate_duration", "es"): 1, ("fit", "es"): 1, ("mix", "es"): 1, ("mux", None): 1, ("assess", "es"): 1}
BOTH = ONE_DUB | {("estimate_duration", "ca"): 1, ("fit", "ca"): 1, ("mix", "ca"): 1, ("assess", "ca"): 1}
FFMPEG_STAGES = {
    each.__name__: each for each in (probe, separate, measure_prosody, fit, match_rooms, mix, fold_down, mux, compare, assess)
}


class Rehearsal(Runner):
    """The real runner, with stand-ins for the stages that start ffmpeg: it counts, caches and records as ever."""

    stages = FFMPEG_STAGES

    def _run(self, function, questions):
        return super()._run(self.stages.get(function.__name__, function), questions)


@stage(version=1)
def probe_untagged(source: Source, *, dialogue_language: str | None = None) -> Film:
    return UNTAGGED


class UntaggedRehearsal(Rehearsal):
    """Its film tells no language."""

    stages = FFMPEG_STAGES | {"probe": probe_untagged}


class Studio:
    """Dubs one English film of eight seconds with fakes, whatever lies beside it."""

    def __init__(self, film: Path, folder: Path, run: Runner) -> None:
        self.film, self.folder, self.run = film, folder, run
        self.transcriber, self.translator = FakeTranscriber(), FakeTranslator()
        self.engines = Engines(self.transcriber, FakeDiarizer(), self.translator, FakeSynthesizer())
        self.watermarker = None

    def job(self, *targets: str, beside: Sequence[str] = (), edits: tuple[Edit, ...] = ()) -> DubSpec:
        source = Source.of(self.film, tuple(self.sidecar(language, *SAID[language]) for language in beside))
        return DubSpec(source, targets, str(self.folder / "dub.mp4"), edits=FilmEdits(edits))

    def sidecar(self, language: str, first: str, second: str) -> Sidecar:
        path = self.folder / f"film.{language}.srt"
        path.write_text(f"1\n00:00:01,000 --> 00:00:04,000\n{first}\n\n2\n00:00:05,000 --> 00:00:08,000\n{second}\n")
        return Sidecar(path, compute_digest(path), language)

    def dub(self, job: DubSpec, on_analysis: Callable[[FilmAnalysis], None] = lambda analysis: None) -> DubbedFilm:
        tools = {"detector": FakeDetector(), "watermarker": self.watermarker}
        return dub(job, self.engines, self.run, **tools, on_analysis=on_analysis)


@pytest.fixture
def studio(tmp_path: Path, store: Store) -> Studio:
    """A studio in rehearsal: the film is a few bytes, and no ffmpeg runs."""
    return rehearsing(tmp_path, store, Rehearsal)


@pytest.fixture
def untagged(tmp_path: Path, store: Store) -> Studio:
    """A studio in rehearsal whose film tells no language."""
    return rehearsing(tmp_path, store, UntaggedRehearsal)


def rehearsing(tmp_path: Path, store: Store, kind: type[Rehearsal]) -> Studio:
    film = tmp_path / "film.mkv"
    film.write_text("a film")
    run = kind(store.stages, claimed(store)[1], 1, tmp_path / "artifacts", Reports(), threading.Event())
    return Studio(film, tmp_path, run)


@pytest.fixture
def real_studio(tmp_path: Path, store: Store, plain_film: Path) -> Studio:
    return Studio(plain_film, tmp_path, runner(store, claimed(store)[1], tmp_path / "artifacts"))


def lines(dubbed: DubbedFilm) -> dict[str, list[tuple[str, TextSource]]]:
    return {each.track.language: [(placed.line.text, placed.line.source) for placed in each.placements] for each in dubbed.dubs}


def told(dubbed: DubbedFilm) -> dict[str, list[str]]:
    return {report.language: [str(note) for note in report.notes] for report in dubbed.reports}


def assert_progress_kept_its_promise(run: Runner, reports: Reports) -> None:
    """From the first language on every report named the number of stages that were done in the end."""
    promised = {progress.total for progress in reports.heard if progress.stage in {"voice", "synthesize", "mix", "mux", "assess"}}
    assert promised == {run.done}


class TestWhatIsSaid:
    def test_without_subtitles_the_film_is_transcribed_and_translated(self, studio):
        dubbed = studio.dub(studio.job("es", "ca"))
        assert len(studio.transcriber.calls) == 2 and sorted(studio.translator.calls) == ["ca", "es"]
        said = "Word word word."
        assert lines(dubbed) == {
            target: [(f"{target} {said}", TextSource.TRANSLATION)] * 2 for target in ("es", "ca")
        }  # in the order asked for
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_subtitles_in_the_films_language_are_translated_and_nothing_is_transcribed(self, studio):
        dubbed = studio.dub(studio.job("es", beside=["en"]))
        assert not studio.transcriber.calls
        assert lines(dubbed) == {"es": [(f"es {text}", TextSource.TRANSLATION) for text in SAID["en"]]}
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_subtitles_in_every_target_language_are_spoken_as_they_are(self, studio):
        dubbed = studio.dub(studio.job("es", "ca", beside=["ca", "es"]))
        assert not studio.transcriber.calls and not studio.translator.calls
        assert lines(dubbed) == {target: [(text, TextSource.SUBTITLE) for text in SAID[target]] for target in ("es", "ca")}
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_subtitles_in_one_of_two_target_languages_spare_its_translation_alone(self, studio):
        dubbed = studio.dub(studio.job("es", "ca", beside=["es"]))
        assert len(studio.transcriber.calls) == 2 and studio.translator.calls == ["ca"]
        assert {text_source for _, text_source in lines(dubbed)["es"]} == {TextSource.SUBTITLE}
        assert {text_source for _, text_source in lines(dubbed)["ca"]} == {TextSource.TRANSLATION}
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_subtitles_in_the_films_and_one_target_language_leave_one_translation_of_the_first(self, studio):
        dubbed = studio.dub(studio.job("es", "ca", beside=["es", "en"]))
        assert not studio.transcriber.calls and studio.translator.calls == ["ca"]
        assert [text for text, _ in lines(dubbed)["es"]] == list(SAID["es"])
        assert [text for text, _ in lines(dubbed)["ca"]] == [f"ca {text}" for text in SAID["en"]]
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_words_of_people_are_never_rephrased(self, studio):
        long = "x" * 60  # twice what can be said in three seconds
        studio.engines = replace(studio.engines, translator=FakeTranslator(rephrases=True))
        edit = Edit("ca", 1, long)
        job = studio.job("es", "ca", beside=["en"], edits=(edit,))
        spoken = replace(job, source=Source.of(studio.film, (*job.source.sidecars, studio.sidecar("es", long, long))))
        dubbed = studio.dub(spoken)
        assert lines(dubbed)["es"] == [(long, TextSource.SUBTITLE)] * 2
        assert lines(dubbed)["ca"][0] == (long, TextSource.EDIT)
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    @pytest.mark.parametrize("rephrases", [False, True])
    def test_a_film_without_subtitles_keeps_the_promise_of_its_first_stage(self, studio, rephrases):
        studio.engines = replace(studio.engines, translator=FakeTranslator(rephrases=rephrases))
        studio.dub(studio.job("es"))
        assert {progress.total for progress in studio.run.report.heard} == {studio.run.done}

    def test_a_line_without_a_word_is_left_out(self, studio):
        studio.translator.translate = lambda passage, source, target: Translated(("…", "Buenas noches."))
        assert [text for text, _ in lines(studio.dub(studio.job("es", beside=["en"])))["es"]] == ["Buenas noches."]

    def test_a_dub_from_the_cache_keeps_its_promise_too(self, studio):
        job = studio.job("es", beside=["en"])
        first = studio.dub(job)
        again = replace(studio.run, report=Reports(), _done=[])
        assert dub(job, studio.engines, again, detector=FakeDetector()) == first
        assert studio.translator.calls == ["es"]
        assert_progress_kept_its_promise(again, again.report)


class TestTheFinishedFilm:
    def test_it_holds_the_dubs_behind_its_own_track_in_the_order_asked_for(self, real_studio):
        dubbed = real_studio.dub(real_studio.job("ca", "es", beside=["ca", "es"]))
        film = ffprobe.probe_film(dubbed.output.path)
        assert [track.language for track in film.of_kind(TrackKind.AUDIO)] == ["en", "ca", "es"]
        assert [report.language for report in dubbed.reports] == ["ca", "es"]
        assert_progress_kept_its_promise(real_studio.run, real_studio.run.report)

    def test_what_was_heard_is_told_before_the_languages_begin(self, studio):
        told: list[tuple[str, int, list[str]]] = []
        studio.dub(
            studio.job("es"),
            lambda heard: told.append((heard.language, len(heard.segments), list(studio.translator.calls))),
        )
        assert told == [("en", 2, [])]


class TestNothingSaid:
    def test_a_film_without_speech_is_refused_by_the_name_of_its_audio_track(self, studio):
        silent = replace(studio.engines, diarizer=FakeDiarizer(()))
        with pytest.raises(NoSpeechFound, match=r"^No speech found in the audio track \(English\); check that"):
            dub(studio.job("es"), silent, studio.run, detector=FakeDetector())

    def test_a_film_of_which_no_word_is_understood_is_refused_with_a_way_out(self, studio):
        studio.transcriber.transcribe = lambda utterance, language, prompt: ()
        with pytest.raises(StageError, match="transcribe: no words understood in film.mkv; add subtitles in 'en'"):
            studio.dub(studio.job("es"))

    def test_a_language_in_which_nothing_is_to_be_said_is_refused(self, studio):
        studio.translator.translate = lambda passage, source, target: Translated(("…", "♪"))
        with pytest.raises(StageError, match="translate: nothing to say in 'es'"):
            studio.dub(studio.job("es", beside=["en"]))
        assert not (studio.folder / "dub.mp4").exists()


class TestSpokenLanguage:
    def untagged(self) -> Film:
        return UNTAGGED

    def undubbable(self, heard: FilmAnalysis) -> None:
        raise LanguageError("nothing translates from there")

    def test_what_somebody_said_wins_over_the_files_tag(self):
        assert find_stated_language(FILM, "fr") == "fr"
        assert find_stated_language(FILM, None) == "en"
        assert find_stated_language(self.untagged(), None) is None

    def test_an_untagged_film_is_heard_by_a_transcriber_of_several_languages(self, untagged):
        untagged.transcriber.languages, untagged.transcriber.hears = frozenset({"de", "en"}), "de"
        assert untagged.dub(untagged.job("es")).analysis.language == "de"
        assert_progress_kept_its_promise(untagged.run, untagged.run.report)

    def test_an_untagged_film_is_refused_where_its_transcriber_knows_one_language_alone(self, untagged):
        with pytest.raises(
            LanguageError, match=r"film.mkv does not tell which language .* hears English in everything; .*source_lang"
        ):
            untagged.dub(untagged.job("es"))
        assert untagged.run.done == 1, "nothing but the probe"
        told = untagged.dub(replace(untagged.job("es"), source_lang="en"))
        assert told.analysis.language == "en" and [note.text for note in told.reports[0].notes] == [RECOGNIZED]

    def test_subtitles_tell_what_such_a_film_says_unless_they_are_the_dubs_own(self, untagged):
        dubbed = untagged.dub(untagged.job("es", beside=["es", "ca"]))
        assert dubbed.analysis.language == "ca" and not untagged.transcriber.calls
        assert "Catalan (ca) was taken from its subtitles" in dubbed.reports[0].notes[0].text
        with pytest.raises(LanguageError, match="hears English in everything"):
            untagged.dub(untagged.job("es", beside=["es"]))

    def test_what_cannot_be_done_with_a_language_that_was_heard_is_refused_before_words_are_recognised(self, untagged):
        untagged.transcriber.languages, untagged.transcriber.hears = frozenset({"de", "en"}), "de"
        with pytest.raises(
            LanguageError, match=r"by ear the film speaks German \(de\): nothing translates .*; set source_lang \(--from\)"
        ):
            dub(untagged.job("es"), untagged.engines, untagged.run, detector=FakeDetector(), require=self.undubbable)
        assert not untagged.transcriber.calls
        told = replace(untagged.job("es"), source_lang="de")
        assert (
            dub(told, untagged.engines, untagged.run, detector=FakeDetector(), require=self.undubbable).analysis.language == "de"
        )

    def test_what_cannot_be_heard_is_never_guessed(self, studio):
        studio.transcriber.hears = None
        diarization = Diarization((Turn(Span(0.0, 2.0), "S1"),), ())
        with pytest.raises(LanguageError, match="set source_lang"):
            detect_spoken_language(Stems(made(studio.folder / "speech.wav")), diarization, studio.transcriber, studio.run)


class TestTranslation:
    def test_a_line_that_cannot_be_translated_is_left_to_the_original(self, studio):
        studio.translator.refuses = frozenset({SAID["en"][0]})
        (dub,) = studio.dub(studio.job("es", beside=["en"])).dubs
        assert [placed.line.number for placed in dub.placements] == [2]
        assert [(line.number, line.text, line.source) for line in dub.undubbed] == [(1, "", TextSource.NONE)]

    def test_people_can_put_words_where_the_translator_had_none(self, studio):
        studio.translator.refuses = frozenset({SAID["en"][0]})
        (dub,) = studio.dub(studio.job("es", beside=["en"], edits=(Edit("es", 1, "Hola."),))).dubs
        assert [placed.line.text for placed in dub.placements] == ["Hola.", f"es {SAID['en'][1]}"]
        assert dub.undubbed == ()

    def test_a_translator_that_takes_a_few_lines_at_once_reads_the_whole_film_first(self, studio):
        studio.translator.lines_at_once = 1
        studio.translator.brief = FilmContext("Two people greet.", terms=(Term("morning", "mañana"),))
        job = replace(studio.job("es", beside=["en"]), glossary=(Entry("morning", "alba"), Entry("night", "nuit", "fr")))
        (dub,) = studio.dub(job).dubs
        first, second = sorted(studio.translator.passages, key=lambda passage: passage.segments[0].number)
        assert first.brief == second.brief == FilmContext("Two people greet.", terms=(Term("morning", "alba"),))
        assert first.after == second.segments and second.before == first.segments
        assert (dub.usage.completion_tokens, dub.usage.seconds) == (2, 1.0)
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_the_recogniser_is_told_the_glossary_and_the_names_of_other_subtitles(self, studio):
        path = studio.folder / "film.fr.srt"
        cues = "".join(
            f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\nAlors, mon cher Tyrion, parlez donc plus fort.\n\n" for n in range(1, 8)
        )
        path.write_text(cues)
        job = studio.job("es")
        source = replace(job.source, sidecars=(Sidecar(path, compute_digest(path), "fr"),))
        studio.dub(replace(job, source=source, glossary=(Entry("Winterfell", "Invernalia"),)))
        assert set(studio.transcriber.prompts) == {"Winterfell, Tyrion"}


class TestEdits:
    """What runs again after each kind of edit, of a film of two lines in two languages that was dubbed before."""

    @pytest.fixture
    def dubbed(self, studio):
        studio.dub(studio.job("es", "ca", beside=["en"]))
        return studio

    def again(
        self, studio: Studio, *edits: Edit, speakers: tuple[SpeakerEdit, ...] = (), added: tuple[AddedLine, ...] = ()
    ) -> dict[tuple[str, str | None], int]:
        """What was made, and not found in the cache, with these edits: (stage, language) → answers."""
        studio.run = replace(studio.run, attempt=studio.run.attempt + 1, report=Reports(), _done=[], _runs={})
        self.result = studio.dub(replace(studio.job("es", "ca", beside=["en"]), edits=FilmEdits(edits, speakers, added)))
        assert_progress_kept_its_promise(studio.run, studio.run.report)
        made = {key: run.executed for key, run in studio.run._runs.items() if run.executed}
        made.pop(("compare", None), None)  # it looks at the new file, which says as much as the old one
        return made

    def test_nothing_runs_without_one(self, dubbed):
        assert self.again(dubbed) == {}

    def test_other_words_are_spoken_in_their_language_alone(self, dubbed):
        assert self.again(dubbed, Edit("es", 1, "Hola.")) == ONE_DUB | {("synthesize", "es"): 1}
        assert lines(self.result)["es"] == [("Hola.", TextSource.EDIT), ("es Good night.", TextSource.TRANSLATION)]

    def test_a_corrected_transcript_is_translated_once_per_language(self, dubbed):
        made = self.again(dubbed, Edit("", 1, source_text="Good evening."))
        anew = {(name, language): 1 for name in ("translate", "synthesize") for language in ("es", "ca")}
        assert made == BOTH | anew
        assert lines(self.result)["ca"][0] == ("ca Good evening.", TextSource.TRANSLATION)
        passage = dubbed.translator.passages[-1]
        assert [segment.text for segment in passage.segments] == ["Good evening."]
        assert [segment.text for segment in passage.after] == ["Good night."]

    def test_the_next_correction_leaves_the_first_ones_translation_alone(self, dubbed):
        first = Edit("", 1, source_text="Good evening.")
        self.again(dubbed, first)
        assert self.again(dubbed, first, Edit("", 2, source_text="Bye."))["translate", "es"] == 1

    def test_words_win_over_a_corrected_transcript(self, dubbed):
        made = self.again(dubbed, Edit("", 1, source_text="Good evening."), Edit("es", 1, "Hola."))
        assert ("translate", "es") not in made and made["translate", "ca"] == 1
        assert lines(self.result)["es"][0] == ("Hola.", TextSource.EDIT)
        assert self.result.dubs[0].placements[0].line.segment.text == "Good evening."

    def test_another_speaker_is_another_voice_for_that_line(self, dubbed):
        assert self.again(dubbed, Edit("", 1, speaker="S2")) == BOTH | {("synthesize", "es"): 1, ("synthesize", "ca"): 1}
        assert [placed.line.segment.speaker for placed in self.result.dubs[0].placements] == ["S2", "S2"]

    def test_a_line_that_is_skipped_is_left_to_the_original_and_comes_back_for_nothing(self, dubbed):
        assert self.again(dubbed, Edit("es", 1, skip=True)) == {
            stage: count for stage, count in ONE_DUB.items() if stage[0] != "estimate_duration"
        }
        es, ca = self.result.dubs
        assert [line.text for line in es.undubbed] == ["es Good morning."]
        assert es.undubbed[0].source is TextSource.SKIP and ca.undubbed == ()
        assert ("synthesize", "es") not in self.again(dubbed)

    def test_the_time_of_a_skipped_line_is_lent_to_nobody(self, dubbed):
        self.again(dubbed, Edit("es", 2, skip=True))
        es, ca = ([placed.slot.latest_end for placed in each.placements] for each in self.result.dubs)
        assert es == ca[:1] == [pytest.approx(4.92)]

    def test_a_line_that_is_moved_is_spoken_again_where_its_duration_changes_and_no_other_is(self, dubbed):
        made = self.again(dubbed, Edit("", 1, start=1.5, end=3.5))
        measured = {tag for name, tag in made if name == "measure_prosody"}
        assert measured and ("translate", "es") not in made  # by the language that came first, for both
        assert all(made.get(("synthesize", tag), 0) <= 1 for tag in ("es", "ca"))
        for each in self.result.dubs:
            assert [(placed.line.number, placed.line.span) for placed in each.placements] == [
                (1, Span(1.5, 3.5)),
                (2, Span(5.0, 8.0)),
            ]
            assert each.placements[0].start >= 1.5 - 0.12

    def test_lines_trade_places_and_keep_their_numbers(self, dubbed):
        self.again(dubbed, Edit("", 1, start=5.0, end=8.0), Edit("", 2, start=1.0, end=4.0))
        assert [placed.line.number for placed in self.result.dubs[0].placements] == [2, 1]
        assert lines(self.result)["es"][0][0] == "es Good night."

    def test_a_deleted_line_is_in_no_dub_and_left_out_nowhere(self, dubbed):
        made = self.again(dubbed, Edit("", 1, deleted=True))
        assert not {name for name, _ in made} & {"synthesize", "estimate_duration", "translate"}
        assert lines(self.result) == {tag: [(f"{tag} Good night.", TextSource.TRANSLATION)] for tag in ("es", "ca")}
        assert [each.undubbed for each in self.result.dubs] == [(), ()]
        assert ("synthesize", "es") not in self.again(dubbed)

    def test_a_split_speaks_both_halves_and_no_other_line(self, dubbed):
        first = (Edit("", 1, source_text="Good.", end=2.4), Edit("es", 1, "Buenos."))
        half = AddedLine("", 3, 2.5, 4.0, "S1", "Morning.")
        made = self.again(dubbed, *first, Edit("es", 3, "Días."), added=(half,))
        assert made["synthesize", "es"] == made["synthesize", "ca"] == 2
        assert ("translate", "es") not in made and made["translate", "ca"] == 2
        es, ca = ([(placed.line.number, placed.line.text) for placed in each.placements] for each in self.result.dubs)
        assert es == [(1, "Buenos."), (3, "Días."), (2, "es Good night.")]
        assert ca == [(1, "ca Good."), (3, "ca Morning."), (2, "ca Good night.")]
        passage = dubbed.translator.passages[-1]
        assert ([each.text for each in passage.before], [each.text for each in passage.after]) == (
            ["Good morning."],
            ["Good night."],
        )
        assert self.again(dubbed, *first, Edit("es", 3, "Tardes."), added=(half,))["synthesize", "es"] == 1

    def test_a_merge_speaks_one_line(self, dubbed):
        made = self.again(dubbed, Edit("", 1, end=8.0), Edit("es", 1, "Buenos días y buenas noches."), Edit("", 2, deleted=True))
        assert made["synthesize", "es"] == 1
        (placed,) = self.result.dubs[0].placements
        assert (placed.line.number, placed.line.span.end) == (1, 8.0)

    def test_an_added_line_is_of_a_speaker_of_the_film_and_spoken_alone(self, dubbed):
        made = self.again(dubbed, Edit("es", 3, "Sí."), added=(AddedLine("es", 3, 0.1, 0.8, "S2"),))
        assert made["synthesize", "es"] == 1 and ("synthesize", "ca") not in made and ("mix", "ca") not in made
        es, ca = ([placed.line for placed in each.placements] for each in self.result.dubs)
        assert (es[0].number, es[0].text, es[0].segment.speaker) == (3, "Sí.", "S2") and len(ca) == 2

    def test_an_added_line_without_a_place_is_told(self, dubbed):
        self.again(dubbed, Edit("es", 2, "Sí."), added=(AddedLine("es", 2, 0.1, 0.8, "S2"),))
        assert lines(self.result)["es"][1] == ("es Good night.", TextSource.TRANSLATION), "its text is no other line's"
        (note,) = (note for note in self.result.dubs[0].notes if "Added lines" in note.text)
        assert note.text.endswith("add them again, at 0.1 s")

    def test_times_that_became_impossible_are_left_out(self, dubbed):
        assert self.again(dubbed, Edit("", 1, start=4.5)) == {}

    def test_a_name_is_for_eyes_alone(self, dubbed):
        assert self.again(dubbed, speakers=(SpeakerEdit("S1", "Anna"),)) == {}

    def test_a_merged_speaker_is_spoken_by_the_other_ones_voice(self, dubbed):
        made = self.again(dubbed, speakers=(SpeakerEdit("S1", merged_into="S2"),))
        assert made == BOTH | {("synthesize", "es"): 1, ("synthesize", "ca"): 1}
        assert {voice.name for voice in self.result.dubs[0].voices.values()} == {"es-S2"}

    def test_another_voice_speaks_the_lines_of_its_speaker(self, dubbed):
        chosen = (SpeakerEdit("S2", chosen={"es": "es-high"}),)
        assert self.again(dubbed, speakers=chosen) == ONE_DUB | {("synthesize", "es"): 1}
        assert {label: voice.name for label, voice in self.result.dubs[0].voices.items()} == {"S1": "es-S1", "S2": "es-high"}

    def test_a_voice_that_there_is_not_fails_with_the_way_out(self, dubbed):
        with pytest.raises(StageError, match="S2 was given the voice 'gone' in 'es', which the synthesizer does not have"):
            self.again(dubbed, speakers=(SpeakerEdit("S2", chosen={"es": "gone"}),))

    def test_what_speaks_of_somebody_who_is_not_there_is_left_out(self, dubbed):
        nobody = (SpeakerEdit("S9", merged_into="S1"), SpeakerEdit("S1", merged_into="S9"))
        assert self.again(dubbed, Edit("", 1, speaker="S9"), speakers=nobody) == {}

    def test_a_dub_from_its_own_subtitles_counts_its_lines_by_itself(self, studio):
        edits = (Edit("", 1, source_text="Nothing.", speaker="S2"), Edit("es", 2, "Adiós.", speaker="S1"))
        dubbed = studio.dub(studio.job("es", "ca", beside=["en", "es"], edits=edits))
        es, ca = ([placed.line for placed in each.placements] for each in dubbed.dubs)
        assert [(line.text, line.segment.speaker) for line in es] == [("Buenos días.", "S1"), ("Adiós.", "S1")]
        assert [(line.text, line.segment.speaker) for line in ca] == [("ca Nothing.", "S2"), ("ca Good night.", "S2")]
        assert [each.subtitled for each in dubbed.dubs] == [True, False]

    def test_a_film_of_which_all_is_skipped_is_refused(self, studio):
        edits = (Edit("es", 1, skip=True), Edit("es", 2, skip=True))
        with pytest.raises(StageError, match="nothing to say in 'es'.*your edits"):
            studio.dub(studio.job("es", beside=["en"], edits=edits))


class SurroundRehearsal(Rehearsal):
    """Its film is in 5.1."""

    stages = FFMPEG_STAGES | {"probe": probe_surround}


class CloningOneSpeaker(FakeSynthesizer):
    """Clones the voice of the first speaker."""

    def __init__(self, clip: Artifact) -> None:
        super().__init__("cloning-one")
        self.clip = clip

    def cast(self, speakers, *, language):
        first, *others = super().cast(speakers, language=language)
        return (replace(first, reference=self.clip), *others)


class CastByServer(FakeSynthesizer):
    """Speaks with the voices of a speech server that are named in its settings."""

    def cast(self, speakers, *, language):
        return SpeechApiSynthesizer(voices=("nova:high", "onyx:low")).cast(speakers, language=language)


class FakeWatermarker:
    """Inverts takes."""

    concurrency = 1

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def mark(self, wave, rate):
        return -wave


class TestTheStereoDub:
    @staticmethod
    def again(studio: Studio, job: DubSpec) -> tuple[DubbedFilm, dict[tuple[str, str | None], int]]:
        studio.run = replace(studio.run, attempt=studio.run.attempt + 1, report=Reports(), _done=[], _runs={})
        made = studio.dub(job)
        assert_progress_kept_its_promise(studio.run, studio.run.report)
        return made, {key: run.executed for key, run in studio.run._runs.items() if run.executed and key[0] != "compare"}

    def test_a_surround_film_gets_one_behind_each_dub_and_only_that_is_made_anew(self, tmp_path, store):
        studio = rehearsing(tmp_path, store, SurroundRehearsal)
        plain, _ = self.again(studio, studio.job("es", "ca"))
        folded, made = self.again(studio, replace(studio.job("es", "ca"), stereo_dub=True))
        assert made == {("fold_down", "es"): 1, ("fold_down", "ca"): 1, ("mux", None): 1}
        assert [type(track) for each in folded.dubs for track in each.tracks] == [DubTrack, StereoTrack] * 2
        assert [each.track for each in folded.dubs] == [each.track for each in plain.dubs]
        assert all("stereo fold-down" in " ".join(notes) for notes in told(folded).values())
        assert self.again(studio, replace(studio.job("es", "ca"), stereo_dub=True)) == (folded, {})
        assert self.again(studio, studio.job("es", "ca"))[1] == {("mux", None): 1}  # whose file the other mux replaced

    def test_a_room_match_is_mixed_and_told_and_off_it_changes_nothing(self, tmp_path, store):
        studio = rehearsing(tmp_path, store, SurroundRehearsal)
        plain, _ = self.again(studio, studio.job("es"))
        matched, made = self.again(studio, replace(studio.job("es"), room_match=RoomMatching.ON))
        assert made == {("match_rooms", "es"): 1}  # the takes are what they were, and so are mix and mux
        assert any("telephone" in note for note in told(matched)["es"])
        assert matched.dubs[0].placements == plain.dubs[0].placements
        assert self.again(studio, studio.job("es"))[1] == {}

    def test_cloned_voices_alone_are_watermarked_and_off_it_changes_nothing(self, tmp_path, store):
        studio = rehearsing(tmp_path, store, SurroundRehearsal)
        studio.run.artifacts.mkdir()
        clip = made(studio.run.artifacts / "clip.wav")
        studio.engines = replace(studio.engines, synthesizer=CloningOneSpeaker(clip))
        plain, _ = self.again(studio, studio.job("es"))
        studio.watermarker = FakeWatermarker("first")
        marked, changed = self.again(studio, studio.job("es"))
        assert changed == {("watermark", "es"): 1, ("mix", "es"): 1}  # whose stand-in sounds the same: mux is not asked again
        assert any("inaudible watermark" in note and "(line 1)" in note for note in told(marked)["es"])
        assert marked.dubs[0].placements == plain.dubs[0].placements  # verified and assessed as they were spoken
        assert self.again(studio, studio.job("es"))[1] == {}
        studio.watermarker = FakeWatermarker("of other weights")
        assert self.again(studio, studio.job("es"))[1][("watermark", "es")] == 1
        studio.watermarker = None
        assert ("watermark", "es") not in self.again(studio, studio.job("es"))[1]

    def test_voices_of_a_speech_server_which_may_be_clones_are_watermarked_and_that_is_told(self, tmp_path, store):
        studio = rehearsing(tmp_path, store, SurroundRehearsal)
        studio.engines, studio.watermarker = replace(studio.engines, synthesizer=CastByServer()), FakeWatermarker("first")
        marked, changed = self.again(studio, studio.job("es"))
        assert changed[("watermark", "es")] == len(marked.dubs[0].placements) == 2
        assert any("does not tell which of its voices are clones" in note for note in told(marked)["es"])

    @pytest.mark.parametrize("is_listed", [False, True])
    def test_where_no_voice_is_cloned_the_note_tells_so(self, tmp_path, store, is_listed):
        studio = rehearsing(tmp_path, store, SurroundRehearsal)
        studio.watermarker = FakeWatermarker("first")
        if is_listed:  # where another engine of the list clones, voices have clips
            studio.run.artifacts.mkdir()
            lent = CloningOneSpeaker(made(studio.run.artifacts / "clip.wav"))
            members = [Member("cloning", FakeSynthesizer("cloning"), frozenset({"pt"})), Member("plain", lent, frozenset({"es"}))]
            studio.engines = replace(studio.engines, synthesizer=SynthesizerList(members))
        marked, changed = self.again(studio, studio.job("es"))
        assert ("watermark", "es") not in changed
        assert any("Nothing is watermarked" in note for note in told(marked)["es"])

    def test_a_stereo_film_gets_none(self, studio, store):
        made = studio.dub(replace(studio.job("es"), stereo_dub=True))
        assert [each.stereo for each in made.dubs] == [None]
        assert "fold_down" not in {run.name for run in store.stages.list_runs(1)}


class TestUnrecognizedSpeech:
    def test_it_is_told_on_dubs_of_recognised_speech_alone(self, studio):
        turns = (Turn(Span(1.0, 4.0), "S1"), Turn(Span(5.0, 5.9), "S2"))
        studio.engines = replace(studio.engines, diarizer=FakeDiarizer(turns))
        subtitled, recognised = studio.dub(studio.job("es", "ca", beside=("es",))).dubs
        (note,) = [note for note in recognised.notes if "not understood" in note.text]
        assert str(note) == "1 stretch of speech (1 s) was not understood and keeps the original audio: 0:05"
        assert not [note for note in subtitled.notes if "not understood" in note.text]


class TestTheCourse:
    """`HEARING`, `DUBBING`, `JOINING` and `ASSESSING` tell an estimate what is still to come."""

    @pytest.mark.parametrize("beside", [(), ("en",), ("es",), ("es", "ca")])
    @pytest.mark.parametrize("ample", [False, True])
    def test_every_stage_has_its_place_and_runs_in_this_order(self, studio, store, beside, ample):
        if ample:
            translator = FakeTranslator(rephrases=True, lines_at_once=10)
            studio.engines = replace(studio.engines, translator=translator, transcriber=FakeTranscriber(languages=None))
        studio.dub(studio.job("es", "ca", beside=beside))
        begun = [(run.name, run.language) for run in store.stages.list_runs(1)]
        assert_in_order([name for name, language in begun if language is None], (*ANALYSIS_STAGES, *MUX_STAGES))
        for target in ("es", "ca"):
            assert_in_order([name for name, language in begun if language == target], (*LANGUAGE_STAGES, *ASSESSMENT_STAGES))


def assert_in_order(names: list[str], course: tuple[str, ...]) -> None:
    assert names and [course.index(name) for name in names] == sorted(course.index(name) for name in names)


class Together:
    """Lets nobody through before two are there: calls one after the other would wait for ever."""

    def __init__(self) -> None:
        self._two = threading.Barrier(2)
        self.met = 0

    def __call__(self) -> None:
        try:
            self._two.wait(timeout=5.0)
            self.met += 1
        except threading.BrokenBarrierError:
            pass  # one after the other: the test says so


class TestOneFilmOverManyReplicas:
    def test_a_long_turn_is_cut_at_its_silences_and_recognised_side_by_side(self, studio, tmp_path):
        rate, silences = 16_000, (12.0, 24.0, 36.0)
        wave = np.sin(np.arange(48 * rate) * 0.1).astype(np.float32)
        for silence in silences:
            wave[round((silence - 0.2) * rate) : round((silence + 0.2) * rate)] = 0.0
        soundfile.write(tmp_path / "speech.wav", wave, rate)
        together = Together()

        class Meeting(FakeTranscriber):
            def transcribe(self, utterance, *, language, prompt=""):
                together()
                return super().transcribe(utterance, language=language, prompt=prompt)

        transcriber = Meeting(concurrency=2)
        pieces = cut_utterances(Artifact.of(tmp_path / "speech.wav"), (Turn(Span(0.0, 48.0), "S1"),), transcriber)
        assert [round(piece.span.start) for piece in pieces] == [0, 12, 24, 36]
        words = studio.run.each(transcribe, pieces, transcriber, language="en")
        assert together.met == 4
        assert [round(heard[0].span.start) for heard in words] == [0, 12, 24, 36], "in order, whoever was first"

    def test_lines_are_spoken_side_by_side(self, studio):
        together = Together()

        class Meeting(FakeSynthesizer):
            def speak(self, text, voice, *, language, seconds):
                together()
                return super().speak(text, voice, language=language, seconds=seconds)

        studio.engines = replace(studio.engines, synthesizer=Meeting(concurrency=2))
        studio.dub(studio.job("es", beside=["es"]))
        assert together.met == 2


RECOGNIZED = "The dialogue was recognised from the speech: no subtitle was used"
FROM_ENGLISH_FILE = "The dialogue was taken from the file film.en.srt (English)"


class TestWhatIsTold:
    def test_a_dub_that_went_as_it_should_has_no_notes(self, studio):
        assert told(studio.dub(studio.job("es"))) == {"es": [RECOGNIZED]}

    def test_a_line_that_nobody_could_translate_is_told_and_stays_in_the_original(self, studio):
        studio.translator.refuses = frozenset({SAID["en"][1]})
        dubbed = studio.dub(studio.job("es", beside=["en"]))
        assert told(dubbed) == {"es": ["Not translated, so that the original is heard there (line 2)", FROM_ENGLISH_FILE]}
        assert [line.number for line in dubbed.dubs[0].undubbed] == [2]

    def test_the_voices_of_a_rule_speak_and_a_language_without_any_is_told(self, studio):
        dubbed = studio.dub(replace(studio.job("es", "ca"), voices=("es-high",)))
        assert [{voice.name for voice in each.voices.values()} == {"es-high"} for each in dubbed.dubs] == [True, False]
        assert told(dubbed) == {
            "es": [RECOGNIZED],
            "ca": ["None of the voices that the rule names speaks Catalan, so that it was cast from all", RECOGNIZED],
        }

    def test_notes_of_the_request_are_told_on_each_dub(self, studio):
        assert told(studio.dub(replace(studio.job("es"), notes=(Note("Not deployed"),)))) == {"es": ["Not deployed", RECOGNIZED]}

    def test_other_engines_than_the_first_are_told_from_the_cache_as_well(self, studio):
        second = FakeTranslator(fingerprint="second")
        studio.translator.refuses = frozenset({SAID["en"][1]})
        translators = [Member("first", studio.translator), Member("second", second)]
        synthesizers = [
            Member("kokoro", FakeSynthesizer(), frozenset({"es"})),
            Member("espeak", FakeSynthesizer(), frozenset({"ca"})),
        ]
        studio.engines = replace(
            studio.engines,
            translator=TranslatorList(translators, {"first": None, "second": None}),
            synthesizer=SynthesizerList(synthesizers),
        )
        job = studio.job("es", "ca", beside=["en"])
        made = told(studio.dub(job))
        line = "Translated by second, because first gave no usable text (line 2)"
        catalan = "Catalan (ca) is spoken by espeak, because kokoro cannot speak it"
        assert made == {"es": [line, FROM_ENGLISH_FILE], "ca": [line, FROM_ENGLISH_FILE, catalan]}
        asked = len(second.passages)
        assert told(studio.dub(job)) == made and len(second.passages) == asked


class TestChosenTracks:
    def chosen(self, studio: Studio, *targets: str, beside: Sequence[str], subtitles: str) -> DubSpec:
        return replace(studio.job(*targets, beside=beside), selection=TrackSelection(subtitles=subtitles))

    def test_no_subtitles_means_recognition_whatever_lies_beside_the_film(self, studio):
        dubbed = studio.dub(self.chosen(studio, "es", beside=["en", "es"], subtitles="none"))
        assert len(studio.transcriber.calls) == 2 and lines(dubbed)["es"][0] == ("es Word word word.", TextSource.TRANSLATION)
        assert told(dubbed)["es"] == ["The dialogue was recognised from the speech: subtitles were not used, as chosen"]

    def test_the_chosen_file_is_used_and_no_other(self, studio):
        dubbed = studio.dub(self.chosen(studio, "es", beside=["en", "es"], subtitles="film.en.srt"))
        assert lines(dubbed) == {"es": [(f"es {text}", TextSource.TRANSLATION) for text in SAID["en"]]}
        assert_progress_kept_its_promise(studio.run, studio.run.report)

    def test_a_chosen_file_in_a_third_language_is_translated_and_that_is_told(self, studio):
        dubbed = studio.dub(self.chosen(studio, "es", beside=["en", "ca"], subtitles="film.ca.srt"))
        assert lines(dubbed) == {"es": [(f"es {text}", TextSource.TRANSLATION) for text in SAID["ca"]]}
        assert dubbed.analysis.language == "ca" and not studio.transcriber.calls
        assert any(
            "translated from Catalan, the language of the chosen subtitle; the film is in English" in n
            for n in told(dubbed)["es"]
        )

    def test_a_chosen_file_that_lies_after_the_film_is_refused_with_its_name(self, studio):
        job = self.chosen(studio, "es", beside=["en"], subtitles="film.en.srt")
        path = studio.folder / "film.en.srt"
        path.write_text("1\n00:10:01,000 --> 00:10:04,000\nGood morning.\n")
        late = replace(job, source=Source.of(studio.film, (Sidecar(path, compute_digest(path), "en"),)))
        with pytest.raises(StageError, match=r"the file film\.en\.srt was chosen, .* after the film's end; choose another"):
            studio.dub(late)

    def test_a_track_that_the_film_does_not_have_is_refused_before_any_work(self, studio):
        with pytest.raises(FilmError, match=r"film\.mkv has no audio track 2; choose one of: 1 English, 2 channels"):
            studio.dub(replace(studio.job("es"), selection=TrackSelection(audio=2)))
        with pytest.raises(FilmError, match=r"film\.mkv has no subtitle track 1; choose one of: film\.en\.srt; none"):
            studio.dub(self.chosen(studio, "es", beside=["en"], subtitles="1"))
        assert studio.run.done == 1, "nothing but the probe"

    def test_the_chosen_audio_track_is_told(self, studio):
        dubbed = studio.dub(replace(studio.job("es", beside=["es"]), selection=TrackSelection(audio=1)))
        assert told(dubbed)["es"][0] == "Dubbed from the chosen audio track English, 2 channels"
