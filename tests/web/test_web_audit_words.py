"""The audit log in words: to whom, of whom, in local time, and nothing that only a developer knows."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, session

from callcenter.access.audit import note
from callcenter.access.records import ApiToken, User
from callcenter.callbacks.records import Callback
from callcenter.lines.records import Line
from callcenter.office import Office
from callcenter.web import audit_words, words
from callcenter.web.locale import SESSION_KEY
from tests.web.conftest import LogIn
from tests.web.seed import ADMIN, LEAD, NOW, Seeded

ROOT = Path(__file__).parents[2]


def _notes() -> Iterator[tuple[str, ast.Call]]:
    """Each place where a row of the audit log is written."""
    for folder in ("callcenter", "webhooks", "schedules"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text())):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and _writes(call, call.func.id):
                    yield f"{path.relative_to(ROOT)}:{call.lineno}", call


def _writes(call: ast.Call, name: str) -> bool:
    return name == "tally" or (name in ("audit", "note") and len(call.args) == 5)


def test_every_detail_and_every_subject_has_its_words() -> None:
    found = list(_notes())
    assert len(found) > 50
    strange = []
    for place, call in found:
        strange += [(place, key.arg) for key in call.keywords if key.arg and key.arg not in audit_words._DETAILS]
        subject = call.args[-1]
        if isinstance(subject, ast.Constant) and subject.value not in audit_words._WHOLE:
            strange.append((place, str(subject.value)))
        if isinstance(subject, ast.JoinedStr):
            first = subject.values[0]
            kind = str(first.value).partition(":")[0] if isinstance(first, ast.Constant) else ""
            if kind not in audit_words._NAMED:
                strange.append((place, kind))
        action = call.args[-2]
        if isinstance(action, ast.Constant) and action.value not in words.ACTIONS:
            strange.append((place, str(action.value)))
    assert strange == []


def test_the_log_says_to_whom_and_of_whom_in_local_time(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as stored:
        user = stored.query(User).filter_by(email=LEAD).one()
        line = stored.query(Line).one()
        token = ApiToken(name="telefoonbord", role="lead", token_hash="x", created_at=NOW)
        stored.add(token)
        stored.flush()
        at = datetime(2027, 6, 8, 14, 30, tzinfo=UTC).isoformat()
        for action, subject, detail in (
            ("user_disabled", f"user:{user.id}", {"tokens": 2}),
            ("token_created", "tokens", {"role": "lead", "days": 0}),
            ("token_revoked", f"token:{token.id}", {}),
            ("callback_handed_over", f"callback:{seeded.plain}", {"owner": "BRA", "before": "CEM"}),
            ("callback_due_set", f"callback:{seeded.plain}", {"due_at": at}),
            ("callback_attempt", f"callback:{seeded.plain}", {"result": "no_answer"}),
            ("presence_set", "consultant:AIS", {"state": "busy"}),
            ("line_added", f"line:{line.id}", {}),
            ("prompt_uploaded", "prompt:goodbye:nl", {}),
        ):
            note(stored, NOW, "clock", action, subject, **detail)
    page = log_in(ADMIN).get("/beheer/logboek").text
    for said in (
        f"{LEAD} · sleutels ingetrokken 2",
        "API-sleutels · rol teamleider · geldig altijd",
        "API-sleutel telefoonbord",
        "aan Bram Visser · eerst van Cem Özdemir",
        "bellen vóór 16.30 uur",
        "resultaat geen gehoor",
        "Aïsha Siddiqi · aanwezigheid bezet",
        "085 888 0000 RBL",
        "tekst goodbye, NL",
        "callcenter zelf",
    ):
        assert said in page, said
    text = re.sub(r"<[^>]+>", " ", page.split("<tbody>")[1])
    assert not re.findall(r"user:|token:|\bclock\b|no_answer|\+00:00|T14:30|\bbusy\b|\bNone\b", text)


def test_a_callback_s_history_says_to_whom_it_went(log_in: LogIn, office: Office, seeded: Seeded) -> None:
    with office.sessions.begin() as stored:
        assert stored.get(Callback, seeded.plain) is not None
        note(stored, NOW, LEAD, "callback_handed_over", f"callback:{seeded.plain}", owner="BRA", before=None)
        note(stored, NOW, "clock", "callback_given", f"callback:{seeded.plain}", owner="AIS", before="BRA")
    page = log_in(LEAD).get(f"/terugbellen/{seeded.plain}").text
    assert "droeg het over · aan Bram Visser" in page
    assert "gaf het door · aan Aïsha Siddiqi · eerst van Bram Visser" in page
    assert "callcenter zelf" in page


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("bord (token 12)", "bord (API-sleutel)"),
        ("source 3f2a91c07b11", "een netwerk (3f2a91c07b11)"),
        ("AIS", "Aïsha Siddiqi"),
        ("piet@rbl.example", "piet@rbl.example"),
        ("demo", "de demo"),
        ("command line", "de opdrachtregel"),
    ],
)
def test_who_did_it_is_named_as_people_know_them(app: Flask, name: str, said: str) -> None:
    with app.test_request_context():
        session[SESSION_KEY] = "nl"
        assert audit_words.actor(name) == said


def test_what_is_gone_since_keeps_its_number(app: Flask) -> None:
    with app.test_request_context():
        session[SESSION_KEY] = "nl"
        assert audit_words.subject("user:99") == "gebruiker 99"
        assert audit_words.subject("token:99") == "API-sleutel 99"
        assert audit_words.subject("report_recipient:7") == "een ontvanger die is weggehaald"
