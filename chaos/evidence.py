"""Keeps what is needed to find the cause of a breach: the database, and every event at Twilio."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from callcenter.standin.twilio.calls import Call as Telephone
from chaos.backups import run_command
from chaos.place import Place


def keep(place: Place, environment: Mapping[str, str], folder: Path) -> None:
    """Write a backup of the database and the story of each call at Twilio into this folder."""
    (folder / "twilio.txt").write_text("\n".join(_stories(place)), encoding="utf-8")
    error = run_command(environment, "backup", str(folder / "database"))
    if error:
        (folder / "database.error").write_text(error, encoding="utf-8")


def _stories(place: Place) -> Iterator[str]:
    for ring in place.standin.exchange.rings:
        yield f"ring {ring}"
    for call in place.standin.calls:
        yield f"{call.sid} {call.direction} from {call.from_} to {call.to}, {call.status}"
        yield from (line for _, line in sorted(_events(call)))


def _events(call: Telephone) -> Iterator[tuple[str, str]]:
    for heard in call.heard:
        yield f"{heard.at}", f"  {heard.at:%H:%M:%S.%f} heard {heard.what} until {heard.until}"
    for sent in call.webhooks:
        yield f"{sent.at}", f"  {sent.at:%H:%M:%S.%f} sent {sent.kind} {sent.url}: {sent.status}"
