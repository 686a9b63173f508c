"""Prepares a start: checks the team lead's addresses, and loads rota and lines of the settings into a new database."""

from pathlib import Path

import click

from callcenter.errors import CallcenterError
from callcenter.lines.register import add_when_none
from callcenter.notify import addresses
from callcenter.office import Office
from callcenter.rota import versions
from callcenter.rota.versions import RotaRefused


def prepare(office: Office) -> None:
    """Load CALLCENTER_LINES if the database has no lines, and CALLCENTER_ROTA if it has no rota.

    Raises SettingsError when an address of CALLCENTER_NOTIFY_URLS or CALLCENTER_MAIL_URL is not understood, and
    CallcenterError when the folder does not exist or its rota is refused.
    """
    addresses.check(office.settings.notify_urls)
    addresses.check_mail(office.settings.mail_url)
    now = office.clock.now()
    with office.sessions.begin() as session:
        add_when_none(session, office.settings.lines, now)
        if office.settings.rota is None or versions.active(session) is not None:
            return
        folder = Path(office.settings.rota)
        if not folder.is_dir():
            raise CallcenterError(f"CALLCENTER_ROTA: there is no folder {folder}")
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        try:
            versions.load(session, files, "CALLCENTER_ROTA", now)
            versions.note_load_attempt(session, now, failed=False)
        except RotaRefused as refused:
            for fault in refused.faults:
                click.echo(fault.report(office.settings.locale), err=True)
            raise
