"""ASGI application of the ingress replica: API, middleware and dashboard over the store actor and Ray Serve's status."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ray.serve.handle import DeploymentHandle

from pipeline.engines.protocols import Role
from pipeline.settings import Settings
from serve.auth.credentials import load_credentials
from serve.configuration.live_settings import LiveSettings
from serve.configuration.settings_source import SettingsSource
from serve.editing.editing_engines import ESTIMATE_LIMIT_S, TAKE_LIMIT_S, EditingEngines
from serve.http.media.streaming import StreamSlots
from serve.media.remote_encoder import RemoteEncoder
from serve.notifications.monitor import NotificationMonitor
from serve.profile import Profile
from serve.runtime import unix_sockets
from serve.runtime.redeploy_process import RedeployProcess
from serve.status.disk_usage import DiskUsageMonitor
from serve.status.health import cache_health_check
from serve.status.serving_status import SERVING_TTL_S, read_serving_status
from serve.status.system_status import SystemCheck
from serve.status.ttl_cache import TtlCache
from serve.store.leader_leases import NOTIFICATIONS_DUTY
from serve.store.metrics_reporter import start_metrics_reporter
from serve.store.remote_store import connect_store
from serve.worker.worker_id import make_worker_id


def build_asgi_app(
    settings: Settings,
    profile: Profile,
    application: str,
    source: SettingsSource,
    handles: Mapping[Role, DeploymentHandle],
    media: DeploymentHandle,
) -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Build the ingress's ASGI application. `application`: its name in Serve. `handles`: of the engines, for lines while they
    are edited. `media`: of the media encoder.
    """
    from dashboard.app import mount_dashboard
    from serve.http.app import create_app
    from serve.http.dependencies import Context
    from serve.status.dashboard_service import StoreService

    store = connect_store(settings.database)
    start_metrics_reporter(store)
    serving = TtlCache(partial(read_serving_status, settings, profile, application, store), SERVING_TTL_S)
    health = cache_health_check(store, lambda: serving().statuses)
    system = SystemCheck(store, profile, serving, health=health, disk=DiskUsageMonitor(settings))
    live, redeploy = LiveSettings(settings, source), RedeployProcess(source.folder, settings.logs_dir)
    editing = connect_editing_engines(profile, handles)
    is_leader = partial(store.acquire_leadership, NOTIFICATIONS_DUTY, make_worker_id())
    NotificationMonitor(live, store, system, is_leader=is_leader).start()
    encoder = RemoteEncoder(media, unix_sockets.find_folder())
    streams = StreamSlots(profile.media.replicas * profile.media.streams, encode=encoder.stream)
    app = create_app(Context(live, load_credentials(settings), store, health, system, redeploy, editing, streams, encoder))
    mount_dashboard(app, StoreService(live, profile, store, health, system), changes=app.state.event_feed)
    return app


def connect_editing_engines(profile: Profile, handles: Mapping[Role, DeploymentHandle]) -> EditingEngines:
    """Connect the engines for lines while they are edited, with their limits; also those that a rule chooses."""
    from serve.engines.remote_engines import connect_engines

    def connect(chosen: Sequence[tuple[str, str]]) -> EditingEngines:
        estimator = connect_engines(profile, handles, limit_s=ESTIMATE_LIMIT_S, chosen=chosen).synthesizer
        return EditingEngines(estimator, connect_engines(profile, handles, limit_s=TAKE_LIMIT_S, chosen=chosen))

    return replace(connect(()), choose=connect)
