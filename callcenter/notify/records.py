"""Which messages does a consultant want?"""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class NotifySetting(Base):
    """One kind of message switched on or off by one consultant; without a row it is on."""

    __tablename__ = "notify_setting"

    consultant: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24), primary_key=True)
    enabled: Mapped[bool]
