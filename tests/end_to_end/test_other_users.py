"""Another user of the machine beside the real service: nothing of it can be read, written or led astray."""

import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from other_user import open_paths, reached
from real_service import Running, real_service

from serve.runtime import orphans
from serve.runtime.ray_environment import make_service_folder

pytestmark = pytest.mark.slow
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user; the modes are checked all the same")


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    """A service under the usual umask, in a folder that everybody can enter, with what an older release left open."""
    before = os.umask(0o022)
    try:
        with tempfile.TemporaryDirectory(prefix="dubarr-users-", ignore_cleanup_errors=True) as folder:
            home = Path(folder).resolve()
            home.chmod(0o755)
            (home / "tmp").mkdir()
            (home / "tmp").chmod(0o1777)
            (home / "precious").write_text("precious")
            (home / "tmp" / ".ses").symlink_to(home / "precious")  # what onnxruntime wrote in the temporary folder
            for name in ("data", "data/backups", "videos", "logs"):
                (home / name).mkdir()
            (home / "data" / "backups" / "dubarr-20200101-000000.duckdb").write_text("older")
            (home / "logs" / "processing.log").write_text("older\n")
            given = {"PLACEMENT": "beside", "TMPDIR": str(home / "tmp"), "DUBARR_HOME": str(home)}
            with real_service(home, **given) as running:
                yield running
    finally:
        os.umask(before)


@pytest.fixture(scope="module")
def dub(service: Running) -> Path:
    """A dub beside a film of mode 0664, and an uploaded film beside it in VIDEOS_DIR."""
    film = service.library / "film.mkv"
    speech = service.library.parent / "speech.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", "The ship leaves at seven.", "-o", speech], check=True)
    inputs = ("-f", "lavfi", "-i", "testsrc=d=5:s=160x90:r=12", "-itsoffset", "1", "-i", speech)
    command = ["ffmpeg", "-v", "error", *inputs, "-metadata:s:a:0", "language=eng", "-t", "5", film]
    subprocess.run(command, check=True)
    film.chmod(0o664)
    if os.getuid() == 0:
        os.chown(film, 1234, 4321)
    service.client.upload(film)
    task = service.client.submit_path(film, target_langs=("es",))
    return Path(service.done(task["id"])["output"])


def folders(service: Running) -> tuple[Path, ...]:
    settings = service.settings
    home = settings.data_dir.parent
    temporary = (path for path in (home / "tmp").iterdir() if path.name != ".ses")
    return (settings.data_dir, settings.videos_dir, settings.logs_dir, make_service_folder(settings), *temporary)


def held_open(service: Running) -> set[Path]:
    """Files in shared places that the service's processes have open now, Ray's shared memory among them."""
    found = set()
    for pid in orphans.find_orphans(service.settings):
        try:
            links = [entry.readlink() for entry in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:
            continue  # it has ended meanwhile
        found |= {path for path in links if path.is_relative_to("/tmp") or path.is_relative_to("/dev/shm")}
    return {path for path in found if path.exists()}


def test_no_mode_lets_another_user_in(service: Running, dub: Path) -> None:
    assert open_paths(folders(service)) == []


@as_root
def test_another_user_reads_writes_and_plants_nothing(service: Running, dub: Path) -> None:
    session = make_service_folder(service.settings) / "ray" / "session_latest"
    assert (session / "logs" / "raylet.out").exists(), "what is to be protected must be there"
    deep = [session / "logs", session / "sockets", service.settings.artifacts, service.settings.data_dir / "backups"]
    files = [path for folder in deep for path in folder.rglob("*") if path.is_file()]
    assert reached((*folders(service), *deep), (*files, *held_open(service))) == {"read": [], "write": [], "plant": []}


def test_what_ray_holds_open_lies_in_no_shared_folder(service: Running) -> None:
    held = held_open(service)
    settings = service.settings
    ours = (make_service_folder(settings), settings.data_dir, settings.logs_dir)
    assert any(path.name == "raylet.out" for path in held), "Ray's own files must be among them"
    assert [path for path in held if not any(path.is_relative_to(folder) for folder in ours)] == []


def test_rays_folder_lies_in_ours_and_its_logs_are_ours_alone(service: Running) -> None:
    logs = (make_service_folder(service.settings) / "ray" / "session_latest" / "logs").resolve()
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in logs.glob("*.*") if path.is_file()}
    assert modes
    assert {path.name: oct(mode) for path, mode in modes.items() if mode & 0o077} == {}


def test_every_process_of_the_service_keeps_others_from_what_it_writes(service: Running) -> None:
    umasks = {}
    for pid in orphans.find_orphans(service.settings):
        try:
            text = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue  # it has ended meanwhile
        fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
        umasks[f"{pid} {fields['Name']}"] = fields["Umask"]
    assert len(umasks) > 10
    assert {process: umask for process, umask in umasks.items() if umask != "0077"} == {}


def test_a_link_planted_in_the_temporary_folder_is_not_followed(service: Running, dub: Path) -> None:
    assert (service.settings.data_dir.parent / "precious").read_text() == "precious"


def test_what_an_older_release_left_open_is_closed(service: Running) -> None:
    data, logs = service.settings.data_dir, service.settings.logs_dir
    files = (data / "backups" / "dubarr-20200101-000000.duckdb", logs / "processing.log", service.settings.database)
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (data, data / "backups", logs)} == {0o700}


def test_a_dub_in_a_library_is_as_readable_as_its_film(service: Running, dub: Path) -> None:
    film, made = (service.library / "film.mkv").stat(), dub.stat()
    assert dub.parent == service.library
    assert (stat.S_IMODE(made.st_mode), made.st_uid, made.st_gid) == (0o664, film.st_uid, film.st_gid)
    if os.getuid() == 0:
        assert reached((), [dub])["read"] == [str(dub)], "whoever plays the film plays the dub"


def test_an_uploaded_film_is_ours_alone_and_so_is_its_dub(service: Running, dub: Path) -> None:
    (uploaded,) = (task for task in service.client.tasks() if Path(task["path"]).parent == service.settings.videos_dir)
    film, made = Path(uploaded["path"]), Path(service.done(uploaded["id"])["output"])
    assert {path: stat.S_IMODE(path.stat().st_mode) for path in (film, made)} == {film: 0o600, made: 0o600}


@as_root
def test_a_folder_planted_at_the_place_of_ours_is_refused(tmp_path: Path) -> None:
    """The name can be worked out, so another user may be there first."""
    from cli.service import process as services
    from pipeline import settings_loader
    from pipeline.errors import DubarrError

    given = {"DATA_DIR": f"{tmp_path}/data", "LOGS_DIR": f"{tmp_path}/logs", "VIDEOS_DIR": f"{tmp_path}/videos"}
    settings = settings_loader.load_settings(given | {"PORT": str(services.find_free_port("127.0.0.1"))}, folder=tmp_path)
    folder = make_service_folder(settings)
    os.chown(folder, 65534, 65534)
    try:
        with pytest.raises(DubarrError, match="another user's or open to others; remove it"):
            services.start_service(settings, given | {"PORT": str(settings.port), "API_PASS": "correct horse"})
    finally:
        shutil.rmtree(folder)
