"""The HTTP service in one process: a real store, real films, no Ray."""

import base64
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from starlette.testclient import TestClient

from pipeline.settings import PathMapping, Settings
from pipeline.store.store import Store
from pipeline.values.service_status import Cluster
from pipeline.values.tasks import Health, Task
from serve import profile_loader
from serve.auth.credentials import Credentials
from serve.configuration.env_file import write_env_file
from serve.configuration.live_settings import LiveSettings
from serve.configuration.settings_source import SettingsSource
from serve.http.app import create_app
from serve.http.dependencies import Context
from serve.runtime.redeploy_process import RedeployProcess
from serve.status.disk_usage import DiskUsageMonitor
from serve.status.system_status import DeploymentStatus, ServingStatus, SystemCheck

CREDENTIALS = Credentials("dubarr", "correct horse")
AUTH = (CREDENTIALS.user, CREDENTIALS.password)
HEALTH = Health(
    worker_alive=True, engine_statuses={"llm": "READY", "tts": "READY", "whisper": "READY", "diarization": "READY"}, workers=1
)
SERVING = ServingStatus(
    deployments=dict.fromkeys(("whisper", "diarization", "llm", "tts", "worker", "ingress"), DeploymentStatus("HEALTHY")),
    statuses=HEALTH.engine_statuses,
    cluster=Cluster(nodes=1, cpus=2.0, cpus_free=0.5, gpus=0.0, gpus_free=0.0),
    calls={"tts": 3},
)


def basic(user: str, password: str) -> dict[str, str]:
    """The header of Basic Auth."""
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def make_film(
    path: Path,
    *,
    language: str = "eng",
    seconds: float = 1.0,
    tags: tuple[str, ...] = (),
    pitch: int = 440,
    dispositions: str = "0",
) -> Path:
    """A small Matroska film: a picture and a tone of `pitch` Hz. `dispositions`: of the audio track, as ffmpeg takes them."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", f"color=s=64x64:r=5:d={seconds}"]
    command += ["-f", "lavfi", "-i", f"sine=f={pitch}:d={seconds}", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "flac"]
    command += ["-metadata:s:a:0", f"language={language}", "-disposition:a:0", dispositions]
    command += [*(part for tag in tags for part in ("-metadata", tag)), str(path)]
    subprocess.run(command, check=True)
    return path


@dataclass
class Served:
    """The service, and where its things lie."""

    settings: Settings
    store: Store
    client: TestClient
    library: Path = field(init=False)

    def __post_init__(self) -> None:
        self.library = self.settings.library_roots[0]

    def tasks(self) -> tuple[Task, ...]:
        return self.store.tasks.list_newest()[0]


@contextmanager
def served(folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[Served]:
    """The service over a fresh folder, with its `.env`. `/tv` and `D:\\Films` are its library, as other machines name it."""
    library = folder / "library"
    library.mkdir()
    settings = Settings(
        data_dir=folder / "data",
        videos_dir=folder / "videos",
        logs_dir=folder / "logs",
        profile="draft",  # what its engines can do is the same on every machine that tests run on
        library_roots=(library,),
        path_mappings=(PathMapping("/tv", library), PathMapping("D:\\Films", library), PathMapping("\\\\nas\\films", library)),
    )
    settings.videos_dir.mkdir()
    store = Store(settings.database)
    system = SystemCheck(
        store, profile_loader.load_profile(settings), lambda: SERVING, health=lambda: HEALTH, disk=DiskUsageMonitor(settings)
    )
    mappings = ";".join(f"{each.remote}={each.local}" for each in settings.path_mappings)
    write_env_file(folder / ".env", {"PROFILE": "draft", "LIBRARY_ROOTS": str(library), "PATH_MAPPINGS": mappings})
    source = SettingsSource(folder, environment)
    redeploy = RedeployProcess(folder, settings.logs_dir, ("echo", "replaced"))
    app = create_app(Context(LiveSettings(settings, source), CREDENTIALS, store, lambda: HEALTH, system, redeploy))
    with TestClient(app, base_url="http://localhost:8000", follow_redirects=False) as client:
        client.auth = AUTH
        yield Served(settings, store, client)
    store.close()
