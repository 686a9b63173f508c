"""Which tables are there? Imports every subject's records, so that migrations and tests see one metadata."""

from importlib import import_module

from sqlalchemy import MetaData

from callcenter.storage.base import Base

# By name: storage imports no subject, it only makes sure that each has declared its tables.
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
    "callcenter.notify.records",
)


def metadata() -> MetaData:
    """The metadata of all tables."""
    for module in _RECORDS:
        import_module(module)
    return Base.metadata
