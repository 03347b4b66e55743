"""Authentication: credentials, failed logins, and the key of the language model."""
