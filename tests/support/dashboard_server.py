"""Dashboard server for browser tests: real routes and authentication over a real store, on loopback, without Ray."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from dashboard.app import Dashboard, mount_dashboard
from pipeline.settings import Settings
from pipeline.values.service_status import SystemStatus
from serve.auth.credentials import Credentials
from serve.configuration.env_file import write_env_file
from serve.configuration.live_settings import LiveSettings
from serve.configuration.settings_source import SettingsSource
from serve.editing.editing_engines import EditingEngines
from serve.http.app import create_app
from serve.http.dependencies import Context
from serve.runtime.redeploy_process import RedeployProcess
from tests.support.dashboard import StoreService

USER, PASSWORD = "dubarr", "correct horse"


@dataclass
class Site:
    """Where it is, and what lies behind it."""

    url: str
    dashboard: Dashboard
    service: StoreService
    settings: Settings

    def settles(self, claim: str, holds: Callable[[], object]) -> None:
        """Wait until something is so; AssertionError, naming it, when it is not after 30 s."""
        deadline = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < deadline, f"not within 30 s: {claim}"
            time.sleep(0.05)


@dataclass(frozen=True)
class MeasuredSystem:
    """The system status of a service, as the routes need it."""

    service: StoreService

    def __call__(self) -> SystemStatus:
        return self.service.get_system()

    def measure_resources(self) -> SystemStatus:
        return self.service.get_system()


@contextmanager
def served(service: StoreService, folder: Path, *, port: int = 0, editing: EditingEngines | None = None) -> Iterator[Site]:
    """Serve until the block ends. `editing`: engines for lines while they are edited."""
    library = folder / "library"
    library.mkdir(exist_ok=True)
    settings = Settings(
        data_dir=folder / "data",
        videos_dir=folder / "videos",
        logs_dir=folder / "logs",
        library_roots=(library,),
        profile="draft",
    )
    settings.videos_dir.mkdir(exist_ok=True)
    write_env_file(folder / ".env", {"PROFILE": "draft", "LIBRARY_ROOTS": str(library)})
    live = LiveSettings(settings, SettingsSource(folder))
    redeploy = RedeployProcess(folder, settings.logs_dir, ("echo", "replaced"))
    context = Context(
        live, Credentials(USER, PASSWORD), service.store, service.get_health, MeasuredSystem(service), redeploy, editing
    )
    app = create_app(context)
    dashboard = mount_dashboard(app, service, session_lifetime_s=2.0)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        time.sleep(0.02)
    bound = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Site(f"http://127.0.0.1:{bound}", dashboard, service, settings)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
