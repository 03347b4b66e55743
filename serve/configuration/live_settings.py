"""Live settings: those that the running service takes over from its settings file at once, without a redeployment."""

import logging
import threading
from dataclasses import replace

from pipeline.errors import SettingsError
from pipeline.settings import Settings
from serve.configuration.settings_source import SettingsSource

log = logging.getLogger(__name__)

# Fields of `Settings` that are read for each request, task or message.
LIVE_FIELDS = (
    *("target_langs", "library_roots", "exclude", "settle_s", "path_mappings", "placement", "break_hardlinks", "default_track"),
    *("follow_loudness", "follow_pitch", "follow_pace", "room_match", "stereo_dub", "watermark", "verify_takes"),
    *(
        "sonarr_url",
        "sonarr_api_key",
        "radarr_url",
        "radarr_api_key",
        "library_include_tags",
        "library_exclude_tags",
        "tag_dubbed",
        "plex_url",
        "plex_token",
        "jellyfin_url",
        "jellyfin_api_key",
    ),
    *("notify_urls", "notify_on", "completion_url", "callback_secret"),
)


class LiveSettings:
    """The settings now: as deployed, with the live ones as the settings file has them. Thread-safe; calls cost one `stat`.

    Without a source, or on a machine that lacks the file, they stay as deployed.
    """

    def __init__(self, deployed: Settings, source: SettingsSource | None = None) -> None:
        self.deployed, self.source = deployed, source
        self._settings = deployed
        self._version = source.measure_version() if source else None  # the deployed ones were just read from it
        self._lock = threading.Lock()

    def __call__(self) -> Settings:
        """Return the settings now."""
        if self.source is None:
            return self.deployed
        with self._lock:
            version = self.source.measure_version()
            if version is not None and version != self._version:
                self._version = version
                self._read(self.source)
            return self._settings

    def _read(self, source: SettingsSource) -> None:
        try:
            fresh = source.load()
        except SettingsError as error:  # edited by hand; the service goes on as it was
            log.error("%s: %s; the settings before it stay", source.file, error)
            return
        self._settings = replace(self.deployed, **{name: getattr(fresh, name) for name in LIVE_FIELDS})
        log.info("settings taken over from %s", source.file)
