"""`./dubarr doctor`: the machine is probed, held against a profile, and reported."""
