"""The command that asks what a new installation needs, checks each answer, and prepares settings and database."""

import os
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

if TYPE_CHECKING:
    from callcenter.settings import Settings

Answer = TypeVar("Answer")

_DONE = """
The settings are in {file}, which only you can read. Next:
  callcenter rota new rota/     a small rota to start from: put your own people in
  callcenter rota load rota/
  callcenter serve              behind a proxy with a certificate for {url}: deploy/ has examples
  callcenter twilio connect     then `callcenter twilio check`, and call the line
{url} shows what is still to be done, until everything stands."""


@click.command()
@click.option("--file", "path", type=click.Path(path_type=Path), default=".env", show_default=True, metavar="FILE")
@click.option(
    "--public-url", metavar="URL", envvar="CALLCENTER_PUBLIC_URL", help="The https address that Twilio calls."
)
@click.option("--account-sid", metavar="SID", envvar="TWILIO_ACCOUNT_SID", help="The Twilio account: AC…")
@click.option("--token-file", type=click.File(), metavar="FILE", help="The account's auth token; -: standard input.")
@click.option("--number", metavar="NUMBER", help="The line's number.")
@click.option("--name", metavar="NAME", help="What the line is called on pages.")
@click.option(
    "--database", metavar="URL", envvar="CALLCENTER_DATABASE_URL", help="Its address; SQLite is enough for one host."
)
@click.option("--admin", metavar="EMAIL", help="The first administrator.")
@click.option("--no-input", is_flag=True, help="Ask nothing: every answer is an option.")
def setup(
    path: Path,
    public_url: str | None,
    account_sid: str | None,
    token_file: TextIO | None,
    number: str | None,
    name: str | None,
    database: str | None,
    admin: str | None,
    no_input: bool,
) -> None:
    """Ask what is needed to begin, check each answer at once, and write it to .env.

    Makes the database with the line and the first administrator, whose password is printed, once. Nothing is
    overwritten. What is given by an option, or by a setting in the environment, is not asked; a secret has no option
    of its own, because others see the words of a command: it comes from a file or from TWILIO_AUTH_TOKEN.
    """
    from callcenter.doctor import answers
    from callcenter.doctor.env_file import is_there, write_env
    from callcenter.errors import CallcenterError

    if path.exists() or path.is_symlink():
        raise CallcenterError(is_there(path))
    asker = _Asker(no_input)
    url = asker.ask("Public address (https://…)", "--public-url", public_url, answers.public_url)
    _remark(answers.unknown_host(url))
    token = token_file.read() if token_file is not None else os.environ.get("TWILIO_AUTH_TOKEN")
    settings = _account(asker, url, account_sid, token)

    def of_account(given: str) -> str:
        e164 = answers.number(given)
        _remark(answers.twilio_number(settings, e164))
        return e164

    line = asker.ask("The line's number", "--number", number, of_account)
    label = asker.ask("What the line is called", "--name", name, answers.line_name, default="RBL")
    place = asker.ask("Database", "--database", database, answers.database, default="sqlite:///callcenter.db")
    email = asker.ask("E-mail address of the first administrator", "--admin", admin, answers.email)
    write_env(
        path,
        {
            "CALLCENTER_PUBLIC_URL": url,
            "CALLCENTER_SECRET_KEY": settings.secret_key.get_secret_value(),
            "CALLCENTER_DATABASE_URL": place,
            "TWILIO_ACCOUNT_SID": settings.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
        },
    )
    try:
        _fill(place, line, label, email)
    except Exception:
        # The command is then run again, and would refuse an existing file.
        path.unlink()
        raise
    click.echo(_DONE.format(file=path, url=url))


class _Asker:
    """Asks until an answer can be used. An answer of an option is checked too, and refused at once."""

    def __init__(self, silent: bool) -> None:
        self._silent = silent

    def ask(
        self,
        question: str,
        option: str,
        given: str | None,
        check: Callable[[str], str],
        *,
        hidden: bool = False,
        default: str | None = None,
    ) -> str:
        """The checked answer. Raises UsageError without one when nothing may be asked, and CallcenterError."""
        if given is None and self._silent and default is None:
            raise click.UsageError(f"with --no-input, give {option}")
        fixed = given if given is not None else default if self._silent else None
        while True:
            answer = fixed if fixed is not None else click.prompt(question, default=default, hide_input=hidden)
            checked = self.checked(option, partial(check, answer), again=fixed is None)
            if checked is not None:
                return checked

    def checked(self, option: str, check: Callable[[], Answer], *, again: bool) -> Answer | None:
        """What a check returns; None when the answer is refused, which is printed. again: whether it can be asked
        again. Raises CallcenterError when it cannot."""
        from callcenter.doctor.answers import Refused
        from callcenter.errors import CallcenterError

        try:
            return check()
        except Refused as refused:
            if not again:
                raise CallcenterError(f"{option}: {refused}") from None
            click.echo(f"  ✕ {refused}", err=True)
            return None


def _account(asker: _Asker, url: str, sid: str | None, token: str | None) -> "Settings":
    """Settings with a Twilio account and its token, which are asked for together until Twilio takes them."""
    from callcenter.doctor import answers

    while True:
        account = asker.ask("Twilio account SID", "--account-sid", sid, answers.account_sid)
        secret = asker.ask("Twilio auth token (not shown)", "--token-file", token, answers.auth_token, hidden=True)
        check = partial(_taken, _settings(url, account, secret))
        taken = asker.checked("--account-sid", check, again=sid is None or token is None)
        if taken is not None:
            return taken


def _taken(settings: "Settings") -> "Settings":
    from callcenter.doctor import answers

    _remark(answers.twilio_account(settings))
    return settings


def _remark(text: str | None) -> None:
    if text is not None:
        click.echo(f"  ! {text}", err=True)


def _settings(url: str, sid: str, token: str) -> "Settings":
    from callcenter.settings import Settings

    return Settings(
        CALLCENTER_PUBLIC_URL=url,
        CALLCENTER_SECRET_KEY=secrets.token_urlsafe(32),
        TWILIO_ACCOUNT_SID=sid,
        TWILIO_AUTH_TOKEN=token,
        _env_file=None,
    )


def _fill(database: str, number: str, name: str, email: str) -> None:
    """Make the tables, the line, and the administrator's login, unless there is one."""
    from callcenter.access.audit import note
    from callcenter.access.passwords import make_password
    from callcenter.access.users import add_user, all_users
    from callcenter.clock import SystemClock
    from callcenter.lines.register import add
    from callcenter.storage import migrate
    from callcenter.storage.engine import make_engine, make_sessions
    from callcenter.storage.tables import metadata

    metadata()
    engine = make_engine(database)
    now, password = SystemClock().now(), make_password()
    try:
        migrate.upgrade(engine)
        with make_sessions(engine).begin() as session:
            add(session, number, name, now)
            is_new = email not in {user.email for user in all_users(session)}
            if is_new:
                user = add_user(session, now, email, "admin", password)
                note(session, now, "command line", "user_added", f"user:{user.id}", role="admin")
    finally:
        engine.dispose()
    if is_new:
        click.echo(f"\n{email} can log in as admin\npassword (shown once): {password}")
    else:
        click.echo(f"\n{email} has a login already: its password stays")
