"""The service as a process: serve, stop, redeploy, backup, and temporary services for measuring."""
