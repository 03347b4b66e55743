"""The engines: one protocol per role, one file per implementation, one registry."""
