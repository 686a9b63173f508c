"""Table: who gets the month report by mail."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class ReportRecipient(Base):
    """A mail address that gets the report of each month."""

    __tablename__ = "report_recipient"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(200), unique=True)  # lower case
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
