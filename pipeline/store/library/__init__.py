"""The library in the store: its films and its scans."""
