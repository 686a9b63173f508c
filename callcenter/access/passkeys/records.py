"""Table: the passkeys of logins."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callcenter.storage.base import Base


class Passkey(Base):
    """A key pair in somebody's device, of which the public key is here. It opens the login that it belongs to."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    credential_hash: Mapped[str] = mapped_column(String(64), unique=True)
    credential_id: Mapped[str] = mapped_column(Text)  # base64url, up to 1,023 bytes
    public_key: Mapped[str] = mapped_column(Text)  # COSE, base64url
    sign_count: Mapped[int]  # of the device; 0 for one that does not count
    last_challenge: Mapped[str | None] = mapped_column(String(64))  # hash of the one answered last
    name: Mapped[str] = mapped_column(String(80))  # such as "Chrome, Android"
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
