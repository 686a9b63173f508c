"""The tables of logins, their sessions and browsers, API tokens, calendar addresses and the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class User(Base):
    """A login for the pages."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)  # lower case
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))  # consultant, lead, admin
    consultant: Mapped[str | None] = mapped_column(String(16))
    locale: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    # Release 0.1 counts wrong passwords here, also while it runs beside this one during an upgrade. Not read any more.
    failed_logins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]


class LoginSession(Base):
    """A session of the pages: somebody who is logged in in one browser. A row that is deleted has ended."""

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    stay: Mapped[bool]
    how: Mapped[str] = mapped_column(String(16))  # what proved the identity, such as "password"
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)  # written at most once an hour


class KnownBrowser(Base):
    """A browser in which somebody has logged in before. The limits for strangers do not hold in it."""

    __tablename__ = "known_browser"
    __table_args__ = (UniqueConstraint("token_hash", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class PushDevice(Base):
    """A browser in which somebody switched on push messages: where its push service takes them, and its keys."""

    __tablename__ = "push_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(80))  # such as "Chrome, Android"
    endpoint: Mapped[str] = mapped_column(Text)
    endpoint_hash: Mapped[str] = mapped_column(String(64), unique=True)
    p256dh: Mapped[str] = mapped_column(String(120))
    auth: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]


class LoginAllowance(Base):
    """The log-in attempts that a source, an account or a browser has left. Without a row: all of them."""

    __tablename__ = "login_allowance"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    full_at: Mapped[datetime] = mapped_column(index=True)  # when every attempt is there again


class AuditTally(Base):
    """What the audit log counts in one row for an hour, since it may happen often. key: what is counted."""

    __tablename__ = "audit_tally"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    event_id: Mapped[int | None]  # the row of the audit log
    counts: Mapped[dict[str, Any]]


class ApiToken(Base):
    """A bearer token for the API. Only its hash is stored."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    role: Mapped[str] = mapped_column(String(16))
    consultant: Mapped[str | None] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    owner_id: Mapped[int | None]  # the login whose token it is; None: a program's
    made_by_id: Mapped[int | None]  # the login that made it; None: the command line
    expires_at: Mapped[datetime | None]  # None: never
    used_at: Mapped[datetime | None]  # written at most once an hour


class WallLink(Base):
    """A link by which a screen on a wall shows the wall without a login."""

    __tablename__ = "wall_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80))  # where the screen hangs
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    used_at: Mapped[datetime | None]  # written at most once an hour
    revoked_at: Mapped[datetime | None]


class CalendarAddress(Base):
    """The secret address of one consultant's calendar. Only its hash is stored."""

    __tablename__ = "calendar_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultant: Mapped[str] = mapped_column(String(16), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class UndoOffer(Base):
    """How a person's deed can be taken back for some seconds. Only the hash of its secret is stored."""

    __tablename__ = "undo_offer"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))  # what was changed: callback, presence, block, rota, number
    parts: Mapped[list[Any]]  # what was before, one part for each thing that was changed
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class AuditEvent(Base):
    """An entry of the audit log: who saw, heard or changed what. It has no number and no name of a caller."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(60))  # "callback:17", "voicemail:3", "rota:5"
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
