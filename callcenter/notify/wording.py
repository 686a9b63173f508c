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


def text_refused(locale: str, public_url: str) -> str:
    """For the team lead: a text would have taken a consultant off the line and left too few. The log shows who."""
    link = f"{public_url}/beheer/logboek"
    if locale == "en":
        return (
            "A text message wanted to take a consultant off the line, and too few would have been left. Nothing was "
            f"changed. A text can be forged: ask whether that consultant sent it. Who: {link}"
        )
    return (
        "Een sms wilde een consulent van de lijn halen, en dan bleven er te weinig over. Er is niets veranderd. "
        f"Een sms kan vervalst zijn: vraag of die consulent hem stuurde. Wie: {link}"
    )


def text_untold(locale: str, public_url: str, how_many: int) -> str:
    """For the team lead: a text to a consultant about callbacks did not arrive. The list shows which. how_many: of the
    callbacks."""
    link = f"{public_url}/terugbellen"
    if locale == "en":
        about = "a callback" if how_many == 1 else f"{how_many} callbacks"
        return f"A text message to a consultant about {about} did not arrive: {link}"
    about = "een terugbelverzoek" if how_many == 1 else f"{how_many} terugbelverzoeken"
    return f"Een sms aan een consulent over {about} kwam niet aan: {link}"


def without_link(body: str, public_url: str) -> tuple[str, str]:
    """A message's words, and the path of the page that it links to at its end; the first page's when it has none."""
    words, _link, path = body.rpartition(f": {public_url}/")
    return (words, f"/{path}") if words else (body, "/")


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

    def new(self, times: Sequence[datetime], now: datetime, link: str, *, appointment: bool = False) -> str:
        """New callbacks. times: for each its appointment or due time; appointment: the only one is an appointment."""
        first = self.when(min(times), now)
        if len(times) == 1:
            start = "Nieuw terugbelverzoek" if self._nl else "New callback"
            return f"{start}, {self._before(first, appointment)}: {link}"
        if self._nl:
            return f"{len(times)} nieuwe terugbelverzoeken, het eerste vóór {first}: {link}"
        return f"{len(times)} new callbacks, the first before {first}: {link}"

    def other_time(self, times: Sequence[datetime], now: datetime, link: str, *, appointment: bool = False) -> str:
        """Callbacks whose time somebody changed. times and appointment: as in `new`."""
        first = self.when(min(times), now)
        if len(times) == 1:
            start = "Andere tijd voor een terugbelverzoek" if self._nl else "Another time for a callback"
            return f"{start}, {self._before(first, appointment)}: {link}"
        if self._nl:
            return f"Andere tijd voor {len(times)} terugbelverzoeken, het eerste vóór {first}: {link}"
        return f"Another time for {len(times)} callbacks, the first before {first}: {link}"

    def _before(self, when: str, appointment: bool) -> str:
        if appointment:
            return f"belafspraak om {when}" if self._nl else f"appointment at {when}"
        return f"bellen vóór {when}" if self._nl else f"ring before {when}"

    def due_soon(self, times: Sequence[datetime], now: datetime, link: str) -> str:
        """Callbacks that will be overdue within minutes. times: as in `new`."""
        minutes = max(1, round((min(times) - now).total_seconds() / 60))
        if self._nl:
            unit = "minuut" if minutes == 1 else "minuten"
            many = f" ({len(times)} terugbelverzoeken)" if len(times) > 1 else ""
            return f"Over {minutes} {unit} te laat{many}: {link}"
        unit = "minute" if minutes == 1 else "minutes"
        many = f" ({len(times)} callbacks)" if len(times) > 1 else ""
        return f"Overdue in {minutes} {unit}{many}: {link}"

    def appointment(self, at: datetime, now: datetime, link: str) -> str:
        """An appointment that is near."""
        start = "Belafspraak om" if self._nl else "Call appointment at"
        return f"{start} {self.when(at, now)}: {link}"

    def before_closing(self, how_many: int, closing: datetime, now: datetime, link: str) -> str:
        """Callbacks that are due before the line opens again, while it is about to close. closing: when it closes."""
        when = self.when(closing, now)
        if self._nl:
            noun = "terugbelverzoek" if how_many == 1 else "terugbelverzoeken"
            return f"{how_many} {noun} nog vóór sluiting bellen ({when}): {link}"
        noun = "callback" if how_many == 1 else "callbacks"
        return f"{how_many} {noun} to ring before closing ({when}): {link}"

    def unowned(self, times: Sequence[datetime], now: datetime, link: str, *, absent: bool = False) -> str:
        """For the team lead: callbacks that nobody owns. times: as in `new`; absent: their owners are not there."""
        first = self.when(min(times), now)
        if absent:
            if self._nl:
                many = "een terugbelverzoek" if len(times) == 1 else f"{len(times)} terugbelverzoeken"
                return f"Voor {many} is de eigenaar er niet, bellen vóór {first}: {link}"
            many = "a callback" if len(times) == 1 else f"{len(times)} callbacks"
            return f"The owner of {many} is not there, ring before {first}: {link}"
        if len(times) == 1:
            if self._nl:
                return f"Een terugbelverzoek is van niemand, bellen vóór {first}: {link}"
            return f"Nobody owns a callback, ring before {first}: {link}"
        if self._nl:
            return f"{len(times)} terugbelverzoeken zijn van niemand, het eerste vóór {first}: {link}"
        return f"Nobody owns {len(times)} callbacks, the first before {first}: {link}"

    def overdue(self, times: Sequence[datetime], now: datetime, link: str, *, appointment: bool = False) -> str:
        """Overdue callbacks. times and appointment: as in `new`."""
        since = self.when(min(times), now)
        if len(times) == 1:
            if appointment:
                start = "Te laat voor de belafspraak van" if self._nl else "Overdue: the appointment was at"
                return f"{start} {since}: {link}"
            return f"Te laat sinds {since}: {link}" if self._nl else f"Overdue since {since}: {link}"
        if self._nl:
            return f"{len(times)} terugbelverzoeken te laat, het oudste sinds {since}: {link}"
        return f"{len(times)} callbacks overdue, the oldest since {since}: {link}"

    def digest(
        self, times: Sequence[datetime], now: datetime, link: str, *, to_hear: int = 0, late: int | None = None
    ) -> str:
        """The callbacks at the beginning of a consultant's day. times: as in `new`, of those to ring; to_hear: how many
        only wait until a message is heard; late: how many are overdue, None to compare their times."""
        hour = now.astimezone(self._zone).hour
        if self._nl:
            greeting = "Goedemorgen" if hour < 12 else "Goedemiddag"
            hear = "Luister nog een bericht af" if to_hear == 1 else "Luister nog berichten af"
        else:
            greeting = "Good morning" if hour < 12 else "Good afternoon"
            hear = "Still listen to a message" if to_hear == 1 else "Still listen to messages"
        parts = [greeting, *([self._to_ring(times, now, late)] if times else []), *([hear] if to_hear else [])]
        return f"{'. '.join(parts)}: {link}"

    def _to_ring(self, times: Sequence[datetime], now: datetime, late: int | None) -> str:
        late = sum(time < now for time in times) if late is None else late
        first = min(times)
        count = late or sum(time == first for time in times)
        if self._nl:
            noun = "terugbelverzoek" if len(times) == 1 else "terugbelverzoeken"
            which = f"{count} te laat" if late else f"{count} vóór {self.when(first, now)}"
            return f"{len(times)} {noun}, {which}"
        noun = "callback" if len(times) == 1 else "callbacks"
        which = f"{count} overdue" if late else f"{count} before {self.when(first, now)}"
        return f"{len(times)} {noun}, {which}"

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
