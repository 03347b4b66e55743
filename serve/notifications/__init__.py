"""Notifications to people, by Apprise: films done or failed, a disk that fills, an engine that is down."""
