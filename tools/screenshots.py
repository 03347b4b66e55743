"""`./dubarr screenshots`: a picture of every page of the dashboard, of real films, in the colours and widths people use."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from cli import console
from cli.progress import follow_tasks
from cli.service.temporary_service import start_temporary_service
from pipeline.errors import NotPossible

FOLDER = Path(__file__).parents[1] / "docs" / "images"
DESK, PHONE = (1360, 940), (390, 844)
TARGETS = ("es", "ca")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: the page at an address, in a scheme, `size` in pixels (width, height), scrolled to an element."""

    name: str
    address: str
    scheme: str = "light"
    size: tuple[int, int] = DESK
    to: str = ""


def list_shots(done: int) -> tuple[Shot, ...]:
    """All pictures. `done`: the id of a finished task."""
    film = f"/?task={done}"
    return (  # the films first: one of them is at work
        Shot("films", "/"),
        Shot("films-dark", "/", "dark"),
        Shot("films-phone", "/", size=PHONE),
        Shot("script", film, to="#script-title"),
        Shot("voices", f"{film}&part=voices"),
        Shot("review", f"{film}&part=review"),
        Shot("film", film),  # its waveforms were measured while the others were taken
        Shot("library", "/?page=library"),
        Shot("report", f"{film}&part=report"),
        Shot("work", f"{film}&part=work"),
        Shot("settings", "/?page=settings"),
        Shot("system", "/?page=system"),
        Shot("library-dark", "/?page=library", "dark"),
        Shot("library-phone", "/?page=library", size=PHONE),
        Shot("film-dark", film, "dark"),
        Shot("timeline-dark", film, "dark", to="#timeline-title"),
        Shot("system-dark", "/?page=system", "dark"),
        Shot("film-phone", film, "dark", PHONE),
        Shot("script-phone", film, size=PHONE, to="#script-title"),
        Shot("system-phone", "/?page=system", "dark", PHONE),
    )


@click.command()
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=FOLDER,
    help="Where the pictures go.  [default: docs/images]",
)
def screenshots(folder: Path) -> None:
    """Take a picture of every page of the dashboard.

    Starts a service of its own in a temporary folder, gives it a film to dub, one that fails and one that waits, and
    looks at them with Chromium.
    """
    from evaluation.sample.film import make_sample_film, make_silent_film

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dubarr-screenshots-") as temporary:
        home = Path(temporary)
        with console.show_spinner("making the films"):
            film = make_sample_film(home / "made", subtitles=True)
            voyage = Path(shutil.copy(film, home / "made" / "The Long Voyage Home.mkv"))
            harbour = Path(shutil.copy(make_sample_film(home / "made", subtitles=False), home / "Harbour at Night.mkv"))
            silent = make_silent_film(home / "Silent Reel.mkv")
        with start_temporary_service(home, LIBRARY_ROOTS=f"{home}/made") as own:
            client = own.client
            done = client.submit_path(voyage, target_langs=TARGETS)["id"]
            follow_tasks(client, {done: "the film"})
            client.scan_library()
            failed = client.upload(silent, TARGETS, source_lang="en")["id"]
            follow_tasks(client, {failed: "a film without a word"})
            client.upload(harbour, ("es",))
            for path in take_screenshots(own.url, own.credentials, list_shots(done), folder):
                console.write_result(path)


def take_screenshots(url: str, credentials: tuple[str, str], wanted: Sequence[Shot], folder: Path) -> Iterator[Path]:
    """Take pictures; yields each file as it is there. NotPossible without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise NotPossible("pictures need Playwright; ./dubarr test installs it, or: pip install 'dubarr[dev]'") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise NotPossible("pictures need Chromium; install it (Debian: apt install chromium), then try again")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"])
        for shot in wanted:
            context = browser.new_context(
                color_scheme=shot.scheme,  # type: ignore[arg-type]  # one of two words
                viewport={"width": shot.size[0], "height": shot.size[1]},
                reduced_motion="reduce",
            )
            page = context.new_page()
            _log_in(page, url, credentials)
            page.goto(url + shot.address)
            _settle(page)
            if shot.to:
                page.locator(shot.to).evaluate("element => element.scrollIntoView({ block: 'start' })")
                page.wait_for_timeout(300)
            path = folder / f"{shot.name}.png"
            page.screenshot(path=str(path), animations="disabled")
            context.close()
            yield path
        browser.close()


def _log_in(page: Any, url: str, credentials: tuple[str, str]) -> None:
    page.goto(f"{url}/login?next=/favicon.ico")
    page.get_by_label("User").fill(credentials[0])
    page.get_by_label("Password").fill(credentials[1])
    page.get_by_role("button", name="Log in").click()


def _wait_until(page: Any, script: str) -> None:
    """Wait until a script's value is true. Playwright's own `wait_for_function` evaluates in the page, which its policy forbids."""
    for _ in range(600):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise NotPossible(f"the page is not drawn after a minute: {script}")


def _settle(page: Any) -> None:
    """Wait until everything is drawn: the page lives, its figures are there, the film shows a picture."""
    page.wait_for_selector("html[data-live]")
    page.wait_for_selector("#page:not([data-key=asking])")
    _wait_until(page, "[...document.querySelectorAll('[data-figure]')].every(each => each.children.length)")
    if page.locator("#player").count():
        page.locator("#player .play:enabled").click()
        _wait_until(page, "document.querySelector('#player video').currentTime > 1")
        page.locator("#player .play").click()
    page.wait_for_timeout(700)
