"""Puts together the checks that can be made: those without settings or database too, when one of these is broken."""

from collections.abc import Mapping

from callcenter.app import make_office
from callcenter.clock import Clock
from callcenter.doctor import of_database, of_host, of_settings
from callcenter.doctor.findings import Finding, Level, fault
from callcenter.doctor.running import WITHIN_S, Check, run
from callcenter.errors import SettingsError
from callcenter.settings import Settings, load_database_settings, load_settings
from callcenter.storage.engine import make_engine
from callcenter.storage.tables import metadata

_SET_IT = "deploy/callcenter.env.example explains each setting"


def check_up(
    clock: Clock, fresh_within_s: Mapping[str, float], *, send: bool = False, within_s: float = WITHIN_S
) -> list[Finding]:
    """Everything that can be found about this installation.

    fresh_within_s: the greatest age in seconds of each job's last good run; send: send a test message to each of the
    lead's channels; within_s: seconds that each half of the checks may take.
    """
    metadata()
    settings, broken = _settings()
    try:
        url = settings.database_url if settings else load_database_settings().database_url
    except SettingsError as error:
        # Named already, unless another setting is broken too.
        named = [fault("settings", str(error), _SET_IT)]
        return [*(broken if broken == named else [*broken, *named]), *run([Check("disk", lambda: of_host.disk(None))])]
    engine = make_engine(url)
    checks = [Check("disk", lambda: of_host.disk(engine))]
    if settings is not None:
        office = make_office(settings, clock, engine)
        checks += [
            Check("settings", lambda: of_settings.values(settings)),
            Check("certificate", lambda: of_settings.certificate(settings, clock.now()), "see the proxy"),
            Check("clock", lambda: of_host.clock(settings, clock), "`timedatectl`"),
            Check("notify", lambda: of_settings.notify(settings, send=send), "`callcenter notify test`"),
        ]
        if settings.prometheus_url is not None:
            address = settings.prometheus_url
            checks.append(Check("prometheus", lambda: of_host.prometheus(address), "CALLCENTER_PROMETHEUS_URL"))
    is_there = run([Check("database", lambda: of_database.usable(engine, clock), "CALLCENTER_DATABASE_URL")], within_s)
    if all(finding.level is not Level.FAULT for finding in is_there):
        contents = of_database.contents(engine, clock, fresh_within_s)
        checks += [Check(name, find) for name, find in contents.items()]
    if settings is not None and of_database.exists(engine):
        checks.append(Check("twilio", lambda: of_host.twilio(office), "`callcenter twilio check`"))
    return [*broken, *is_there, *run(checks, within_s)]


def _settings() -> tuple[Settings | None, list[Finding]]:
    try:
        return load_settings(), []
    except SettingsError as error:
        return None, [fault("settings", str(error), _SET_IT)]
