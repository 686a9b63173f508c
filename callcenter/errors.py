"""Errors whose message is shown to the user."""


class CallcenterError(Exception):
    """A request could not be carried out. The message is one line for the person who made it."""


class SettingsError(CallcenterError):
    """A setting is missing or malformed; the message names it."""


class DatabaseOutdated(CallcenterError):
    """The database does not have the current schema. The message names the command that upgrades it."""


class NotFound(CallcenterError):
    """The named object does not exist."""


class DatabaseBusy(CallcenterError):
    """The database is locked at the moment. The operation is retried."""


class InvalidInput(CallcenterError):
    """Input from outside is invalid. field: where; the message says how to correct it.

    values: filled into the message, as in `"at most %(most)s characters"`, so that pages can translate it.
    """

    def __init__(self, field: str, message: str, **values: object) -> None:
        super().__init__(message % values if values else message)
        self.field, self.message, self.values = field, message, values


class IllegalTransition(CallcenterError):
    """A transition that the life cycle does not allow."""
