"""The service's processes: bootstrap, supervision, orphans, Ray on this machine, and patches of Ray."""
