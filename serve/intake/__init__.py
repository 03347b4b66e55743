"""Intake: what becomes a task. Admission, uploads, webhooks of Sonarr and Radarr, path mapping."""
