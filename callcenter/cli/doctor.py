"""The command that examines the installation."""

import json
import sys

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For a program: the worst level, and each finding.")
@click.option("--send", is_flag=True, help="Send one test message to each address of CALLCENTER_NOTIFY_URLS.")
@click.option("--strict", is_flag=True, help="Exit with status 1 also when there are only warnings.")
def doctor(as_json: bool, send: bool, strict: bool) -> None:
    """Say what is wrong with this installation, and how to mend it.

    Each line says ok, WARNING or FAULT. The exit status is 1 with a fault, else 0. It works while the database, Twilio
    or the settings do not, changes nothing and prints no secret.
    """
    from callcenter.clock import SystemClock
    from callcenter.doctor import findings
    from callcenter.doctor.checkup import check_up
    from schedules.jobs import FRESH_WITHIN_S

    found = check_up(SystemClock(), FRESH_WITHIN_S, send=send)
    if as_json:
        click.echo(json.dumps(findings.as_json(found), indent=1))
    else:
        for finding in found:
            click.echo(findings.as_line(finding))
    sys.exit(findings.exit_status(found, strict=strict))
