"""Test of a connection with an address and a key that a client gives, or with the stored ones."""

from dataclasses import dataclass

from pipeline.errors import NotPossible
from pipeline.settings import Settings
from serve.configuration.setting_changes import describe_url_problem, read_origin
from serve.connections.applications import Application, check_connection


@dataclass(frozen=True, slots=True)
class ConnectionResult:
    """Result of a connection test. `message`: a sentence, with the way out where it failed."""

    works: bool
    message: str


def run_connection_test(application: Application, url: str | None, key: str | None, settings: Settings) -> ConnectionResult:
    """Test a connection. The stored key is sent only to the stored host."""
    stored_url, stored_key = application.find_address(settings)
    address = url or stored_url
    if not address:
        return ConnectionResult(False, f"{application.title()} has no address yet; give one such as http://host:8989")
    if problem := describe_url_problem(address):
        return ConnectionResult(False, problem)
    if not key and stored_key and read_origin(address) != read_origin(stored_url):
        return ConnectionResult(False, "give the key as well: the stored one is not sent to another host")
    try:
        return ConnectionResult(True, check_connection(application, address, key or stored_key))
    except NotPossible as error:
        return ConnectionResult(False, f"{application.title()}: {error}")
