"""Commands that tell: settings, languages, logs, doctor."""

import shutil
import sys
import time
from pathlib import Path

import click

from cli import screen, service
from pipeline import settings as settings_of

PROGRAMS = ("ffmpeg", "ffprobe", "espeak-ng", "apertium")
LEAST_FREE = 5 << 30  # bytes: a film, its artifacts and its dub


@click.command()
def settings() -> None:
    """Every setting, its value and its source."""
    from rich.table import Table

    table = Table("setting", "value", "from", "meaning", box=None, pad_edge=False)
    for setting in settings_of.explain(folder=screen.home()):
        table.add_row(setting.name, setting.value, setting.source, setting.help)
    screen.results().print(table)


@click.command()
@click.argument("source", required=False)
def languages(source: str | None) -> None:
    """What can be dubbed into what.

    By the engines that the profile chooses. SOURCE: only from this language.
    """
    from pipeline import languages as names
    from pipeline.engines import registry
    from serve import profile as profiles

    chosen = profiles.load(screen.load_settings())
    translator, synthesizer = chosen.translator.engine, chosen.synthesizer.engine
    pairs = registry.translated(translator) or frozenset()
    sources = [names.required(source)] if source else sorted({start for start, _ in pairs})
    understood = registry.spoken("transcriber", chosen.transcriber.engine)
    for start in sources:
        can = registry.targets(start, translator=translator, synthesizer=synthesizer)
        by_ear = understood is None or names.base(start) in understood
        note = (
            ""
            if by_ear
            else f"  (only with {names.english_name(start)} subtitles: {chosen.transcriber.engine} does not understand it)"
        )
        called = ", ".join(f"{names.english_name(tag)} ({tag})" for tag in can) or "nothing"
        click.echo(f"{names.english_name(start)} ({start}) → {called}{note}")


@click.command()
@click.option("-f", "--follow", is_flag=True, help="Go on with new lines, until Ctrl-C.")
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the last lines.")
def logs(follow: bool, lines: int) -> None:
    """The service's log."""
    from serve import logtail

    path = screen.load_settings().processing_log
    if not path.exists():
        raise click.ClickException(f"there is no log yet at {path}; ./dubarr serve writes it")
    follower = logtail.Follower(path)
    follower.begin()  # before the last lines are read: a line that comes in between is shown twice rather than never
    for line in logtail.tail(path, lines):
        click.echo(line)
    while follow:
        for line in follower.new_lines():
            click.echo(line)
        time.sleep(logtail.LOOK)


@click.command()
def doctor() -> None:
    """Look whether this machine has all it needs."""
    settings = screen.load_settings()
    found = service.running(settings)
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    port_free = service.is_free(settings.host, settings.port)
    checks = [
        (f"Python {sys.version.partition(' ')[0]}", sys.version_info >= (3, 11), "install Python 3.11 or newer"),
        *((name, shutil.which(name) is not None, f"apt-get install {name}") for name in PROGRAMS),
        (f"{free >> 30} GiB free in {settings.data_dir}", free > LEAST_FREE, "make room, or set DATA_DIR to another disk"),
        (f"port {settings.port}", port_free or found is not None, "another program has it; set PORT"),
    ]
    for name, good, advice in checks:
        click.echo(f"{'ok  ' if good else 'FAIL'}  {name}" + ("" if good else f": {advice}"))
    click.echo(f"--    the service {f'runs at {found.url}' if found else 'does not run; ./dubarr serve starts it'}")
    if not all(good for _, good, _ in checks):
        sys.exit(1)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return folder if folder.exists() else _existing(folder.parent)
