"""The commands for logins of the pages and tokens of the API."""

import sys

import click

from callcenter.cli.login_proofs import emergency, office_account, second_factor

_ROLES = click.Choice(["consultant", "lead", "admin"])


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
    from callcenter.access.passwords import make_password
    from callcenter.access.users import add_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    password = given if given is not None else make_password()
    with open_sessions().begin() as session:
        user = add_user(session, SystemClock().now(), email, role, password, consultant)
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
    """Take a login away; its open pages stop at once."""
    from callcenter.access.users import disable_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        user = disable_user(session, SystemClock().now(), email)
    click.echo(f"{user.email} can no longer log in")


for command in (second_factor, office_account, emergency):
    users.add_command(command)


@click.group()
def tokens() -> None:
    """Bearer tokens for the API."""


@tokens.command("create")
@click.option("--role", type=_ROLES, required=True, help="What the token may see and do.")
@click.option("--consultant", metavar="CODE", help="Whose own callbacks and presence it is for.")
@click.option("--name", metavar="NAME", help="What it is used for, to recognise it in the list.")
def create(role: str, consultant: str | None, name: str | None) -> None:
    """Make a token and print it, once."""
    from callcenter.access.tokens import create_token
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        secret = create_token(session, SystemClock().now(), role, consultant, name)
    # The contract: the token is the last word on standard output.
    click.echo(f"token (shown once): {secret}")


@tokens.command("list")
def list_tokens() -> None:
    """Every token by number, without its secret."""
    from callcenter.access.tokens import all_tokens
    from callcenter.cli.context import open_sessions
    from callcenter.storage.engine import reading

    with reading(open_sessions()) as session:
        for token in all_tokens(session):
            state = "revoked" if token.revoked_at else "active"
            click.echo(f"{token.id}  {token.name}  {token.role}  {token.consultant or '-'}  {state}")


@tokens.command("revoke")
@click.argument("number", type=int, metavar="NUMBER")
def revoke(number: int) -> None:
    """Take the token with this number in the list back."""
    from callcenter.access.tokens import revoke_token
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        token = revoke_token(session, SystemClock().now(), number)
    click.echo(f"token {token.id} ({token.name}) no longer works")
