"""The measured office: the demo's people, schools and policy, on duty and open at all hours."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from callcenter.demo.fixtures import LINE, load_fixtures, rota_files
from callcenter.directory.records import Contact, ContactNumber
from callcenter.rota import versions
from callcenter.storage.engine import make_sessions

# Primary and secondary schools, as DUO lists them.
SCHOOLS = 8_000
ACCOUNT_SID = "AC" + "5" * 32
AUTH_TOKEN = "only-for-the-bench"
PUBLIC_URL = "https://callcenter.example.nl"
SETTINGS = {
    "CALLCENTER_PUBLIC_URL": PUBLIC_URL,
    "CALLCENTER_SECRET_KEY": "only-for-the-bench-0123456789",
    "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
    "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
}
__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "LINE",
    "PUBLIC_URL",
    "SETTINGS",
    "always_open",
    "caller",
    "free_everybody",
    "furnished",
    "known_schools",
]

_CLOSED_DAYS = """
[open]
mon-sun = ["00:00-24:00"]

[closed_days]
new_year = "open"
good_friday = "open"
easter_monday = "open"
kings_day = "open"
liberation_day = "open"
ascension_day = "open"
whit_monday = "open"
christmas_day = "open"
boxing_day = "open"
"""
# A load makes as many calls in a minute as an office has in a month.
_NO_LIMITS = """
[limits]
colleagues_rung = 1_000_000
withheld_at_once = 1000
withheld_unanswered = 10_000
number_unanswered = 10_000
contact_unanswered = 10_000
"""
# A load rings more consultants in a second than an office has. Without this trigger all calls but the first would find
# everybody claimed, and claim, leg and outbox message would not be measured.
_FREE_AT_ONCE = {
    "sqlite": (
        "CREATE TRIGGER bench_free AFTER INSERT ON leg BEGIN UPDATE consultant_state SET reserved_until = NULL "
        "WHERE code = NEW.consultant; END",
    ),
    "postgresql": (
        "CREATE FUNCTION bench_free() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE consultant_state SET "
        "reserved_until = NULL WHERE code = NEW.consultant; RETURN NULL; END $$",
        "CREATE TRIGGER bench_free AFTER INSERT ON leg FOR EACH ROW EXECUTE FUNCTION bench_free()",
    ),
}


def furnished(engine: Engine, *, free_at_once: bool = True, schools: int = SCHOOLS) -> tuple[str, ...]:
    """Fill a migrated, empty database; returns the schools' numbers.

    24 consultants are on duty and a team lead is backup, at all hours but the last minute of the day. The line is
    always open.

    schools: how many the directory has; the default is as many as the country.
    free_at_once: whether a consultant is free again as soon as a leg is stored.
    """
    now = datetime.now(UTC)
    with make_sessions(engine).begin() as session:
        load_fixtures(session, now)
        versions.load(session, _always(), "bench", now)
        for statement in _FREE_AT_ONCE[engine.dialect.name] if free_at_once else ():
            session.execute(text(statement))
        return known_schools(session, schools, now)


def known_schools(session: Session, count: int, now: datetime) -> tuple[str, ...]:
    """Insert `count` schools with a number each into the directory; returns the numbers."""
    schools = [_school(n, now) for n in range(count)]
    ids = session.execute(insert(Contact).returning(Contact.id, sort_by_parameter_order=True), schools).scalars()
    numbers = [f"+31{700_000_000 + 1_117 * n}" for n in range(count)]
    rows = zip(ids, numbers, strict=True)
    owned = [{"contact_id": contact, "number": number, "source": "duo_primary"} for contact, number in rows]
    session.execute(insert(ContactNumber), owned)
    return tuple(numbers)


def _school(n: int, now: datetime) -> dict[str, object]:
    place = ("Dordrecht", "Zwijndrecht", "Gorinchem", "Papendrecht", "Sliedrecht")[n % 5]
    return {
        "kind": "school",
        "source": "duo_primary",
        "duo_code": f"Z{n:05d}",
        "brin": f"Z{n // 100:03d}",
        "name": f"Openbare basisschool {n}",
        "place": place,
        "municipality": place,
        "municipality_code": "0505",
        "rmc_region": "Zuid-Holland-Zuid",
        "rmc_region_code": "30",
        "updated_at": now,
    }


def free_everybody(engine: Engine) -> None:
    """Remove what a load left: claims, talks, wrap-up, pauses, and the consultants that were made for it."""
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM consultant_state WHERE code LIKE '~%'"))
        connection.execute(
            text(
                "UPDATE consultant_state SET reserved_until = NULL, reserved_for = NULL, talking_since = NULL, "
                "wrap_up_until = NULL, paused_until = NULL, not_accepted = 0"
            )
        )


def caller(rng: Random, schools: Sequence[str]) -> str:
    """A caller's number: two of three are schools in the directory, the others unknown mobiles that hardly recur."""
    return rng.choice(schools) if rng.random() < 0.65 else f"+316{rng.randrange(10_000_000, 60_000_000)}"


def _always() -> dict[str, bytes]:
    files = rota_files()
    people = [line.split(";")[0] for line in files["consultants.csv"].decode().splitlines()[1:]]
    shifts = [f"{code};mon-sun;00:00;23:59;{'backup' if code == 'WIL' else 'line'}" for code in people]
    policy = files["policy.toml"].decode()
    hunt = policy[policy.index("[presence]") :]
    return {
        "consultants.csv": re.sub(rb";[^;\n]*;[^;\n]*$", b";;", files["consultants.csv"], flags=re.MULTILINE),
        "caseload.csv": files["caseload.csv"],
        "shifts.csv": ("consultant;days;from;to;role\n" + "\n".join(shifts) + "\n").encode(),
        "policy.toml": (always_open() + hunt + _NO_LIMITS).encode(),
    }


def always_open() -> str:
    """The part of a policy that says that the line never closes."""
    return _CLOSED_DAYS
