"""`python -m cli`, which `./dubarr` runs."""

from cli.main import main

if __name__ == "__main__":  # a process that multiprocessing spawns imports this under another name
    main()
