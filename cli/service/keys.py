"""`./dubarr keys`: API keys of programs: make, list, revoke. Over the service's API where it runs, else over its store."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import click

from cli import console
from cli.service import process
from pipeline.errors import NotPossible
from pipeline.settings import Settings
from pipeline.store.store import Store
from pipeline.values.access.api_key import ApiKey, KeyScope, digest_secret, make_secret
from serve.client.client import Client
from serve.runtime import state_file
from serve.runtime.private_folders import restrict_umask

R = TypeVar("R")


@click.group()
def keys() -> None:
    """Make, list and revoke API keys, for programs that talk to the service.

    A key is sent as the header `X-Api-Key`, as `Authorization: Bearer`, or, to /webhook alone, as `?apikey=`. Scopes: webhook
    (/webhook alone), read, write (read, changes of tasks, and the webhook), metrics (/metrics alone), admin (everything).
    """
    restrict_umask()


@keys.command()
@click.argument("name", metavar="NAME")
@click.option("--scope", type=click.Choice([each.value for each in KeyScope]), required=True, help="Requests it is good for.")
def add(name: str, scope: str) -> None:
    """Make a key, and print it. It is shown this once: the service keeps a digest alone."""
    secret = make_secret()
    made: str = _ask(
        lambda client: str(client.add_key(name, scope)["key"]),
        lambda store: (store.keys.add_key(name, KeyScope(scope), digest_secret(secret)), secret)[1],
    )
    console.say(f"the key {name}, scope {scope}; it is not shown again:")
    console.create_stdout_console().print(made, soft_wrap=True)


@keys.command(name="list")
def list_keys() -> None:
    """List the keys with their scopes and times of last use, without the keys themselves."""
    from rich.table import Table

    rows = _ask(
        lambda client: [
            (each["name"], each["scope"], each["created_at"], each["last_used_at"] or "never") for each in client.list_keys()
        ],
        lambda store: [_to_row(each) for each in store.keys.list_keys()],
    )
    table = Table("name", "scope", "created", "last used", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console.create_stdout_console().print(table)


@keys.command()
@click.argument("name", metavar="NAME")
def revoke(name: str) -> None:
    """Revoke a key: the next request with it is refused."""
    _ask(lambda client: client.revoke_key(name), lambda store: store.keys.revoke_key(name))
    console.say(f"the key {name} is revoked")


def _ask(by_service: Callable[[Client], R], by_store: Callable[[Store], R]) -> R:
    """Ask the service where it runs, else the store in its data folder."""
    settings = console.load_settings()
    if found := state_file.find_service(settings):
        with process.open_client(settings, found) as client:
            return by_service(client)
    return _ask_store(settings, by_store)


def _ask_store(settings: Settings, question: Callable[[Store], R]) -> R:
    if not settings.database.exists():
        raise NotPossible(f"there is no store at {settings.database} yet; start the service first: ./dubarr serve")
    store = Store(settings.database)
    try:
        return question(store)
    finally:
        store.close()


def _to_row(key: ApiKey) -> tuple[str, str, str, str]:
    return key.name, key.scope.value, _format_time(key.created_at), _format_time(key.last_used_at)


def _format_time(at: datetime | None) -> str:
    """A time as the API writes it."""
    return "never" if at is None else f"{at.isoformat(timespec='milliseconds')}Z"
