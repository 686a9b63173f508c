"""Which errors does the product tell its users? Each carries the sentence the user reads."""


class CallcenterError(Exception):
    """What was asked could not be done; the message is one clear line for the person who asked."""


class SettingsError(CallcenterError):
    """A setting is missing or malformed; the message names it."""


class DatabaseOutdated(CallcenterError):
    """The database does not have the current schema; the message names the command that mends it."""


class NotFound(CallcenterError):
    """What was named does not exist."""


class DatabaseBusy(CallcenterError):
    """The database did not let something be done now; it is tried again."""


class InvalidInput(CallcenterError):
    """Input from outside was refused. `field` names the place, the message the mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class IllegalTransition(CallcenterError):
    """A state change that the life cycle does not allow."""
