"""Settings routes: reading and changing the service's settings, testing connections, and redeploying for what needs it."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pipeline.settings import Settings
from serve.configuration import first_run, setting_changes
from serve.configuration.live_settings import LiveSettings
from serve.configuration.setting_catalog import SettingDescription, ValueKind, format_text, list_descriptions
from serve.configuration.setting_changes import change_settings, list_pending, load_source, require_source
from serve.connections.applications import Application
from serve.connections.connection_test import run_connection_test
from serve.http.dependencies import ContextDependency
from serve.http.openapi import PROBLEMS_BY_FIELD, describe_error
from serve.notifications.apprise_sender import describe_delivery, send_message
from serve.request_errors import FieldsRefused
from serve.runtime.redeploy_process import RedeployState, RedeployStatus

MAX_CHANGES = 100
MAX_ADDRESSES = 50

router = APIRouter(prefix="/api/settings", tags=["settings"])


class SettingOut(BaseModel):
    """One setting in the notation of its environment variable. `value`: "" for a secret, whose `is_set` tells whether there is
    one; `source`: environment, file or default; `reason`: why it cannot be changed here; `applies`: at once, or after a redeploy.
    """

    name: str
    section: str
    label: str
    help: str
    kind: ValueKind
    value: str
    is_set: bool
    source: Literal["environment", "file", "default"]
    editable: bool
    reason: str | None
    applies: Literal["at once", "redeploy"]
    separator: str
    choices: list[str]

    @classmethod
    def of(
        cls, described: SettingDescription, live: LiveSettings, now: Settings, texts: dict[str, tuple[str, str]]
    ) -> "SettingOut":
        """Convert from the values. `texts`: name → text and source of those that are set."""
        source = require_source(live)
        text, origin = texts.get(described.name, ("", "default"))
        is_secret = described.kind is ValueKind.SECRET or described.field == "api_pass"
        is_given = described.name in source.environment
        reason = f"{described.name} is set in the service's environment, which wins." if is_given else None
        if described.kind is ValueKind.FIXED:
            reason = reason or f"Changed in {source.file} on the service's machine, then ./dubarr stop and serve."
        return cls(
            name=described.name,
            section=described.section,
            label=described.label,
            help=described.help,
            kind=described.kind,
            value="" if is_secret else text or format_text(getattr(now, described.field), described.separator),
            is_set=bool(text) if is_secret else described.name in texts,
            source="environment" if is_given else "default" if origin == "default" else "file",
            editable=reason is None,
            reason=reason,
            applies="at once" if described.is_live else "redeploy",
            separator=described.separator,
            choices=list(described.choices),
        )


class RedeployOut(BaseModel):
    """The last redeployment that was started over the API; `message`: its last line."""

    state: RedeployState
    message: str

    @classmethod
    def of(cls, status: RedeployStatus) -> "RedeployOut":
        """Convert from the value."""
        return cls(state=status.state, message=status.message)


class SettingsOut(BaseModel):
    """All settings. `file`: where changes are written; `pending`: names whose new values wait for a redeploy; `webhook`: path of the
    address that Sonarr, Radarr and scripts call; `offer_setup`: no film was dubbed yet, and nothing was set.
    """

    file: str
    settings: list[SettingOut]
    pending: list[str]
    redeploy: RedeployOut
    webhook: str
    offer_setup: bool


class SettingsIn(BaseModel):
    """Changes by name, in the notation of the environment variables; null: the default."""

    model_config = ConfigDict(extra="forbid")

    settings: Annotated[
        dict[str, Annotated[str, Field(max_length=setting_changes.MAX_VALUE_CHARACTERS)] | None],
        Field(min_length=1, max_length=MAX_CHANGES),
    ]


class ConnectionIn(BaseModel):
    """A connection to test. Without `url` the stored address, without `key` the stored key, which goes to the stored host alone."""

    model_config = ConfigDict(extra="forbid")

    application: Application
    url: Annotated[str, Field(max_length=2_000)] | None = None
    key: Annotated[SecretStr, Field(max_length=2_000)] | None = None


class ConnectionOut(BaseModel):
    """Result of a connection test, as a sentence."""

    works: bool
    message: str


class NotificationIn(BaseModel):
    """Apprise addresses for a test, separated by white space; the stored ones where none are given."""

    model_config = ConfigDict(extra="forbid")

    urls: Annotated[SecretStr, Field(max_length=8_192)] | None = None


NOT_POSSIBLE: dict[int | str, dict[str, Any]] = {
    409: describe_error("The service has no settings file, or it cannot be written.")
}


@router.get("", responses=NOT_POSSIBLE)
def read_settings(context: ContextDependency) -> SettingsOut:
    """Read the settings, each with its source and how it is changed. Secrets are never sent."""
    source = require_source(context.live)
    now, texts = load_source(source), source.read_texts()
    return SettingsOut(
        file=str(source.file),
        settings=[SettingOut.of(each, context.live, now, texts) for each in list_descriptions()],
        pending=list(list_pending(context.live)),
        redeploy=RedeployOut.of(context.redeploy.read_status()),
        webhook="/webhook",
        offer_setup=first_run.is_setup_offered(source, now.data_dir, tasks=sum(context.store.tasks.count_by_status().values())),
    )


@router.patch(
    "", responses=NOT_POSSIBLE | {422: describe_error("A value cannot be used; nothing was written.", PROBLEMS_BY_FIELD)}
)
def patch_settings(context: ContextDependency, body: Annotated[SettingsIn, Body()]) -> SettingsOut:
    """Change settings. All of them are checked first; where one is refused, none is written. The file is replaced atomically."""
    changed = change_settings(context.live, body.settings)
    if changed.problems:
        raise FieldsRefused(changed.problems)
    return read_settings(context)


@router.post("/test-connection", responses={422: describe_error("Invalid request.")})
def test_connection(context: ContextDependency, connection: Annotated[ConnectionIn, Body()]) -> ConnectionOut:
    """Test the connection to Sonarr, Radarr, Plex or Jellyfin, within ten seconds. Redirects are not followed."""
    key = connection.key.get_secret_value() if connection.key else None
    tested = run_connection_test(connection.application, connection.url, key, context.settings)
    return ConnectionOut(works=tested.works, message=tested.message)


@router.post("/test-notification", responses={422: describe_error("Invalid request.")})
def send_test_notification(context: ContextDependency, test: Annotated[NotificationIn, Body()]) -> ConnectionOut:
    """Send a test message to Apprise addresses."""
    given = test.urls.get_secret_value() if test.urls else context.settings.notify_urls or ""
    addresses = given.split()[:MAX_ADDRESSES]
    failed = send_message(addresses, "Dubarr: test", "Notifications arrive here.")
    return ConnectionOut(works=bool(addresses) and not failed, message=describe_delivery(addresses, failed))


@router.get("/redeploy")
def read_redeploy(context: ContextDependency) -> RedeployOut:
    """Read how the last redeploy goes."""
    return RedeployOut.of(context.redeploy.read_status())


@router.post("/redeploy", status_code=202, responses={409: describe_error("A redeploy runs already.")})
def start_redeploy(context: ContextDependency) -> RedeployOut:
    """Redeploy the service with its new settings, as `./dubarr redeploy`. Films at work go on; the page may be away for a minute."""
    return RedeployOut.of(context.redeploy.start())


@router.post("/dismiss-setup", status_code=204, response_class=Response)
def dismiss_setup(context: ContextDependency) -> Response:
    """Offer the first setup no more; it stays in reach on the settings page."""
    first_run.dismiss_setup(context.settings.data_dir)
    return Response(status_code=204)
