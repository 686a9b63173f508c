"""The office of a run: always open, with enough consultants for a crowd, and a token for its API."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from bench.town import always_open
from callcenter.access.tokens import create_token
from callcenter.lines.register import add as add_line
from callcenter.rota import versions
from callcenter.storage.engine import make_sessions

LINE = "+31858880000"
_MOBILES = "+316350001"
_HUNT = """
[presence]
no_answer_after = 9
no_answer_pause_min = 1
[hunt]
cap_s = 60
wrap_up_s = 3
[[hunt.tier]]
name = "anyone"
who = "anyone"
ring_s = 12
at_once = 2
"""


def furnish(engine: Engine, consultants: int) -> str:
    """Fill a migrated, empty database; returns a lead's API token."""
    now = datetime.now(UTC)
    with make_sessions(engine).begin() as session:
        add_line(session, LINE, "RBL", now)
        versions.load(session, _files(consultants), "chaos", now)
        return create_token(session, now, "lead", name="chaos")


def _files(consultants: int) -> dict[str, bytes]:
    codes = [f"C{n:02d}" for n in range(consultants)]
    people = [f"{code};Consultant {code};{_MOBILES}{n:02d}" for n, code in enumerate(codes)]
    shifts = [f"{code};mon-sun;00:00;23:59" for code in codes]
    return {
        "consultants.csv": ("code;name;mobile\n" + "\n".join(people) + "\n").encode(),
        "shifts.csv": ("consultant;days;from;to\n" + "\n".join(shifts) + "\n").encode(),
        "policy.toml": (always_open() + _HUNT).encode(),
    }


def is_mobile(number: str) -> bool:
    """Whether this is a consultant's mobile."""
    return number.startswith(_MOBILES)
