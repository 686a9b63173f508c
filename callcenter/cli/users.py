"""The commands for logins of the pages and tokens of the API."""

import sys

import click

from callcenter.cli.login_proofs import emergency, office_account, second_factor

_ROLES = click.Choice(["consultant", "lead", "admin"])
# Who did it, in the audit log.
_BY = "command line"


@click.group()
def users() -> None:
    """Logins for the pages."""


@users.command("add")
@click.argument("email")
@click.option("--role", type=_ROLES, required=True, help="What the person may see and do.")
@click.option("--consultant", metavar="CODE", help="The person's code in the rota; a consultant needs one.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def add(email: str, role: str, consultant: str | None, password_stdin: bool) -> None:
    """Make a login. Without --password-stdin a password is made and printed, once."""
    from callcenter.access.audit import note
    from callcenter.access.passwords import make_password
    from callcenter.access.users import add_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    given = _typed() if password_stdin else None
    password = given if given is not None else make_password()
    with open_sessions().begin() as session:
        now = SystemClock().now()
        user = add_user(session, now, email, role, password, consultant)
        note(session, now, _BY, "user_added", f"user:{user.id}", role=role)
    click.echo(f"{user.email} can log in as {role}")
    if given is None:
        click.echo(f"password (shown once): {password}")


@users.command("list")
def list_users() -> None:
    """Every login with its role, code and state."""
    from callcenter.access.users import all_users
    from callcenter.cli.context import open_sessions
    from callcenter.storage.engine import reading

    with reading(open_sessions()) as session:
        for user in all_users(session):
            state = "disabled" if user.disabled_at else "active"
            click.echo(f"{user.email}  {user.role}  {user.consultant or '-'}  {state}")


@users.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Take a login away; its open pages, API tokens and calendar address end at once."""
    from callcenter.access.audit import note
    from callcenter.access.taking_away import take_away
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        now = SystemClock().now()
        taken = take_away(session, now, email)
        note(session, now, _BY, "user_disabled", f"user:{taken.user.id}", tokens=taken.revoked)
    click.echo(f"{taken.user.email} can no longer log in")
    if taken.left:
        click.echo(f"tokens that this login made for programs go on working: {', '.join(taken.left)}")


@users.command("unlock")
@click.argument("email")
def unlock(email: str) -> None:
    """Let EMAIL try again at once after too many wrong passwords."""
    from callcenter.access.audit import note
    from callcenter.access.users import unlock_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        user = unlock_user(session, email)
        note(session, SystemClock().now(), _BY, "user_unlocked", f"user:{user.id}")
    click.echo(f"{user.email} can try again" + (", but the login is disabled" if user.disabled_at else ""))


@users.command("password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making one.")
def password(email: str, password_stdin: bool) -> None:
    """Set a new password, unlock the login and end its sessions. Without --password-stdin it is made and printed."""
    from callcenter.access.audit import note
    from callcenter.access.passwords import make_password
    from callcenter.access.users import set_password
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    given = _typed() if password_stdin else None
    new = given if given is not None else make_password()
    with open_sessions().begin() as session:
        user = set_password(session, email, new)
        note(session, SystemClock().now(), _BY, "password_set", f"user:{user.id}")
    click.echo(f"{user.email} has a new password" + (", but the login is disabled" if user.disabled_at else ""))
    if given is None:
        click.echo(f"password (shown once): {new}")


def _typed() -> str:
    return sys.stdin.readline().rstrip("\r\n")


for command in (second_factor, office_account, emergency):
    users.add_command(command)


@click.group()
def tokens() -> None:
    """Bearer tokens for the API."""


@tokens.command("create")
@click.option("--role", type=_ROLES, required=True, help="What the token may see and do.")
@click.option("--consultant", metavar="CODE", help="Whose own callbacks and presence it is for.")
@click.option("--name", metavar="NAME", help="What it is used for, to recognise it in the list.")
@click.option("--owner", metavar="EMAIL", help="Whose token it is: it ends with that login. Otherwise a program's.")
@click.option(
    "--days", metavar="N", type=int, default=365, show_default=True, help="How long it is valid; 0: for ever."
)
def create(role: str, consultant: str | None, name: str | None, owner: str | None, days: int) -> None:
    """Make a token and print it, once."""
    from callcenter.access.audit import note
    from callcenter.access.tokens import create_token
    from callcenter.access.users import find_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        now = SystemClock().now()
        owner_id = find_user(session, owner).id if owner is not None else None
        secret = create_token(session, now, role, consultant, name, days=days, owner_id=owner_id)
        note(session, now, _BY, "token_created", "tokens", role=role, days=days)
    # The contract: the token is the last word on standard output.
    click.echo(f"token (shown once): {secret}")


@tokens.command("list")
def list_tokens() -> None:
    """Every token by number, without its secret: name, role, code, state, end, last use and owner."""
    from callcenter.access.tokens import all_tokens, owners
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock
    from callcenter.storage.engine import reading

    now = SystemClock().now()
    with reading(open_sessions()) as session:
        people = owners(session)
        for token in all_tokens(session):
            owner = people[token.owner_id].email if token.owner_id in people else "-"
            expired = token.expires_at is not None and token.expires_at <= now
            state = "revoked" if token.revoked_at else "expired" if expired else "active"
            until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "for ever"
            used = f"used {token.used_at:%Y-%m-%d}" if token.used_at else "not used yet"
            words = (token.id, token.name, token.role, token.consultant or "-", state, until, used, owner)
            click.echo("  ".join(map(str, words)))


@tokens.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**31 - 1), metavar="NUMBER")
def revoke(number: int) -> None:
    """Take the token with this number in the list back."""
    from callcenter.access.audit import note
    from callcenter.access.tokens import revoke_token
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        now = SystemClock().now()
        token = revoke_token(session, now, number)
        note(session, now, _BY, "token_revoked", f"token:{token.id}")
    click.echo(f"token {token.id} ({token.name}) no longer works")
