"""What people change: what is refused, what is kept, and what queues the task again."""

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import claimed

from pipeline.errors import EditRefused, LeaseLost, NotFound
from pipeline.store.store import Store
from pipeline.values.edits import Edit, LineChange, SpeakerChange, SpeakerEdit, count_speakers, name_speakers
from pipeline.values.tasks import Lease, LineRow, SpeakerRow, TaskStatus

LINE = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")
S1 = SpeakerRow("S1", 12.5, 110.0, None, (0.6, 0.8), "ge2e", "refer-1-ab/S1.flac")
S2, S3 = SpeakerRow("S2", 3.0, 210.0, None, (), "ge2e"), SpeakerRow("S3", 1.0, None, None, (), "ge2e")


@pytest.fixture
def task_id(store: Store) -> int:
    """A finished film of two lines in three languages, into French by its own subtitles."""
    task, lease = claimed(store)
    dub(store, lease)
    return task.id


def dub(store: Store, lease: Lease) -> None:
    for language in ("es", "ca", "fr"):
        rows = [replace(LINE, number=n, language=language, subtitled=language == "fr") for n in (1, 2)]
        store.lines.replace_lines(lease, language, rows)
        store.cast.replace_voices(lease, language, {"S1": "m3", "S2": "f2", "S3": "m1"}, ("m1", "m3", "f2"))
    store.lines.put_speakers(lease, [S1, S2, S3])
    store.leases.finish(lease, Path("/dubs/a.mkv"))


def dub_again(store: Store) -> None:
    claim = store.leases.claim_next_task("w", 60.0)
    assert claim, "nothing was queued"
    dub(store, claim[1])


def status(store: Store, task_id: int) -> TaskStatus:
    return store.tasks.get(task_id).status


def test_words_and_skips_are_of_one_dub_a_transcript_and_a_speaker_of_the_film(store: Store, task_id: int) -> None:
    change = LineChange("es", 2, text="buenas", skip=True, source_text="good evening", speaker="S2")
    assert store.edits.change_lines(task_id, [change]).status is TaskStatus.QUEUED
    assert store.lines.list_edits(task_id) == (
        Edit("", 2, source_text="good evening", speaker="S2"),
        Edit("es", 2, "buenas", skip=True),
    )
    wanted = {(line.language, line.number): line.edit for line in store.lines.list_lines(task_id) if line.edit}
    assert wanted == {
        ("es", 2): Edit("es", 2, "buenas", True, "good evening", "S2"),
        ("ca", 2): Edit("ca", 2, None, None, "good evening", "S2"),
    }, "the French dub counts its lines by itself"


def test_a_dub_from_its_own_subtitles_has_speakers_and_no_transcript_of_its_own(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("fr", 1, speaker="S2")])
    assert store.lines.list_edits(task_id) == (Edit("fr", 1, speaker="S2"),)
    assert [line.edit for line in store.lines.list_lines(task_id, "es")] == [None, None]
    with pytest.raises(EditRefused, match=r"Line 1: the dub into 'fr' is spoken from its own subtitles.*edit its text"):
        store.edits.change_lines(task_id, [LineChange("fr", 1, source_text="hm")])


def test_what_is_absent_stays_and_none_takes_back(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas", skip=True)])
    store.edits.change_lines(task_id, [LineChange("es", 1, skip=False)])
    assert store.lines.list_edits(task_id) == (Edit("es", 1, "buenas"),)
    store.edits.change_lines(task_id, [LineChange("es", 1, text=None)])
    assert store.lines.list_edits(task_id) == ()


def test_a_change_that_changes_nothing_queues_nothing(store: Store, task_id: int) -> None:
    as_it_is = LineChange("es", 1, text="hola", skip=False, source_text="hello", speaker="S1")
    nothing = [as_it_is, LineChange("es", 2), LineChange("ca", 1, text=None, speaker=None)]
    assert store.edits.change_lines(task_id, nothing).status is TaskStatus.DONE
    assert store.lines.list_edits(task_id) == ()
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    dub_again(store)
    assert store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")]).status is TaskStatus.DONE


def test_words_that_were_withdrawn_and_not_yet_dubbed_away_can_be_put_back(store: Store, task_id: int) -> None:
    """The line still says them, for as long as the task waits: then what it says tells nothing of what is wanted."""
    store.edits.change_lines(task_id, [LineChange("es", 1, text=None, speaker="S2")])
    store.edits.change_lines(task_id, [LineChange("es", 1, text="hola")])
    assert Edit("es", 1, "hola") in store.lines.list_edits(task_id)


def test_several_changes_are_kept_all_or_none_and_queue_once(store: Store, task_id: int) -> None:
    good = LineChange("es", 1, text="buenas")
    with pytest.raises(NotFound, match="no line 9 in 'es'"):
        store.edits.change_lines(task_id, [good, LineChange("es", 9, text="?")])
    with pytest.raises(NotFound, match="no line 1 in 'de'"):
        store.edits.change_lines(task_id, [good, LineChange("de", 1, text="?")])
    with pytest.raises(EditRefused, match="Line 2: nobody in the film is called 'S9'; its speakers are S1, S2, S3"):
        store.edits.change_lines(task_id, [good, LineChange("es", 2, speaker="S9")])
    assert (store.lines.list_edits(task_id), status(store, task_id)) == ((), TaskStatus.DONE)
    store.edits.change_lines(task_id, [good, LineChange("es", 1, skip=True), LineChange("ca", 2, text="bones")])
    assert store.lines.list_edits(task_id) == (Edit("ca", 2, "bones"), Edit("es", 1, "buenas", skip=True))
    with pytest.raises(NotFound, match="no task 99"):
        store.edits.change_lines(99, [])


def test_edits_outlive_a_purge_and_go_with_their_task(store: Store, task_id: int) -> None:
    store.edits.change_lines(task_id, [LineChange("es", 1, text="buenas")])
    store.edits.change_speaker(task_id, SpeakerChange("S1", "Anna", voices={"es": "f2"}))
    store.tasks.purge(task_id)
    assert store.lines.list_edits(task_id) == (Edit("es", 1, "buenas"),)
    assert store.cast.list_edits(task_id) == (SpeakerEdit("S1", "Anna", None, {"es": "f2"}),)
    store.tasks.delete(task_id)
    assert store.lines.list_edits(task_id) == store.cast.list_edits(task_id) == ()


def test_the_cast_tells_who_speaks_with_which_voice_and_what_could_be_chosen(store: Store, task_id: int) -> None:
    store.edits.change_speaker(task_id, SpeakerChange("S2", "Anna", "S1", {"es": "f2"}))
    cast = store.cast.get_cast(task_id)
    anna, first = cast.members[1], cast.members[0]
    assert [member.label for member in cast.members] == ["S1", "S2", "S3"]
    assert (first.register, first.lines, first.clip, first.pitch) == ("low", 2, "refer-1-ab/S1.flac", 110.0)
    assert (anna.name, anna.merged_into, anna.chosen, anna.register, anna.lines) == ("Anna", "S1", {"es": "f2"}, "high", 0)
    assert anna.voices == {"ca": "f2", "es": "f2", "fr": "f2"}
    assert (cast.members[2].register, cast.members[2].name) == (None, None)
    assert cast.choices == dict.fromkeys(("ca", "es", "fr"), ("m1", "m3", "f2"))


def test_a_name_queues_nothing_and_all_else_does_once(store: Store, task_id: int) -> None:
    assert store.edits.change_speaker(task_id, SpeakerChange("S1", "Anna")).status is TaskStatus.DONE
    assert store.edits.change_speaker(task_id, SpeakerChange("S1", voices={"es": "f2"})).status is TaskStatus.QUEUED
    dub_again(store)
    assert store.edits.change_speaker(task_id, SpeakerChange("S1", "Ann", voices={"es": "f2"})).status is TaskStatus.DONE
    assert store.edits.change_speaker(task_id, SpeakerChange("S1", merged_into="S2")).status is TaskStatus.QUEUED
    dub_again(store)
    assert store.cast.list_edits(task_id) == (SpeakerEdit("S1", "Ann", "S2", {"es": "f2"}),)
    taken_back = SpeakerChange("S1", None, None, {"es": None})
    assert store.edits.change_speaker(task_id, taken_back).status is TaskStatus.QUEUED
    assert store.cast.list_edits(task_id) == ()


def test_what_cannot_be_of_a_speaker_is_refused(store: Store, task_id: int) -> None:
    with pytest.raises(NotFound, match="no speaker 'S9'"):
        store.edits.change_speaker(task_id, SpeakerChange("S9", "Nobody"))
    for change, why in (
        (SpeakerChange("S1", merged_into="S9"), "nobody in the film is called 'S9'"),
        (SpeakerChange("S1", merged_into="S1"), "S1 cannot be merged into S1"),
        (SpeakerChange("S1", voices={"es": "gone"}), "there is no voice 'gone' in 'es'"),
        (SpeakerChange("S1", voices={"de": "m3"}), "no voice is known for 'de'.*ca, es, fr"),
    ):
        with pytest.raises(EditRefused, match=why):
            store.edits.change_speaker(task_id, change)
    store.edits.change_speaker(task_id, SpeakerChange("S1", merged_into="S2"))
    store.edits.change_speaker(task_id, SpeakerChange("S2", merged_into="S3"))
    with pytest.raises(EditRefused, match="S3 cannot be merged into S1"):
        store.edits.change_speaker(task_id, SpeakerChange("S3", merged_into="S1"))


def test_a_worker_that_lost_its_lease_keeps_no_voices(store: Store, task_id: int) -> None:
    with pytest.raises(LeaseLost):
        store.cast.replace_voices(Lease(task_id, 0), "es", {"S1": "m9"}, ())
    assert store.cast.get_cast(task_id).members[0].voices["es"] == "m3"


def test_a_film_that_was_never_dubbed_has_no_cast(store: Store) -> None:
    task, _ = claimed(store)
    assert store.cast.get_cast(task.id).members == ()
    with pytest.raises(NotFound):
        store.cast.get_cast(99)


def test_speakers_are_numbered_in_the_order_in_which_they_first_speak(store: Store) -> None:
    task, lease = claimed(store)
    rows = [replace(LINE, number=n, speaker=label, start=start) for n, label, start in ((1, "S2", 1.0), (2, "S1", 3.0))]
    store.lines.replace_lines(lease, "es", rows)
    store.lines.put_speakers(lease, [replace(S1, first_start=3.0), replace(S2, first_start=1.0), replace(S3, first_start=0.5)])
    store.leases.finish(lease, Path("/dubs/a.mkv"))
    assert name_speakers(store.cast.get_cast(task.id)) == {"S3": "Speaker 1", "S2": "Speaker 2", "S1": "Speaker 3"}
    store.edits.change_speaker(task.id, SpeakerChange("S3", merged_into="S1"))
    cast = store.cast.get_cast(task.id)
    assert count_speakers(cast) == 2 and name_speakers(cast)["S1"] == "Speaker 3", "nobody is renamed by a merge"


def test_speakers_of_an_older_release_are_numbered_by_their_lines(store: Store, task_id: int) -> None:
    claim = store.tasks.requeue(task_id) and store.leases.claim_next_task("w", 60.0)
    assert claim
    store.lines.replace_lines(claim[1], "es", [replace(LINE, speaker="S3"), replace(LINE, number=2, speaker="S1", start=0.5)])
    for language in ("ca", "fr"):
        store.lines.replace_lines(claim[1], language, [])
    assert list(name_speakers(store.cast.get_cast(task_id))) == ["S3", "S1", "S2"]
