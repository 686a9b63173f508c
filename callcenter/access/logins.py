"""Checks a password against a login, within the limits for whoever asks."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access import allowances
from callcenter.access.hash_slots import slots
from callcenter.access.known_browsers import knows
from callcenter.access.lockout import ACCOUNT, BROWSER, SOURCE, Limit
from callcenter.access.passwords import matches
from callcenter.access.records import LoginAllowance, User
from callcenter.access.secret_hash import digest
from callcenter.access.sources import typed_key, user_key
from callcenter.access.tallies import source_to_count, tally
from callcenter.storage.engine import reading


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks to log in. source: the client's address as `sources.source_key` names it; browser: the secret of a
    browser that has one; secret_key: the installation's, under which typed addresses are counted."""

    source: str
    secret_key: str
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of an attempt.

    user_id: None when refused; again_at: when no attempt is left, from when there is one again (UTC); password_hash:
    what the password was right for.
    """

    user_id: int | None
    again_at: datetime | None = None
    password_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Login:
    id: int
    email: str
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class _Taken:
    """What an attempt is at. limit: what it is given back to when it is right; again_at: when no attempt was left."""

    login: _Login | None
    account: str
    limit: tuple[str, Limit] | None = None
    again_at: datetime | None = None


def log_in(sessions: sessionmaker[Session], now: datetime, email: str, password: str, asker: Asker) -> Attempt:
    """Check a password. Raises TooBusy when too many are being checked in this process.

    Every attempt takes the same steps and the same time, whether the address has a login, and whether it had an attempt
    left: the answer does not show who has a login. Without an attempt left, the right password is refused too. An
    attempt is taken before the password is checked, so that many at once, on all hosts, get no more than the limit.
    Hashing takes tens of milliseconds, so no transaction is open meanwhile. A source that has none left is refused
    without hashing, at whatever address it is, so that it does not use up the turns of others.
    """
    with reading(sessions) as session:
        refused = _refused_at_once(session, now, email, asker)
    if refused is not None:
        with sessions.begin() as session:
            _note_failure(session, now, asker, refused)
        return Attempt(None, refused.again_at)
    with slots.turn():
        with sessions.begin() as session:
            taken = _take(session, now, email, asker)
        right = matches(password, taken.login.password_hash if taken.login else None)
    with sessions.begin() as session:
        if right and taken.login is not None and taken.limit is not None:
            allowances.give_back(session, *taken.limit, now)
            allowances.forget(session, taken.account)
            return Attempt(taken.login.id, password_hash=taken.login.password_hash)
        _note_failure(session, now, asker, taken)
        return Attempt(None, taken.again_at or _again_at(session, now, asker, taken))


def waiting_until(session: Session, now: datetime) -> dict[int, datetime]:
    """The logins that have no attempt left for browsers that are not known, and when each has one again (UTC)."""
    rows = session.execute(
        select(LoginAllowance.key, LoginAllowance.full_at).where(
            LoginAllowance.key.startswith(user_key("")), LoginAllowance.full_at > now
        )
    )
    found = {int(key.removeprefix(user_key(""))): ACCOUNT.next_at(full_at, now) for key, full_at in rows}
    return {user_id: again_at for user_id, again_at in found.items() if again_at > now}


def _refused_at_once(session: Session, now: datetime, email: str, asker: Asker) -> _Taken | None:
    """What the attempt is at, when its source has none left and its browser is not known."""
    again_at = allowances.next_at(session, asker.source, SOURCE, now)
    if again_at is None:
        return None
    taken = _at(session, email, asker)
    return None if _is_known(session, now, taken, asker) else replace(taken, again_at=again_at)


def _take(session: Session, now: datetime, email: str, asker: Asker) -> _Taken:
    """Take an attempt: from a known browser's limit, else from those of the source and of the account."""
    taken = _at(session, email, asker)
    if _is_known(session, now, taken, asker):
        browser = f"browser:{digest(f'{taken.account} {asker.browser}')}"
        if allowances.take(session, browser, BROWSER, now) is None:
            return replace(taken, limit=(browser, BROWSER))
    for key, limit in ((asker.source, SOURCE), (taken.account, ACCOUNT)):
        again_at = allowances.take(session, key, limit, now)
        if again_at is not None:
            return replace(taken, again_at=again_at)
    return replace(taken, limit=(asker.source, SOURCE))


def _at(session: Session, email: str, asker: Asker) -> _Taken:
    address = email.strip().lower()
    user = _enabled(session, address)
    return _Taken(user, user_key(user.id) if user else typed_key(asker.secret_key, address))


def _is_known(session: Session, now: datetime, taken: _Taken, asker: Asker) -> bool:
    return knows(session, now, taken.login.id if taken.login else 0, asker.browser)


def _again_at(session: Session, now: datetime, asker: Asker, taken: _Taken) -> datetime | None:
    """When this was the last attempt that was left, from when there is one again. Not for a known browser, which has
    those of everybody after its own."""
    if taken.limit is not None and taken.limit[1] is BROWSER:
        return None
    ends = (allowances.next_at(session, *limit, now) for limit in ((asker.source, SOURCE), (taken.account, ACCOUNT)))
    return max(filter(None, ends), default=None)


def _enabled(session: Session, address: str) -> _Login | None:
    if "\0" in address:  # PostgreSQL refuses it, also in a query
        return None
    row = session.execute(
        select(User.id, User.email, User.password_hash).where(User.email == address, User.disabled_at.is_(None))
    ).first()
    return _Login(*row) if row is not None else None


def _note_failure(session: Session, now: datetime, asker: Asker, taken: _Taken) -> None:
    """Count the attempt in the audit log: by its source, and by the login. No address without a login is stored."""
    key, login = source_to_count(session, now, asker.source), taken.login
    counts = {"tries": 1, "refused": int(taken.again_at is not None)}
    source = f"source {key.removeprefix('source:')[:12]}"
    tally(session, now, key, source, "login_failed", "log-in", **counts, unknown=int(login is None))
    if login is not None:
        tally(session, now, taken.account, login.email, "login_failed", taken.account, **counts)
    else:
        tally(session, now, "typed:any", "unknown addresses", "login_failed", "log-in", **counts)
