"""The dubbing itself: no Ray, no HTTP, no screen. Start reading at `pipeline/dub.py`."""
