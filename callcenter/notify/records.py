"""The tables of message settings and of mobiles that answered STOP."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class NotifySetting(Base):
    """One kind of message, switched on or off by one consultant. Without a row it is on."""

    __tablename__ = "notify_setting"

    consultant: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    enabled: Mapped[bool]


class NotifyWay(Base):
    """One way of getting messages (text, mail or push), switched on or off by one consultant. Without a row, only the
    text message is on."""

    __tablename__ = "notify_way"

    consultant: Mapped[str] = mapped_column(String(16), primary_key=True)
    way: Mapped[str] = mapped_column(String(8), primary_key=True)
    enabled: Mapped[bool]


class TextStop(Base):
    """A consultant's mobile that answered STOP. Twilio sends it no text until it answers START."""

    __tablename__ = "text_stop"

    consultant: Mapped[str] = mapped_column(String(16), primary_key=True)
    mobile: Mapped[str] = mapped_column(String(20))
    line_number: Mapped[str] = mapped_column(String(20))  # the line whose text was refused first
    since: Mapped[datetime]
