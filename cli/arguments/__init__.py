"""Arguments and options of commands: films, languages, tasks, output folders."""
