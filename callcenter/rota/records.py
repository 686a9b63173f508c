"""Table: the files of every rota that was loaded."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class RotaVersion(Base):
    """The files of one loaded rota. The newest version is the active one.

    A version is never changed, but its illnesses and remarks are erased some time after they ended (erasing.py).
    """

    __tablename__ = "rota_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    loaded_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))  # of the files as they are stored now
    files: Mapped[dict[str, Any]]  # file name -> base64 of its bytes
    erased_at: Mapped[datetime | None]  # when something was last erased from the files
    look_at: Mapped[datetime | None]  # when something may have to be erased next; NULL: not looked at yet
