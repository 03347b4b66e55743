"""Commands on the task queue: its status, and actions on its tasks."""
