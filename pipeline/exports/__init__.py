"""Exports of a dub for editing programs: its lines as audio clips in an archive, and as an OpenTimelineIO timeline."""
