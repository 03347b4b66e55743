"""`python -m cli`, which `./dubarr` runs."""

from cli.main import main

main()
