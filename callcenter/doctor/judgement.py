"""Judges the facts of an installation: pure functions from plain values to findings."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from callcenter.doctor.findings import Finding, fault, ok, warning

_MB = 1_000_000
DISK_WARNING, DISK_FAULT = 1_000 * _MB, 200 * _MB
WAL_WARNING = 64 * _MB
# Twilio refuses nothing for a wrong clock, but hosts that differ by more than a minute undo each other's work.
CLOCK_WARNING_S, CLOCK_FAULT_S = 5.0, 60.0
OUTBOX_WARNING_S, OUTBOX_FAULT_S = 60.0, 600.0
CERTIFICATE_WARNING, CERTIFICATE_FAULT = timedelta(days=14), timedelta(days=3)
BACKUP_WARNING = timedelta(days=2)
ROTA_ENDS_WARNING = timedelta(days=21)
OLDEST_POSTGRESQL = 15
# A year and a month, so that a month can be compared with that of a year ago.
RETENTION_WARNING_DAYS = 400
_EXAMPLES = ("change", "secret", "example", "password", "default", "test")


def secret_key(value: str) -> Finding:
    """Whether the key that signs sessions looks made up. Nothing of it is in the finding."""
    mend = "set CALLCENTER_SECRET_KEY to the output of `openssl rand -hex 32`"
    if any(word in value.lower() for word in _EXAMPLES) or len(set(value)) < 8:
        return warning("settings", "CALLCENTER_SECRET_KEY looks like an example or a word", mend)
    return ok("settings", "CALLCENTER_SECRET_KEY is set")


def metrics_token(is_set: bool) -> Finding:
    """Whether `/metrics` is closed behind a proxy on this machine."""
    if is_set:
        return ok("settings", "/metrics asks for a token")
    return warning(
        "settings",
        "/metrics is open to this machine, and so to everybody behind a proxy on it that passes it on",
        "set CALLCENTER_METRICS_TOKEN, or see that the proxy does not pass /metrics on",
    )


def secondary_token(is_set: bool) -> Iterator[Finding]:
    """A rotation of Twilio's token that was not finished."""
    if is_set:
        yield warning(
            "settings",
            "two tokens of Twilio are accepted",
            "after the rotation remove TWILIO_AUTH_TOKEN_SECONDARY (docs/operations.md, Settings)",
        )


def public_address(address: str, *, is_local: bool) -> Finding:
    """Whether Twilio's requests come over TLS."""
    if address.startswith("https://") or is_local:
        return ok("settings", f"the public address is {address}")
    return fault(
        "settings", f"the public address {address} is not https: numbers and keys travel in clear text",
        "put a proxy with TLS in front (deploy/), and set CALLCENTER_PUBLIC_URL",
    )  # fmt: skip


def notify_addresses(understood: Sequence[bool]) -> Iterator[Finding]:
    """Whether the team lead can be told anything. understood: by Apprise, for each address."""
    if not understood:
        yield warning(
            "notify", "nobody is told when a callback is overdue or the rota has a gap", "set CALLCENTER_NOTIFY_URLS"
        )
    for number, is_understood in enumerate(understood, 1):
        if is_understood:
            yield ok("notify", f"address {number} is understood (`callcenter doctor --send` tries it)")
        else:
            yield fault("notify", f"address {number} is not understood", "correct CALLCENTER_NOTIFY_URLS")


def server_version(major: int) -> Iterator[Finding]:
    """PostgreSQL of a version that is not tested."""
    if major < OLDEST_POSTGRESQL:
        yield warning(
            "database",
            f"PostgreSQL {major} is older than what is tested",
            f"upgrade it to {OLDEST_POSTGRESQL} or later",
        )


def newer_schema(stored: str, needed: str) -> Finding:
    """A schema of a newer release: another host was upgraded, this one not yet."""
    text = (
        f"at {stored}, newer than this release needs ({needed}): it works, and does none of what the new one promises"
    )
    return warning("database", text, "finish the upgrade of this host: docs/upgrade.md")


def database_refuses(cause: str, *, is_damaged: bool) -> Finding:
    """A database that is there and cannot be used. cause: the driver's name for it."""
    if is_damaged:
        return fault(
            "database", "the file is damaged, or is no database", "restore a backup: docs/operations.md (To restore)"
        )
    return fault(
        "database", f"refuses what the product does ({cause})", "does its user own the tables? CALLCENTER_DATABASE_URL"
    )


def restore_interrupted(is_so: bool, aside: str) -> Iterator[Finding]:
    """A restore on PostgreSQL that was killed. aside: the schema with the tables from before it."""
    if is_so:
        yield fault(
            "database",
            f"a restore was interrupted before it was complete; the tables from before it are in the schema {aside}",
            f"stop the service; DROP SCHEMA {aside} CASCADE; `callcenter restore FILE --replace` again",
        )


def wal(size: int) -> Iterator[Finding]:
    """A write-ahead log of SQLite that is not folded in. size: in bytes."""
    if size > WAL_WARNING:
        yield warning(
            "database",
            f"{size // _MB} MB wait in the write-ahead log: something has read for long",
            "end long reading programs (a shell, a copy), then restart the service",
        )


def disk(place: str, free: int) -> Finding:
    """Whether there is room. free: bytes on the disk of `place`."""
    text = f"{free // _MB:,} MB free at {place}"
    mend = "make room: old backups, logs; `callcenter privacy purge`"
    if free < DISK_FAULT:
        return fault("disk", text, mend)
    return warning("disk", text, mend) if free < DISK_WARNING else ok("disk", text)


def clock(other: str, ahead_s: float) -> Finding:
    """How far this host's clock is ahead of another one (behind it: negative), in seconds."""
    text = f"this host is {abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} {other}"
    mend = "synchronise the clocks: `timedatectl`, docs/operations.md (When a host's clock is wrong)"
    if abs(ahead_s) > CLOCK_FAULT_S:
        return fault("clock", text, mend)
    return warning("clock", text, mend) if abs(ahead_s) > CLOCK_WARNING_S else ok("clock", f"agrees with {other}")


def job(name: str, last: datetime | None, error: str | None, max_age_s: float, now: datetime) -> Finding | None:
    """Whether a job's last good run is fresh; None when it is. error: the name of its last one since then."""
    mend = "is the service running? `systemctl status callcenter`, and see its log"
    cause = f", last error {error}" if error else ""
    if last is None:
        return fault("jobs", f"{name} has not run yet{cause}", mend)
    age_s = (now - last).total_seconds()
    if age_s < -CLOCK_FAULT_S:
        return fault("jobs", f"{name} last ran {-age_s:.0f} s in the future", "a host's clock is wrong: `timedatectl`")
    if age_s <= max_age_s:
        return None
    return fault("jobs", f"{name} last ran well {_ago(age_s)} ago{cause}", mend)


def jobs(found: Mapping[str, Finding | None]) -> Iterator[Finding]:
    """The findings on the jobs that are not fresh, or one for all."""
    stale = [finding for finding in found.values() if finding is not None]
    if len(stale) == len(found) > 1:
        text = (
            f"none of the {len(found)} jobs ran well lately: the scheduler does not run, or its host's clock is wrong"
        )
        yield fault("jobs", text, stale[0].mend or "")
        return
    yield from stale
    if not stale:
        yield ok("jobs", f"{len(found)} jobs ran well and lately")


def outbox(oldest_s: float, given_up: Mapping[str, int]) -> Iterator[Finding]:
    """Whether orders are carried out. oldest_s: how long the oldest has been due; given_up: of a day, by kind."""
    mend = "`callcenter twilio check`, `callcenter notify test`; see the log"
    if oldest_s > OUTBOX_WARNING_S:
        level = fault if oldest_s > OUTBOX_FAULT_S else warning
        yield level("outbox", f"the oldest order has been due for {_ago(oldest_s)}", mend)
    for kind, number in sorted(given_up.items()):
        yield warning("outbox", f"{number} orders of {kind} were given up within a day", mend)
    if oldest_s <= OUTBOX_WARNING_S and not given_up:
        yield ok("outbox", "no order waits")


def rota(
    gaps: Sequence[tuple[datetime, datetime]], planned_until: datetime | None, load_failed: bool, now: datetime
) -> Iterator[Finding]:
    """The loaded rota. gaps: of the next seven days, in local time; planned_until: when the last duty ends."""
    if gaps:
        first = f"{gaps[0][0]:%a %d %b %H:%M} to {gaps[0][1]:%H:%M}"
        text = f"{len(gaps)} gaps in opening hours within seven days, the first {first}"
        yield warning("rota", text, "plan somebody: `callcenter rota gaps`, and load the rota")
    if planned_until is None:
        yield fault("rota", "nobody is planned in the coming weeks", "load a rota: `callcenter rota load DIR`")
    elif planned_until - now < ROTA_ENDS_WARNING:
        yield warning("rota", f"nobody is planned after {planned_until:%d %b %Y}", "load the next rota in time")
    if load_failed:
        yield warning("rota", "the last rota was refused: the one before it is active", "`callcenter rota check DIR`")
    if not gaps and not load_failed and planned_until is not None and planned_until - now >= ROTA_ENDS_WARNING:
        yield ok("rota", "loaded, without gaps in the next seven days")


def certificate(host: str, expires_at: datetime, now: datetime) -> Finding:
    """How long the public address's certificate is valid."""
    left = expires_at - now
    text = f"the certificate of {host} ends on {expires_at:%d %b %Y}"
    mend = "renew it: see the proxy's log (certbot, Caddy)"
    if left < CERTIFICATE_FAULT:
        return fault("certificate", text, mend)
    return warning("certificate", text, mend) if left < CERTIFICATE_WARNING else ok("certificate", text)


def backup(last: datetime | None, now: datetime) -> Finding:
    """How old the last backup is that the product knows of."""
    mend = "run `callcenter backup FILE` each night (docs/operations.md); one by other means is not known here"
    if last is None:
        return warning("backup", "none was made with `callcenter backup`", mend)
    age = now - last
    text = f"the last one is {_ago(age.total_seconds())} old"
    return warning("backup", text, mend) if age > BACKUP_WARNING else ok("backup", text)


def retention(stated: str) -> Finding:
    """How long Prometheus keeps figures. stated: its option, such as `400d` or `57w1d`; `0s`: the default, 15 days."""
    days_of = {"y": 365.0, "w": 7.0, "d": 1.0, "h": 1 / 24}
    parts = re.findall(r"(\d+)([ywdh])", stated)
    days = sum(int(number) * days_of[unit] for number, unit in parts) or 15
    text = f"keeps figures for {days:.0f} days"
    mend = f"start it with --storage.tsdb.retention.time={RETENTION_WARNING_DAYS}d (docs/metrics.md)"
    return warning("prometheus", text, mend) if days < RETENTION_WARNING_DAYS else ok("prometheus", text)


def logins(administrators: int) -> Finding:
    """Whether somebody can administrate."""
    if administrators:
        return ok("logins", f"{administrators} administrators")
    return warning("logins", "nobody can log in as administrator", "`callcenter users add EMAIL --role admin`")


def lines(number: int) -> Finding:
    """Whether there is a line."""
    if number:
        return ok("lines", f"{number} in use")
    return fault("lines", "there is none", "`callcenter lines add NUMBER --name NAME`")


def recordings(outdated: Collection[tuple[str, str]]) -> Finding:
    """Recorded prompts whose words have changed."""
    if not outdated:
        return ok("prompts", "every recording has the present words")
    named = ", ".join(f"{part} ({language})" for part, language in sorted(outdated)[:5])
    text = f"{len(outdated)} recordings have old words and are not played: {named}"
    return warning("prompts", text, "record them again on the page with prompts")


def promises(without_callback: int) -> Finding:
    """Callers who were not helped and have no callback."""
    if without_callback == 0:
        return ok("callbacks", "every caller who was not helped has one")
    return fault(
        "callbacks",
        f"{without_callback} callers who were not helped have none",
        "this is an error of the product: see the log, and ring them from the page with calls",
    )


def _ago(seconds: float) -> str:
    for name, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {name}"
    return f"{seconds:.0f} seconds"
