"""What `./dubarr bench` measures: what Dubarr costs beside the floor of each, by this machine, in one run."""
