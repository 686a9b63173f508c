"""The command line. A command's module is imported only when the command is used."""

import os
import sys
from collections.abc import Mapping
from importlib import import_module

import click

# Files that a command makes are for its own user: databases and exports hold telephone numbers.
UMASK = 0o077
# Command: its module, and its name there.
_COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("callcenter.cli.demo", "demo"),
    "setup": ("callcenter.cli.setup", "setup"),
    "serve": ("callcenter.cli.serve", "serve"),
    "scheduler": ("callcenter.cli.serve", "scheduler"),
    "db": ("callcenter.cli.db", "db"),
    "backup": ("callcenter.cli.backup", "backup"),
    "restore": ("callcenter.cli.backup", "restore"),
    "doctor": ("callcenter.cli.doctor", "doctor"),
    "rota": ("callcenter.cli.rota", "rota"),
    "schools": ("callcenter.cli.schools", "schools"),
    "contacts": ("callcenter.cli.schools", "contacts"),
    "users": ("callcenter.cli.users", "users"),
    "tokens": ("callcenter.cli.users", "tokens"),
    "lines": ("callcenter.cli.lines", "lines"),
    "blocked": ("callcenter.cli.lines", "blocked"),
    "twilio": ("callcenter.cli.twilio", "twilio"),
    "notify": ("callcenter.cli.notify", "notify"),
    "push": ("callcenter.cli.push", "push"),
    "report": ("callcenter.cli.report", "report"),
    "simulate": ("callcenter.cli.simulate", "simulate"),
    "privacy": ("callcenter.cli.privacy", "privacy"),
}
# A copy of the commands' help, so that `--help` imports no command. A test compares them.
_HELP: Mapping[str, str] = {
    "demo": "Run everything here, without any account: lived days first, then live calls.",
    "setup": "Ask what is needed to begin, check each answer at once, and write it to .env.",
    "serve": "Run the production server, with the scheduler.",
    "scheduler": "Run only the scheduler and outbox.",
    "db": "The database.",
    "backup": "Write a backup of the database to FILE, while the service runs.",
    "restore": "Put the backup in FILE in the place of the database, while the service is stopped.",
    "doctor": "Say what is wrong with this installation, and how to mend it.",
    "rota": "The rota: check, load and ask it.",
    "schools": "The directory of schools.",
    "contacts": "The directory of other callers: partners, parents, youth care, police.",
    "users": "Logins for the pages.",
    "tokens": "Bearer tokens for the API.",
    "lines": "The public numbers.",
    "blocked": "Numbers that are not put through.",
    "twilio": "The connection with Twilio.",
    "notify": "The messages to the team lead.",
    "push": "Push messages to the browsers of consultants.",
    "report": "Write the report of a month as PDF.",
    "simulate": "Ring a running installation with simulated callers and telephones, in real time.",
    "privacy": "Retention, erasure and access under the AVG (GDPR).",
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        where = _COMMANDS.get(cmd_name)
        if where is None:
            return None
        command = getattr(import_module(where[0]), where[1])
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _HELP[name]) for name in _COMMANDS])


@click.command(cls=LazyGroup)
@click.version_option(package_name="callcenter")
def cli() -> None:
    """No call to a public office goes unanswered and forgotten."""


def main() -> None:
    """The console script. Known errors are printed as one line on standard error, with exit status 1."""
    from callcenter.errors import CallcenterError
    from callcenter.logs import tame_last_resort

    os.umask(UMASK)
    tame_last_resort()
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("stopped", err=True)
        sys.exit(1)
    except CallcenterError as error:
        click.echo(f"callcenter: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        sys.exit(_known_trouble(error))


def _known_trouble(error: Exception) -> int:
    """Print an error of the environment as one line and return the exit status. Raises any other error again."""
    from sqlalchemy.exc import OperationalError

    from callcenter.storage.engine import is_damaged

    if isinstance(error, OperationalError):
        cause = " ".join(str(error.orig).split())
        click.echo(f"callcenter: the database does not answer: {cause}", err=True)
        return 1
    if is_damaged(error):
        click.echo("callcenter: the file of the database is damaged, or is no database: restore a backup", err=True)
        return 1
    if isinstance(error, OSError):
        click.echo(f"callcenter: {error}", err=True)
        return 1
    raise error
