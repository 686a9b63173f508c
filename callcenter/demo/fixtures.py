"""The demo's initial data: settings, database, rota, directory, logins and a token."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callcenter.access.tokens import create_token
from callcenter.access.users import add_user
from callcenter.directory.contacts import import_contacts, read_contacts
from callcenter.directory.duo import read_duo
from callcenter.directory.records import Contact, ContactNumber
from callcenter.directory.schools import import_schools
from callcenter.lines.register import add as add_line
from callcenter.rota import versions
from callcenter.rota.model import Rota
from callcenter.rota.reading.files import read_files
from callcenter.settings import Settings
from callcenter.standin.people.shape import CallShape
from callcenter.storage.engine import make_engine
from callcenter.storage.migrate import upgrade

LINE = "+31858880000"
_HERE = files("callcenter.demo")


class DemoSettings(Settings):
    """Settings from code alone. The demo ignores the environment and the `.env` file."""

    model_config = SettingsConfigDict(env_file=None)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Login:
    """A login of the demo. role: consultant, lead or admin; consultant: the code in the rota, if any."""

    role: str
    email: str
    password: str
    consultant: str | None = None


LOGINS = (
    Login("lead", "lead@rbl.example", "demo-lead-2026", "WIL"),
    Login("consultant", "aisha@rbl.example", "demo-aisha-2026", "AIS"),
    Login("consultant", "bas@rbl.example", "demo-bas-2026", "BAS"),
    Login("admin", "admin@rbl.example", "demo-admin-2026"),
)


@dataclass(frozen=True, slots=True)
class Fixtures:
    """The data that the scenario uses. numbers: E.164 by kind of caller (school, partner); token: for the API."""

    rota: Rota
    numbers: Mapping[str, tuple[str, ...]]
    token: str


def demo_settings(folder: Path, public_url: str) -> Settings:
    """The demo's settings, with new random secrets each time."""
    return DemoSettings.model_validate(
        {
            "database_url": f"sqlite:///{folder / 'demo.db'}",
            "public_url": public_url,
            "secret_key": secrets.token_hex(32),
            "twilio_account_sid": "AC" + secrets.token_hex(16),
            "twilio_auth_token": secrets.token_hex(16),
        }
    )


def demo_engine(settings: Settings) -> Engine:
    """A database with this release's tables, without durable commits, because it is deleted afterwards."""
    engine = make_engine(settings.database_url, durable=False)
    upgrade(engine)
    return engine


def demo_shape() -> CallShape:
    """The distributions of arrivals, patience and talk times of real calls."""
    return CallShape.from_json((_HERE / "shape.json").read_text("utf-8"))


def rota_files() -> dict[str, bytes]:
    """The files of the demo's rota, by name."""
    folder = _HERE / "rota"
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith((".csv", ".toml"))}


def demo_rota(now: datetime) -> Rota:
    """The demo's rota, checked as of an instant. Raises RotaRefused."""
    result = read_files(rota_files(), now)
    if result.rota is None:
        raise versions.RotaRefused(result.faults)
    return result.rota


def load_fixtures(session: Session, now: datetime) -> Fixtures:
    """Insert line, rota, directory, logins and a token into an empty database. Does not commit."""
    add_line(session, LINE, "RBL", now)
    versions.load(session, rota_files(), "demo", now)
    schools = read_duo("schools.csv.gz", (_HERE / "schools.csv.gz").read_bytes())
    import_schools(session, [schools], now)
    import_contacts(session, read_contacts("partners.csv", (_HERE / "partners.csv").read_bytes()), now)
    for login in LOGINS:
        add_user(session, now, login.email, login.role, login.password, login.consultant)
    token = create_token(session, now, "lead", name="demo")
    session.flush()
    return Fixtures(versions.required_rota(session), _numbers(session), token)


def _numbers(session: Session) -> Mapping[str, tuple[str, ...]]:
    rows = session.execute(
        select(Contact.kind, ContactNumber.number).join(ContactNumber.contact).order_by(ContactNumber.number)
    )
    found: dict[str, dict[str, None]] = {}
    for kind, number in rows:
        found.setdefault(kind, {})[number] = None
    return {kind: tuple(numbers) for kind, numbers in found.items()}
