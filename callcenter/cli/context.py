"""Opens the database of this installation, or the whole office, for a command."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from callcenter.office import Office


def open_sessions() -> "sessionmaker[Session]":
    """Sessions on the database of CALLCENTER_DATABASE_URL.

    Raises SettingsError, and DatabaseOutdated when the database does not have this release's tables.
    """
    from callcenter.settings import load_database_settings
    from callcenter.storage.engine import make_engine, make_sessions
    from callcenter.storage.migrate import check_current
    from callcenter.storage.tables import metadata

    metadata()
    engine = make_engine(load_database_settings().database_url)
    check_current(engine)
    return make_sessions(engine)


def open_office() -> "Office":
    """The office with all settings. Raises SettingsError, and DatabaseOutdated as `open_sessions` does."""
    from callcenter.app import make_office
    from callcenter.settings import load_settings
    from callcenter.steady_clock import SteadyClock
    from callcenter.storage.migrate import check_current

    office = make_office(load_settings(), SteadyClock())
    check_current(office.engine)
    return office
