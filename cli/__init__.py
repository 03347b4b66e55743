"""The command line. `./dubarr` sets up the environment and hands over to `cli.main`."""
