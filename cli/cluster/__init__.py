"""Clusters: Ray's own command with Dubarr's checks of the cluster file."""
