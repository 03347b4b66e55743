"""The worker: leases tasks, dubs their films, notifies others, and collects garbage."""
