"""Which pages there are, by whom they may be opened, and which of them the menu shows."""

from collections.abc import Iterator
from dataclasses import dataclass

from callcenter.web.locale import later as _l
from callcenter.web.page import ADMINS, EVERYONE, LEADS, visitor


@dataclass(frozen=True, slots=True)
class Place:
    """A page that stands on its own. label: its name, translated when it is shown; roles: who may open it; in_menu:
    whether the menu shows it, or only the search; own: only for logins of somebody who answers calls."""

    endpoint: str
    label: object
    roles: tuple[str, ...]
    in_menu: bool = False
    own: bool = False


PLACES = (
    Place("board.board", _l("Board"), LEADS, in_menu=True),
    Place("mine.mine", _l("Mine"), EVERYONE, in_menu=True, own=True),
    Place("calls.calls", _l("Calls"), LEADS, in_menu=True),
    Place("callbacks.callbacks", _l("Callbacks"), LEADS, in_menu=True),
    Place("rota.rota_week", _l("Rota"), EVERYONE, in_menu=True),
    Place("figures.figures", _l("Figures"), LEADS, in_menu=True),
    Place("schools.schools", _l("Schools"), LEADS, in_menu=True),
    Place("wall_links.links", _l("Wall"), LEADS, in_menu=True),
    Place("admin_users.users", _l("Admin"), ADMINS, in_menu=True),
    Place("callbacks_promises.promises", _l("Promised times"), LEADS),
    Place("rota_versions.rota_list", _l("Rota versions"), LEADS),
    Place("reports.reports", _l("Month reports"), LEADS),
    Place("figures.explained", _l("What do the figures mean?"), LEADS),
    Place("own_login.own_login", _l("My login"), EVERYONE),
    Place("second_factor.show", _l("Second factor"), EVERYONE),
    Place("admin_users.users", _l("Logins"), ADMINS),
    Place("admin_tokens.tokens", _l("API tokens"), ADMINS),
    Place("admin_lines.lines", _l("Lines"), ADMINS),
    Place("admin_blocked.blocked", _l("Blocked numbers"), ADMINS),
    Place("admin_prompts.prompts", _l("What the line says"), ADMINS),
    Place("admin_audit.audit", _l("Audit log"), ADMINS),
)


def places() -> Iterator[Place]:
    """The pages that this visitor may open, those of the menu first and in its order."""
    who = visitor()
    for place in PLACES:
        if who.role in place.roles and (who.consultant is not None or not place.own):
            yield place


def menu() -> Iterator[Place]:
    """The pages that the menu shows this visitor."""
    return (place for place in places() if place.in_menu)
