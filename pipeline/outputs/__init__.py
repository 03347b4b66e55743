"""Outputs of tasks: where finished dubs are written, and sidecar dubs beside their films."""
