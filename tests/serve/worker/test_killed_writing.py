"""Writing of a dub, killed before each change of the file system: no film is lost, no file is half written, and the next run completes."""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from killed_child import run_killed_at_change, run_killed_in_ffmpeg

from pipeline.errors import FilmError
from pipeline.outputs.sidecar_dubs import SidecarPaths
from pipeline.settings import OutputPlacement, Settings
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.stages.sidecars.write_sidecars import write_sidecars
from pipeline.values.media import Artifact, DubTrack, Film, Source
from pipeline.values.tasks import TaskStatus
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span
from serve.worker import film_backups, task_files
from tests.support.dashboard import DONE

pytestmark = pytest.mark.slow

NOBODY = 65_534
REFUSED = 3  # exit code of a process whose dub was refused
IN_PLACE, SIDECAR = OutputPlacement.IN_PLACE, OutputPlacement.SIDECAR


@dataclass(frozen=True)
class Case:
    """A kind of film, and the sentence by which its dub is refused, "" where it is written."""

    placement: OutputPlacement
    kind: str = "plain"
    break_hardlinks: bool = False
    refusal: str = ""
    has_dub: bool = False  # a sidecar dub of an earlier run is there

    def __str__(self) -> str:
        return "-".join((self.placement, self.kind, *["broken"] * self.break_hardlinks, *["again"] * self.has_dub))


# Of the largest file that is written: where ffmpeg is killed.
PARTS = {IN_PLACE: (0.2, 0.9), SIDECAR: (0.01, 0.2)}

CASES = [
    Case(IN_PLACE),
    Case(IN_PLACE, "hard-linked", refusal="2 hard links"),
    Case(IN_PLACE, "hard-linked", break_hardlinks=True),
    Case(IN_PLACE, "symlinked"),
    Case(IN_PLACE, "read-only file", refusal="the file is read-only"),
    Case(IN_PLACE, "read-only folder", refusal="cannot be written to"),
    Case(SIDECAR),
    Case(SIDECAR, has_dub=True),
    Case(SIDECAR, "hard-linked"),
    Case(SIDECAR, "symlinked"),
    Case(SIDECAR, "read-only file"),
    Case(SIDECAR, "read-only folder", refusal="cannot be written to"),
]


@dataclass(frozen=True)
class Made:
    """Film, mixed track and lines that a dub is written from, made once."""

    film: Path
    probed: Film
    track: DubTrack
    lines: tuple[Placement, ...]

    def with_text(self, text: str) -> "Made":
        return replace(self, lines=tuple(replace(each, line=replace(each.line, text=text)) for each in self.lines))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    film = folder / "film.mp4"
    sources = ("-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=2", "-f", "lavfi", "-i", "sine=d=2")
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-metadata:s:a:0", "language=eng")
    subprocess.run(["ffmpeg", "-v", "error", *sources, *coded, film], check=True)
    take = folder / "take.wav"
    soundfile.write(take, 0.3 * np.sin(np.arange(22_050) / 20), 22_050)
    segment = Segment(1, Span(0.5, 1.5), "line", "A")
    placed = Placement(Line(segment, "línea", "es"), Slot(segment.span, 2.0), Artifact.of(take), 0.5, 1.0, 1.0, 1.0)
    source = Source.of(film)
    probed = probe(source)
    track = mix(source, probed, separate(source, probed, None, workdir=folder), (placed,), workdir=folder)
    for each in (folder, *folder.parents[:-2]):
        each.chmod(each.stat().st_mode | 0o055)
    return Made(film, probed, track, (placed,))


class Library:
    """A library with one film of a kind, and the service's folders, made anew for each run. `earlier`: a library whose sidecar dub is
    there already.
    """

    def __init__(self, folder: Path, case: Case, made: Made, earlier: "Library | None" = None) -> None:
        self.folder, self.case, self.made = folder, case, made
        self.films, self.data, self.seeding = folder / "films", folder / "data", folder / "seeding"
        for each in (self.films, self.data, self.data / "work", self.seeding):
            each.mkdir(parents=True)
            each.chmod(0o777)
        folder.chmod(0o755)
        self.film = self.named = Path(shutil.copy(made.film, self.films / "film.mp4"))
        self.film.chmod(0o644)
        self._prepare()
        self.sidecars = SidecarPaths.of(self.named, "es")
        self.old: dict[str, bytes] = {}
        if earlier is not None:
            self.old = earlier.read_visible()
            for name in (self.sidecars.audio.name, self.sidecars.subtitles.name):
                (self.films / name).write_bytes(self.old[name])
        self.inode = self.film.stat().st_ino
        self.settings = Settings(
            data_dir=self.data, library_roots=(folder,), placement=case.placement, break_hardlinks=case.break_hardlinks
        )
        self.task = replace(
            DONE,
            path=self.named,
            size=self.film.stat().st_size,
            mtime_ns=self.film.stat().st_mtime_ns,
            status=TaskStatus.PROCESSING,
            target_langs=("es",),
            output=None,
            origin="",
        )

    def _prepare(self) -> None:
        match self.case.kind:
            case "hard-linked":
                os.link(self.film, self.seeding / "film.mp4")
            case "symlinked":
                self.film = self.film.rename(self.seeding / "film.mp4")
                self.named.symlink_to(self.film)
            case "read-only file":
                self.film.chmod(0o444)
            case "read-only folder":
                self.films.chmod(0o555)

    def write(self) -> None:
        """Write the dub as a worker does, from the film's opening to the task's end; ends this process where it is refused as expected."""
        if self.case.kind == "read-only folder" and os.getuid() == 0:  # root is not bound by modes
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        try:
            self._write()
        except FilmError as error:
            if self.case.refusal and self.case.refusal in str(error):
                os._exit(REFUSED)
            raise

    def _write(self) -> None:
        task, settings, made = self.task, self.settings, self.made
        film_backups.restore_film(task, settings)
        with task_files.open_film(task, settings) as film:
            task = replace(task, path=task_files.choose_film_path(task, film, settings))
            source = Source.of(task.path, opened=film.content)
            destination = task_files.resolve_destination(settings, task)
            task_files.require_writable_output(settings, task, film, destination)
            film_backups.keep_film(task, film, settings)
            dub = (source, made.probed, (made.track,), (made.lines,))
            if self.case.placement is IN_PLACE:
                mux(*dub, destination=str(destination), workdir=self.data / "work")
            else:
                write_sidecars(source, made.probed, ((made.track,),), (made.lines,), destination=str(destination))
        film_backups.drop_film_backup(task, settings)

    def read_visible(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.films.iterdir() if not path.name.startswith(".")}

    def list_hidden(self) -> list[str]:
        """Temporary files; without what is random in their names."""
        hidden = (path for folder in (self.films, self.seeding) for path in folder.glob(".*"))
        return sorted(f"{path.name[:26]} {path.stat().st_size} {path.stat().st_ino == self.inode}" for path in hidden)

    def check(self, whole: dict[str, bytes]) -> None:
        """Assert that every film is there, and every file that is not hidden is the old one or the whole new one."""
        original, found = self.made.film.read_bytes(), self.read_visible()
        assert self.named.is_symlink() == (self.case.kind == "symlinked") and self.named.resolve() == self.film
        if self.case.kind == "hard-linked":
            assert (self.seeding / "film.mp4").read_bytes() == original
            assert (self.seeding / "film.mp4").stat().st_ino == self.inode
        for name in {*found, *self.old, self.named.name}:
            old = original if name == self.named.name else self.old.get(name)
            assert found.get(name) in (old, whole[name]), f"{name} is neither the old file nor the whole new one"
        if self.case.placement is SIDECAR:
            assert (found[self.named.name], self.film.stat().st_ino) == (original, self.inode)

    def check_end(self, whole: dict[str, bytes]) -> None:
        """Assert that a run that came to its end has left what it is to leave, and nothing else."""
        self.check(whole)
        assert self.read_visible() == whole and self.list_hidden() == []
        assert self.film.stat().st_nlink == (1 if self.case.placement is IN_PLACE and not self.case.refusal else self.links)

    @property
    def links(self) -> int:
        return 2 if self.case.kind == "hard-linked" else 1


def write_whole(library: Library) -> dict[str, bytes]:
    """Write in a child that nobody kills; the files that it leaves."""
    assert run_killed_at_change(library.write, change=-1) == (REFUSED if library.case.refusal else 0)
    whole = library.read_visible()
    library.check_end(whole)
    return whole


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_kill_before_any_change_of_the_file_system_loses_nothing_and_the_next_run_completes(
    case: Case, made: Made, tmp_path: Path
) -> None:
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(folder.stat().st_mode | 0o055)
    whole = write_whole(Library(tmp_path / "whole", case, made))
    earlier = Library(tmp_path / "earlier", case, made.with_text("antes")) if case.has_dub else None
    if earlier:
        assert write_whole(earlier) != whole
    states, kills, ended = set[str](), 0, -signal.SIGKILL
    while ended == -signal.SIGKILL:
        library = Library(tmp_path / str(kills), case, made, earlier)
        ended = run_killed_at_change(library.write, change=kills + 1)
        assert ended in {-signal.SIGKILL, REFUSED if case.refusal else 0}
        check_killed(library, whole, states, is_over=ended == 0)
        kills += 1
    assert kills > (2 if case.refusal else 6)
    for part in PARTS[case.placement] if case.kind == "plain" else ():  # ffmpeg writes alike beside every kind of film
        library = Library(tmp_path / str(part), case, made, earlier)
        written = round(part * max(map(len, whole.values())))
        assert run_killed_in_ffmpeg(library.write, written=written) == -signal.SIGKILL
        assert f" {written} " in "".join(library.list_hidden()), "ffmpeg has written a part"
        check_killed(library, whole, states)


def check_killed(library: Library, whole: dict[str, bytes], states: set[str], *, is_over: bool = False) -> None:
    """Check a library whose writer was killed; and, where no other one was left in this state, that the next run completes. `is_over`:
    the writer came to its end.
    """
    library.check(whole)
    state = repr((library.list_hidden(), library.read_visible()))
    if not is_over and state not in states:
        assert run_killed_at_change(library.write, change=-1) == (REFUSED if library.case.refusal else 0)
        is_over = True
    if is_over:
        library.check_end(whole)
    states.add(state)
