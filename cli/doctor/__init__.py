"""`./dubarr doctor`: diagnostics of this machine against the requirements of a profile."""
