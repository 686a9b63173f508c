"""The metadata of all tables, for migrations and tests: imports every module that declares tables."""

from importlib import import_module

from sqlalchemy import MetaData

from callcenter.storage.base import Base

# As names, because storage may not import subjects (import-linter).
_RECORDS = (
    "callcenter.storage.records",
    "callcenter.directory.records",
    "callcenter.rota.records",
    "callcenter.lines.records",
    "callcenter.presence.records",
    "callcenter.calls.call",
    "callcenter.calls.leg",
    "callcenter.calls.records",
    "callcenter.routing.records",
    "callcenter.callbacks.records",
    "callcenter.telephony.records",
    "callcenter.reachability.records",
    "callcenter.access.records",
    "callcenter.access.office_account.records",
    "callcenter.access.passkeys.records",
    "callcenter.access.second_factor.records",
    "callcenter.notify.records",
    "callcenter.reports.records",
)


def metadata() -> MetaData:
    """The metadata of all tables."""
    for module in _RECORDS:
        import_module(module)
    return Base.metadata
