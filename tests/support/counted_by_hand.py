"""The figures counted in plain Python straight from the stored rows, without any of the product's counting."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
COUNTED = (
    *("offered", "answered", "answered_in_time", "answered_in_charter", "callbacks_due", "callbacks_in_time"),
    *("helped", "helped_of", "callers", "callers_helped", "outcomes"),
)
Row = Mapping[str, Any]
Counts = dict[str, Any]


@dataclass(frozen=True)
class Measured:
    """What a rota version says about the figures: seconds of grace and of the service level."""

    grace_s: int
    service_level_s: int


@dataclass(frozen=True)
class Rows:
    """The rows of calls, callbacks, attempts and promised times. versions: by the id of the rota version."""

    calls: list[Row]
    callbacks: dict[int, Row]
    attempts: list[Row]
    times: list[Row]
    versions: Mapping[int, Measured]
    now: datetime


def rows_of(session: Session, versions: Mapping[int, Measured], now: datetime) -> Rows:
    """Read the tables."""

    def table(name: str) -> list[Row]:
        return [
            {key: _instant(value) if key.endswith("_at") else value for key, value in row.items()}
            for row in session.execute(text(f"SELECT * FROM {name}")).mappings()
        ]

    callbacks = {row["id"]: row for row in table("callback")}
    return Rows(table("call"), callbacks, table("callback_attempt"), table("promised_time"), versions, now)


def count(rows: Rows, start: datetime, end: datetime, line: int | None = None, group: str | None = None) -> Counts:
    """The counts of the calls received and the times due from `start` up to `end` (UTC), under the API's names."""
    found: Counts = dict.fromkeys(COUNTED, 0)
    found["outcomes"] = Counter()

    def within(at: datetime | None, row: Row) -> bool:
        chosen = (line is None or row["line_id"] == line) and (group is None or row["group"] == group)
        return chosen and at is not None and start <= at < end

    for call in rows.calls:
        if not within(call["received_at"], call) or not is_offered(rows, call):
            continue
        policy = rows.versions[call["rota_version_id"]]
        found["offered"] += 1
        found["outcomes"][call["outcome"]] += 1
        if call["outcome"] == "answered":
            wait_s = (call["connected_at"] - call["received_at"]).total_seconds()
            found["answered"] += 1
            found["answered_in_time"] += wait_s <= policy.service_level_s
            found["answered_in_charter"] += wait_s <= 25.04  # waits are added up in tenths of a second
        helped = _helped(rows, call)
        found["helped"] += helped is True
        found["helped_of"] += helped is not None
    for first, is_helped in _callers(rows):
        if within(first["received_at"], first):
            found["callers"] += 1
            found["callers_helped"] += is_helped
    for time in rows.times:
        if within(time["due_at"], rows.callbacks[time["callback_id"]]) and is_judged(rows, time):
            found["callbacks_due"] += 1
            found["callbacks_in_time"] += time["kept_at"] is not None and time["kept_at"] <= time["due_at"]
    found["outcomes"] = dict(found["outcomes"])
    return found


def _callers(rows: Rows) -> list[tuple[Row, bool]]:
    """The callers of each day: the first call of each, in whose hour it counts, and whether any of its calls helped."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for call in sorted(rows.calls, key=lambda call: (call["received_at"], call["id"])):
        if is_offered(rows, call):
            day = call["received_at"].astimezone(AMSTERDAM).date()
            contact = call["contact_id"] and f"contact {call['contact_id']}"
            caller = day, call["line_id"], call["group"], call["from_number"] or contact or call["id"]
            found.setdefault(caller, []).append(call)
    return [(calls[0], any(_helped(rows, call) for call in calls)) for calls in found.values()]


def is_offered(rows: Rows, call: Row) -> bool:
    """Whether a call counts: in opening hours, put through, and not given up within the grace of its own policy."""
    if call["outcome"] in (None, "rejected", "closed") or not call["in_hours"] or call["staff"]:
        return False
    given_up_s = (call["ended_at"] - call["received_at"]).total_seconds() if call["ended_at"] else 0.0
    return not (call["outcome"] == "abandoned" and given_up_s < rows.versions[call["rota_version_id"]].grace_s)


def is_judged(rows: Rows, time: Row) -> bool:
    """Whether a promised time is kept or broken: nobody talks or is asked any more in these weeks."""
    return time["withdrawn_at"] is None and (time["kept_at"] is not None or time["due_at"] < rows.now)


def _helped(rows: Rows, call: Row) -> bool | None:
    if call["outcome"] == "answered":
        return True
    callback = rows.callbacks.get(call["callback_id"])
    if callback is None:
        return False
    ours = [one for one in rows.attempts if one["callback_id"] == callback["id"] and one["result"] == "reached"]
    spoken = [one["answered_at"] or one["dialled_at"] or one["ended_at"] or one["started_at"] for one in ours]
    spoken = [at for at in spoken if at >= call["received_at"]]
    if not spoken and callback["state"] in ("reached", "resolved"):
        spoken = [callback["closed_at"]]
    told = [
        time["due_at"]
        for time in rows.times
        if time["callback_id"] == callback["id"] and (time["withdrawn_at"] is None or time["kept_at"] is not None)
    ]
    told = [due_at for due_at in told if due_at >= call["received_at"]]
    if not told:
        return False
    if spoken:
        return bool(min(spoken) <= min(told))
    return False if rows.now > min(told) else None


def spans(first: datetime, last: datetime, by: str) -> list[tuple[datetime, datetime]]:
    """The hours, days or weeks (UTC) by the wall clock in Amsterdam; an hour that occurs twice is one span."""
    step: Callable[[datetime], datetime] = {
        "hour": lambda at: at + timedelta(hours=1),
        "day": lambda at: at + timedelta(days=1),
        "week": lambda at: at + timedelta(days=7 - at.weekday()),
    }[by]
    found: list[tuple[datetime, datetime]] = []
    at = first
    while at < last:
        then = min(step(at), last)
        begin, end = (one.replace(tzinfo=AMSTERDAM).astimezone(UTC) for one in (at, then))
        if begin < end:
            found.append((begin, end))
        at = then
    return found


def _instant(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)
