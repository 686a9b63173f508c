"""The texts of messages to consultants and the team lead, in both languages. They have no name and no number."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Kind = Literal["new", "due_soon", "overdue", "digest"]
# A consultant may switch each kind off.
KINDS: tuple[Kind, ...] = ("new", "due_soon", "overdue", "digest")

_DAYS = {"nl": ("ma", "di", "wo", "do", "vr", "za", "zo"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def texts_stopped(locale: str, public_url: str) -> str:
    """For the team lead: a consultant gets no texts any more. The board shows who."""
    if locale == "en":
        return f"A consultant gets no text messages from the line any more: that mobile sent STOP. Who: {public_url}/"
    return f"Een consulent krijgt geen sms'jes van de lijn meer, want die mobiel stuurde STOP. Wie: {public_url}/"


def text_untold(locale: str, public_url: str, how_many: int) -> str:
    """For the team lead: a text to a consultant about callbacks did not arrive. The list shows which. how_many: of the
    callbacks."""
    link = f"{public_url}/terugbellen"
    if locale == "en":
        about = "a callback" if how_many == 1 else f"{how_many} callbacks"
        return f"A text message to a consultant about {about} did not arrive: {link}"
    about = "een terugbelverzoek" if how_many == 1 else f"{how_many} terugbelverzoeken"
    return f"Een sms aan een consulent over {about} kwam niet aan: {link}"


def possibly_twice(locale: str, body: str) -> str:
    """A message that is sent once more, because the first one may have arrived or not."""
    return f"(Possibly twice) {body}" if locale == "en" else f"(Mogelijk dubbel) {body}"


def a_test(locale: str) -> str:
    """A message that only shows that a channel of the team lead works."""
    if locale == "en":
        return "A test of callcenter: messages for the team lead come here."
    return "Een test van callcenter: berichten voor de teamleider komen hier aan."


class Writer:
    """Writes the texts of one office, in its language (`nl` or `en`), with its time zone and public address."""

    def __init__(self, locale: str, zone: ZoneInfo, public_url: str) -> None:
        self._nl = locale != "en"
        self._zone = zone
        self._public_url = public_url

    def link(self, callback_ids: Sequence[int]) -> str:
        """The page where a consultant finds these callbacks, after logging in."""
        path = f"/mijn/terugbellen/{callback_ids[0]}" if len(callback_ids) == 1 else "/mijn"
        return f"{self._public_url}{path}"

    def lead_link(self) -> str:
        """The page where the team lead finds overdue callbacks, after logging in."""
        return f"{self._public_url}/terugbellen"

    def new(self, dues: Sequence[datetime], now: datetime, link: str) -> str:
        """New callbacks. dues: their due times."""
        first = self.when(min(dues), now)
        if len(dues) == 1:
            start = "Nieuw terugbelverzoek, bellen vóór" if self._nl else "New callback, ring before"
            return f"{start} {first}: {link}"
        if self._nl:
            return f"{len(dues)} nieuwe terugbelverzoeken, het eerste vóór {first}: {link}"
        return f"{len(dues)} new callbacks, the first before {first}: {link}"

    def due_soon(self, dues: Sequence[datetime], now: datetime, link: str) -> str:
        """Callbacks that will be overdue within minutes. dues: their due times."""
        minutes = max(1, round((min(dues) - now).total_seconds() / 60))
        if self._nl:
            unit = "minuut" if minutes == 1 else "minuten"
            many = f" ({len(dues)} terugbelverzoeken)" if len(dues) > 1 else ""
            return f"Over {minutes} {unit} te laat{many}: {link}"
        unit = "minute" if minutes == 1 else "minutes"
        many = f" ({len(dues)} callbacks)" if len(dues) > 1 else ""
        return f"Overdue in {minutes} {unit}{many}: {link}"

    def appointment(self, at: datetime, now: datetime, link: str) -> str:
        """An appointment that is near."""
        start = "Belafspraak om" if self._nl else "Call appointment at"
        return f"{start} {self.when(at, now)}: {link}"

    def overdue(self, dues: Sequence[datetime], now: datetime, link: str) -> str:
        """Overdue callbacks. dues: their due times."""
        since = self.when(min(dues), now)
        if len(dues) == 1:
            return f"Te laat sinds {since}: {link}" if self._nl else f"Overdue since {since}: {link}"
        if self._nl:
            return f"{len(dues)} terugbelverzoeken te laat, het oudste sinds {since}: {link}"
        return f"{len(dues)} callbacks overdue, the oldest since {since}: {link}"

    def digest(self, dues: Sequence[datetime], now: datetime, link: str, *, to_hear: int = 0) -> str:
        """The callbacks at the beginning of a consultant's day. dues: the due times of those to ring; to_hear: how many
        only wait until a message is heard."""
        hour = now.astimezone(self._zone).hour
        if self._nl:
            greeting = "Goedemorgen" if hour < 12 else "Goedemiddag"
            hear = "Luister nog een bericht af" if to_hear == 1 else "Luister nog berichten af"
        else:
            greeting = "Good morning" if hour < 12 else "Good afternoon"
            hear = "Still listen to a message" if to_hear == 1 else "Still listen to messages"
        parts = [greeting, *([self._to_ring(dues, now)] if dues else []), *([hear] if to_hear else [])]
        return f"{'. '.join(parts)}: {link}"

    def _to_ring(self, dues: Sequence[datetime], now: datetime) -> str:
        late = sum(due < now for due in dues)
        first = min(dues)
        count = late or sum(due == first for due in dues)
        if self._nl:
            noun = "terugbelverzoek" if len(dues) == 1 else "terugbelverzoeken"
            which = f"{count} te laat" if late else f"{count} vóór {self.when(first, now)}"
            return f"{len(dues)} {noun}, {which}"
        noun = "callback" if len(dues) == 1 else "callbacks"
        which = f"{count} overdue" if late else f"{count} before {self.when(first, now)}"
        return f"{len(dues)} {noun}, {which}"

    def message_lost(self, received_at: datetime, call_id: int | None, now: datetime) -> str:
        """For the team lead: a caller's message could not be fetched from Twilio in three days."""
        link = f"{self._public_url}/oproepen/{call_id}" if call_id else self.lead_link()
        when = self.when(received_at, now)
        if self._nl:
            return f"Een ingesproken bericht is verloren gegaan ({when}). Bel de beller terug: {link}"
        return f"A caller's message was lost ({when}). Ring the caller back: {link}"

    def when(self, at: datetime, now: datetime) -> str:
        """An instant as people write it, in the office's zone: `14.30 uur`, `morgen 9.15 uur`, `di 8 juni 9.15 uur`."""
        local, today = at.astimezone(self._zone), now.astimezone(self._zone).date()
        days = (local.date() - today).days
        clock = f"{local.hour}.{local:%M} uur" if self._nl else f"{local:%H:%M}"
        if days == 0:
            return clock
        if days == 1:
            return f"morgen {clock}" if self._nl else f"tomorrow {clock}"
        day = _DAYS["nl" if self._nl else "en"][local.weekday()]
        month = _MONTHS[local.month - 1] if self._nl else _MONTHS_EN[local.month - 1]
        return f"{day} {local.day} {month} {clock}"
