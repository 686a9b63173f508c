"""The commands for what proves who somebody is: second factor, office account, emergency code."""

import click

_BY = "command line"


@click.command("second-factor")
@click.argument("email")
@click.option("--remove", is_flag=True, help="Take it away, for somebody who lost telephone and recovery codes.")
def second_factor(email: str, remove: bool) -> None:
    """Say whether a login has a second factor, or take it away."""
    from callcenter.access.audit import note
    from callcenter.access.second_factor import stored
    from callcenter.access.users import find_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    with open_sessions().begin() as session:
        user = find_user(session, email)
        state = stored.state_of(session, user.id)
        if remove and stored.remove(session, user.id):
            note(session, SystemClock().now(), _BY, "second_factor_off", f"user:{user.id}")
        address = user.email
    if remove:
        click.echo(f"{address} logs in without a second factor, until a new one is set up")
    elif state.on_since is not None:
        click.echo(f"{address} has a second factor and {state.codes_left} recovery codes")
    else:
        click.echo(f"{address} has no second factor")


@click.command("office-account")
@click.argument("email")
@click.option(
    "--account", metavar="ID", help="The account's id at the provider; of Entra ID the object id of the user."
)
@click.option("--remove", is_flag=True, help="Untie the login from its office account.")
def office_account(email: str, account: str | None, remove: bool) -> None:
    """Tie a login to an office account by hand, or untie it."""
    from callcenter.access.audit import note
    from callcenter.access.office_account.accounts import tie, untie
    from callcenter.cli.context import open_office
    from callcenter.clock import SystemClock

    if (account is None) == (not remove):
        raise click.UsageError("give either --account ID or --remove")
    office = open_office()
    accounts = office.settings.office_accounts
    if accounts is None:
        raise click.ClickException("CALLCENTER_OIDC_ISSUER is not set: there are no office accounts")
    now = SystemClock().now()
    with office.sessions.begin() as session:
        if account is not None:
            user = tie(session, now, accounts.issuer, email, account)
            note(session, now, _BY, "office_account_tied", f"user:{user.id}", account=account)
        else:
            user = untie(session, email)
            note(session, now, _BY, "office_account_untied", f"user:{user.id}")
        address = user.email
    click.echo(f"{address} {'logs in with this office account' if account is not None else 'has no office account'}")


@click.command("emergency")
@click.argument("email")
def emergency(email: str) -> None:
    """Print a code that lets this administrator in once, within 15 minutes, without password and second factor."""
    from callcenter.access.audit import note
    from callcenter.access.second_factor.emergency import make_emergency_code
    from callcenter.access.users import find_user
    from callcenter.cli.context import open_sessions
    from callcenter.clock import SystemClock

    now = SystemClock().now()
    with open_sessions().begin() as session:
        code = make_emergency_code(session, now, email)
        note(session, now, _BY, "emergency_code_made", f"user:{find_user(session, email).id}")
    click.echo("open /inloggen/nood on the address of callcenter, within 15 minutes")
    click.echo(f"code (shown once): {code}")
