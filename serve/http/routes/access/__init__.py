"""Routes of access: the login page and its sessions, API keys."""
