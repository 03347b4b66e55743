"""Entry point of `./dubarr`: the table of commands, and their exit codes.

Exit codes: 0 done, 1 could not (one sentence says what, and the way out), 2 wrong usage, 130 interrupted.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

import click

from pipeline.control_characters import escape_control_characters
from pipeline.errors import DubarrError

# Where each command lives. Its module is imported when it is called or listed, and imports its own needs when it runs.
COMMANDS = {
    "demo": "cli.demo",
    "dub": "cli.dub",
    "export": "cli.export",
    "import-script": "cli.export",
    "library": "cli.library.command",
    "coverage": "cli.coverage",
    "report": "cli.report",
    "watermark": "cli.watermark",
    "evaluate": "cli.evaluate.command",
    "serve": "cli.service.serve",
    "stop": "cli.service.serve",
    "redeploy": "cli.service.redeploy",
    "lab": "cli.notebooks.lab",
    "setup": "cli.install.setup",
    "models": "cli.install.models",
    "ray": "cli.cluster.command",
    "status": "cli.tasks.status",
    "retry": "cli.tasks.actions",
    "cancel": "cli.tasks.actions",
    "purge": "cli.tasks.actions",
    "delete": "cli.tasks.actions",
    "keys": "cli.service.keys",
    "backup": "cli.service.backup",
    "restore": "cli.service.backup",
    "logs": "cli.info",
    "languages": "cli.info",
    "engines": "cli.engines",
    "settings": "cli.info",
    "doctor": "cli.doctor.command",
    "screenshots": "tools.screenshots",
    "chaos": "tools.endurance.chaos",
    "bench": "tools.bench",
    "soak": "tools.endurance.soak",
    "hostile": "tools.hostile.attack",
    "docs": "tools.docs",
    "image": "tools.image",
    "check": "tools.check",
    "test": "tools.check",
}
DEVELOPER_TOOLS_PREFIX = "tools."  # the package that is not in the wheel
INTERRUPTED_CODE = 130  # 128 + SIGINT, what shells expect


class Dubarr(click.Group):
    """The group of all commands, in the order in which a newcomer meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name; developers' tools only in a checkout, which has them."""
        return [name for name in COMMANDS if is_available(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None where there is none. UsageError for a developers' tool outside a checkout."""
        if cmd_name not in COMMANDS:
            return None
        if not is_available(cmd_name):
            names = ", ".join(name for name, module in COMMANDS.items() if module.startswith(DEVELOPER_TOOLS_PREFIX))
            raise click.UsageError(
                f"{cmd_name} is one of the developers' tools ({names}), which are not installed with the package; "
                "git clone the repository and run ./dubarr there",
                ctx,
            )
        command = getattr(import_module(COMMANDS[cmd_name]), cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None


def is_available(name: str) -> bool:
    """True where the module of a command is installed here. Only those of `tools` may be missing: the wheel has none."""
    module = COMMANDS[name]
    if not module.startswith(DEVELOPER_TOOLS_PREFIX):
        return True
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@click.command(cls=Dubarr, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="dubarr", message="%(prog)s %(version)s")
def dubarr() -> None:
    """Dubs films into other languages: same picture, same tracks, plus a new audio track per language."""


def main() -> None:
    """Run the command that was asked for, and end the process with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command, and return its exit code. Its errors are told on stderr."""
    try:
        code = dubarr.main(list(arguments), prog_name="dubarr", standalone_mode=False)
    except SystemExit as ended:
        code = ended.code
    except click.exceptions.Abort:
        return INTERRUPTED_CODE
    except click.ClickException as error:
        if not isinstance(error, click.exceptions.NoArgsIsHelpError):  # whose message is the command's help
            error.message = escape_control_characters(error.message)  # type: ignore[misc]  # it may hold a file's name
        error.show()
        return error.exit_code
    except DubarrError as error:
        _show_error(str(error))
        return 1
    except OSError as error:  # a file or folder that the command line names, or its disk
        name = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        _show_error(f"{name}{error.strerror or error}; check the path, its permissions, and the room on its disk")
        return 1
    return code if isinstance(code, int) else 0


def _show_error(text: str) -> None:
    """Write an error to stderr. Its further lines are indented: none looks like another command's."""
    click.echo(escape_control_characters(f"dubarr: {text}", keep="\n").replace("\n", "\n  "), err=True)
