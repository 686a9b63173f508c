"""Lets a verified office account in, or refuses it, and stores what follows for the login."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from callcenter.access.audit import note
from callcenter.access.calendar_addresses import revoke_addresses
from callcenter.access.office_account.entry import Entry, Login, Refusal, decide, role_of
from callcenter.access.office_account.identity import LONGEST_SUBJECT, Account
from callcenter.access.office_account.records import OfficeAccount
from callcenter.access.records import User
from callcenter.access.sessions import end_sessions
from callcenter.access.tallies import tally
from callcenter.access.tokens import revoke_tokens_of
from callcenter.access.users import NO_ROLE, find_user
from callcenter.errors import InvalidInput
from callcenter.plaintext import plain
from callcenter.rota import versions

Roles = Mapping[str, Collection[str]]


def admit(sessions: sessionmaker[Session], now: datetime, issuer: str, account: Account, roles: Roles) -> int | Refusal:
    """The id of the login that this account enters with, or why it is refused. Commits, with an audit row.

    The role follows the groups each time. The first time, the account is tied to the login of its address, or gets a
    new login. Who has no group any more, or only that of consultants without being one, loses the former role, also for
    a password and for open pages.
    roles: by role, the groups that give it, in lower case. issuer: with or without a slash at its end.
    """
    issuer = issuer.rstrip("/")
    try:
        with sessions.begin() as session:
            return _admit(session, now, issuer, account, roles)
    except IntegrityError:  # the same person came in twice at once, and the other browser has stored the login
        with sessions.begin() as session:
            return _admit(session, now, issuer, account, roles)


def note_failure(sessions: sessionmaker[Session], now: datetime, reason: str) -> None:
    """Count in the audit log, in a row for each hour, that a log-in failed before we knew whose it was.

    reason: a word of ours; nothing that came with the request.
    """
    with sessions.begin() as session:
        tally(session, now, "office account", "office account", "login_refused", "office account", **{reason: 1})


def tie(session: Session, now: datetime, issuer: str, email: str, subject: str) -> User:
    """Tie the login of this address to an account by hand, in place of an earlier one. Does not commit.

    Raises NotFound, and InvalidInput on `subject` when it is no account's id, or another login has the account.
    """
    user, issuer = find_user(session, email), issuer.rstrip("/")
    subject = plain("subject", subject.strip())
    if not 0 < len(subject) <= LONGEST_SUBJECT:
        raise InvalidInput("subject", f"an account's id has 1 to {LONGEST_SUBJECT} characters")
    other = _account(session, issuer, subject)
    if other is not None and other.user_id != user.id:
        raise InvalidInput("subject", "another login has this account")
    untie(session, email)
    session.add(OfficeAccount(user_id=user.id, issuer=issuer, subject=subject, bound_at=now))
    session.flush()
    return user


def untie(session: Session, email: str) -> User:
    """Forget which account this login belongs to, and end its sessions. Does not commit. Raises NotFound."""
    user = find_user(session, email)
    end_sessions(session, user.id)
    for account in session.scalars(select(OfficeAccount).where(OfficeAccount.user_id == user.id)):
        session.delete(account)
    session.flush()
    return user


def _admit(session: Session, now: datetime, issuer: str, account: Account, roles: Roles) -> int | Refusal:
    # In this order: if another browser ties the login in between, the second read finds it tied to this account.
    same_address = _login(session, User.email == account.address) if account.address is not None else None
    tied = _account(session, issuer, account.subject)
    bound = _login(session, User.id == tied.user_id) if tied is not None else None
    code = _code_of(session, now, account.address) if account.address is not None else None
    verdict = decide(account, role_of(account.groups, roles), bound, same_address, code)
    if isinstance(verdict, Refusal):
        login = bound or same_address
        if bound is not None and verdict in (Refusal.NO_GROUP, Refusal.NO_CODE):
            _take_role(session, now, bound)
        subject = f"user:{login.id}" if login is not None else "office account"
        note(session, now, "office account", "login_refused", subject, reason=verdict, account=account.subject)
        return verdict
    return _store(session, now, issuer, account, verdict)


def _take_role(session: Session, now: datetime, login: Login) -> None:
    """Nothing that the login gave works any more: role, sessions, API tokens, calendar address."""
    session.get_one(User, login.id).role = NO_ROLE
    end_sessions(session, login.id)
    revoke_tokens_of(session, now, login.id, login.consultant)
    if login.consultant is not None:
        revoke_addresses(session, now, login.consultant)


def _store(session: Session, now: datetime, issuer: str, account: Account, entry: Entry) -> int:
    if entry.login is not None:
        user = session.get_one(User, entry.login.id)
    else:
        user = User(email=account.address, role=entry.role, created_at=now, failed_logins=0)
        session.add(user)
        session.flush()
        note(session, now, user.email, "user_added", f"user:{user.id}", role=entry.role, by="office account")
    if user.role != entry.role:
        note(session, now, user.email, "role_changed", f"user:{user.id}", was=user.role, role=entry.role)
        revoke_tokens_of(session, now, user.id, user.consultant, above=entry.role)
    user.role, user.consultant = entry.role, entry.consultant
    if entry.bind:
        session.add(OfficeAccount(user_id=user.id, issuer=issuer, subject=account.subject, bound_at=now))
        note(session, now, user.email, "office_account_tied", f"user:{user.id}", account=account.subject)
    return user.id


def _account(session: Session, issuer: str, subject: str) -> OfficeAccount | None:
    return session.scalar(select(OfficeAccount).where(OfficeAccount.issuer == issuer, OfficeAccount.subject == subject))


def _login(session: Session, condition: object) -> Login | None:
    row = session.execute(
        select(
            User.id,
            User.email,
            User.consultant,
            User.disabled_at.is_not(None),
            exists().where(OfficeAccount.user_id == User.id),
        ).where(condition)  # type: ignore[arg-type]
    ).first()
    return Login(*row) if row is not None else None


def _code_of(session: Session, now: datetime, address: str) -> str | None:
    """The code of the only consultant of the active rota who is employed today and has this address."""
    active = versions.active(session)
    if active is None:
        return None
    rota = active[1]
    day = now.astimezone(rota.zone).date()
    codes = [
        person.code
        for person in rota.consultants.values()
        if person.email.strip().casefold() == address.casefold() and person.active_between(day, day)
    ]
    return codes[0] if len(codes) == 1 else None
