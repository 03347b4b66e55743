"""The timeline of a dub as the library reads it: each clip begins where its line is heard."""

from dataclasses import replace

import pytest

from pipeline.exports.timeline import RATE_HZ, TimelineMedia, arrange_lanes, write_timeline
from pipeline.values.script import DubScript, ScriptLine
from pipeline.values.tasks import LineRow

otio = pytest.importorskip("opentimelineio", reason="opentimelineio is not installed; ./dubarr setup brings it")

ROW = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "one", "uno", "translation", 1.0, 0.9, 1.0, 1.0, "takes/a.wav")
MEDIA = TimelineMedia("a film: 1.mkv", "a film: 1.es.wav", 7200.0)


def line(number: int, start: float, seconds: float, speaker: str | None = "S1", audio: str = "takes/a.wav") -> ScriptLine:
    row = replace(ROW, number=number, start=start, dub_start=start, dub_seconds=seconds, speaker=speaker, audio=audio)
    return ScriptLine(row, {"S1": "Ana"}.get(speaker or "", ""), ("Spoken fast",) if number == 1 else ())


def written(*lines: ScriptLine):
    text = write_timeline(DubScript("es", 1, lines, {"S1": "Ana", "S2": "Speaker 2"}, "en"), MEDIA)
    return otio.adapters.read_from_string(text, "otio_json")


def test_clips_line_up_with_their_lines_within_a_millisecond_over_two_hours() -> None:
    """Odd times add up to no drift: 3,000 lines of two speakers."""
    lines = [line(n, n * 2.3337719 + 0.00001 * n, 1.917, f"S{n % 2 + 1}") for n in range(1, 3001)]
    timeline = written(*lines)
    starts = {each.number: each.row.dub_start for each in lines}
    found = {}
    for track in timeline.audio_tracks()[1:]:
        for clip in track.find_clips():
            span = clip.transformed_time_range(clip.trimmed_range(), timeline.tracks)
            found[clip.metadata["dubarr"]["number"]] = span
    assert found.keys() == starts.keys()
    assert max(abs(span.start_time.to_seconds() - starts[n]) for n, span in found.items()) < 0.001
    assert max(abs(span.duration.to_seconds() - 1.917) for span in found.values()) < 0.001


def test_there_is_a_track_a_speaker_and_one_more_for_lines_that_overlap() -> None:
    timeline = written(line(1, 1.0, 1.0), line(2, 1.5, 1.0), line(3, 2.0, 1.0), line(4, 5.0, 1.0, "S2"), line(5, 7.0, 1.0, None))
    assert [track.name for track in timeline.audio_tracks()] == ["Dub es", "Ana", "Ana (2)", "Speaker 2", "Unknown"]
    assert [track.enabled for track in timeline.audio_tracks()] == [False, True, True, True, True]
    assert [clip.metadata["dubarr"]["number"] for clip in timeline.audio_tracks()[1].find_clips()] == [1, 3]


def test_rounding_makes_no_track_of_its_own() -> None:
    (lane,) = arrange_lanes([line(1, 1.0, 1.00001), line(2, 2.0, 1.0)])
    assert [start for start, _ in lane] == [RATE_HZ, 2 * RATE_HZ]


def test_media_lie_beside_the_timeline_and_notes_are_markers() -> None:
    timeline = written(line(1, 1.0, 1.0), line(2, 4.5, 0.0, audio=""))
    film, mix, clip = timeline.find_clips()
    urls = [each.media_reference.target_url for each in (film, mix, clip)]
    assert urls == ["a%20film%3A%201.mkv", "a%20film%3A%201.es.wav", "clips/0001_S1_es.wav"]
    assert [marker.name for marker in clip.markers] == ["Spoken fast"]
    assert [(marker.name, marker.marked_range.start_time.to_seconds()) for marker in film.markers] == [
        ("Line 2 keeps the original audio", 4.5)
    ]
    assert film.duration().to_seconds() == 7200.0
