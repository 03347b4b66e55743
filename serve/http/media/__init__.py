"""Playback of films over HTTP: audio clips, streams, tracks, subtitles and files."""
