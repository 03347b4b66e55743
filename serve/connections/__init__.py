"""Connections to other applications: Sonarr, Radarr, Plex and Jellyfin."""
