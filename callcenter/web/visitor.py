"""The visitor: the login behind a session, read again at every request."""

from dataclasses import dataclass, field

from flask_login import LoginManager

from callcenter.access.sessions import OpenSession

manager = LoginManager()


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person who is logged in, with the attributes that flask-login requires.

    session: the stored one; secret: what its cookie holds.
    """

    session: OpenSession
    secret: str = field(repr=False)
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """The text that the session cookie holds."""
        return self.secret

    @property
    def id(self) -> int:
        """The id of the login."""
        return self.session.user_id

    @property
    def email(self) -> str:
        """The address that the person logs in with."""
        return self.session.email

    @property
    def role(self) -> str:
        """consultant, lead or admin."""
        return self.session.role

    @property
    def consultant(self) -> str | None:
        """The person's code in the rota."""
        return self.session.consultant

    @property
    def locale(self) -> str | None:
        """The language that the person chose."""
        return self.session.locale

    @property
    def leads(self) -> bool:
        """Whether this person may see everything."""
        return self.role in ("lead", "admin")
