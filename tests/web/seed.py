"""The office of the page tests: a small one, on a Tuesday morning."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from callcenter.callbacks.records import Callback, CallbackAttempt, PromisedTime
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.calls.records import CallDecision, Voicemail, VoicemailAudio
from callcenter.directory.records import Contact, ContactNumber
from callcenter.lines.records import Line
from callcenter.presence.records import ConsultantState
from callcenter.rota import versions
from callcenter.routing.records import SurveyAnswer, SurveyQuestion
from callcenter.routing.survey_links import new_token
from callcenter.telephony.audio import ring_tone
from tests.support.askers import a_cheap_login

# Tuesday 8 June 2027, 10.00 in Amsterdam.
NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
PASSWORD = "een-lang-genoeg-wachtwoord"
LEAD, ADMIN, CONSULTANT = "lead@rbl.example", "admin@rbl.example", "cem@rbl.example"

ROTA = {
    "consultants.csv": """code;name;mobile;email;regions
AIS;Aïsha Siddiqi;06 35000001;;Dordrecht
BRA;Bram Visser;06 35000002;;Dordrecht
CEM;Cem Özdemir;06 35000003;;Gorinchem
DIR;Dirkje van der Meulen-Hoogstraten;06 35000004;;Gorinchem
EVA;Eva Smit;06 35000005;;Dordrecht
FLO;Flora Bos;06 35000006;;
""",
    "shifts.csv": """consultant;days;from;to;role
AIS;mon-fri;8:30;12:00;line
BRA;mon-fri;8:30;17:00;line
CEM;mon-fri;8:30;12:00;line
CEM;mon-thu;12:30;17:00;line
DIR;tue,thu;8:30;12:00;line
EVA;mon-fri;8:30;17:00;line
FLO;mon-fri;8:30;17:00;backup
""",
    "exceptions.csv": """id;kind;consultant;from;to;substitute;note;by
1;leave;EVA;07-06-2027;11-06-2027;;;
2;sick;BRA;08-06-2027 12:00;08-06-2027 17:00;;;
3;swap;DIR;10-06-2027 8:30;10-06-2027 12:00;AIS;;
""",
    "caseload.csv": "school;municipality;consultant\n;Dordrecht;AIS\n",
    "policy.toml": """[open]
mon-fri = ["08:30-17:00"]
[closed_days]
good_friday = "closed"
liberation_day = "lustrum"
""",
}


@dataclass(frozen=True)
class Seeded:
    """The ids a test refers to. asked: the token of a survey question."""

    answered: int
    missed: int
    live: int
    voicemail: int
    heard: int
    plain: int
    asked: str


def seed(session: Session) -> Seeded:
    """Fill a fresh database. The caller commits."""
    for email, role, code in ((LEAD, "lead", None), (ADMIN, "admin", None), (CONSULTANT, "consultant", "CEM")):
        a_cheap_login(session, NOW, email, role, PASSWORD, code)
    session.add(Line(number="+31858880000", name="RBL", created_at=NOW))
    versions.load(session, {name: text.encode() for name, text in ROTA.items()}, "team lead", NOW - timedelta(days=9))
    schools = _schools(session)
    _states(session)
    session.flush()
    answered = _history(session, schools)
    missed, voicemail = _missed(session, schools)
    live = _live(session, schools)
    heard, plain = _callbacks(session, schools, missed)
    question = SurveyQuestion(number=None, line_id=1, group="school", way="text", asked_at=NOW)
    session.add(question)
    session.flush()
    return Seeded(answered, missed, live, voicemail, heard, plain, new_token(session, question.id))


def a_contact(code: str, name: str, place: str, number: str) -> Contact:
    """A school with one number."""
    contact = Contact(
        kind="school",
        source="duo_primary",
        duo_code=code,
        brin=code[:4],
        name=name,
        place=place,
        municipality=place,
        rmc_region="Zuid-Holland-Zuid",
        updated_at=NOW,
    )
    contact.numbers.append(ContactNumber(number=number, source="duo_primary"))
    return contact


def _schools(session: Session) -> list[Contact]:
    schools = [
        a_contact("05WE00", "obs De Wegwijzer", "Dordrecht", "+31786130001"),
        a_contact("14IX00", "Insula College, locatie Halmaheiraplein", "Dordrecht", "+31786130002"),
        a_contact("09MO00", "cbs De Verrekijker voor Daltononderwijs", "Gorinchem", "+31183630003"),
    ]
    session.add_all(schools)
    session.flush()
    return schools


def _states(session: Session) -> None:
    session.add_all(
        [
            ConsultantState(
                code="AIS", talking_since=NOW - timedelta(seconds=192), reserved_until=NOW + timedelta(hours=1)
            ),
            ConsultantState(code="CEM", presence="break", presence_until=NOW + timedelta(minutes=12)),
            ConsultantState(code="DIR", paused_until=NOW + timedelta(minutes=9)),
        ]
    )


def a_call(number: int, at: datetime, outcome: str | None, contact: Contact | None = None, **more: object) -> Call:
    """A call, with a default for every column that needs one."""
    values: dict[str, object] = {
        "call_sid": f"CA{number:032d}",
        "line_id": 1,
        "from_number": contact.numbers[0].number if contact else "+31612345678",
        "group": "school" if contact else "unknown",
        "contact_id": contact.id if contact else None,
        "caller_name": contact.name if contact else None,
        "caller_place": contact.place if contact else None,
        "received_at": at,
        "in_hours": True,
        "rota_version_id": 1,
        "state": "ended" if outcome else "ringing",
        "stage": "ended" if outcome else "hunting",
        "outcome": outcome,
        "outcome_at": at + timedelta(seconds=200) if outcome else None,
        "ended_at": at + timedelta(seconds=200) if outcome else None,
        "counted": outcome is not None,
        "last_event_at": at,
        "tier_list": [],
        "offered_to": [],
    } | more
    if values["counted"]:
        wait_s = values.get("wait_s")
        values.setdefault("in_time", outcome == "answered" and isinstance(wait_s, float) and wait_s <= 30)
    return Call(**values)


def _history(session: Session, schools: list[Contact]) -> int:
    """Four weeks of calls, most of them in the morning, and this morning's."""
    outcomes = ("answered", "answered", "answered", "voicemail", "answered", "missed", "answered", "abandoned")
    number = 1000
    first = 0
    for back in range(28, -1, -1):
        day = (NOW - timedelta(days=back)).replace(hour=6, minute=35)
        if (NOW - timedelta(days=back)).weekday() > 4:
            continue
        for index in range(24 if back else 14):
            at = day + timedelta(minutes=index * (17 if back else 6))
            if at > NOW:
                break
            outcome = outcomes[(index * 5 + back) % len(outcomes)]
            number += 1
            call = a_call(
                number,
                at,
                outcome,
                schools[index % 3] if index % 4 else None,
                wait_s=8.0 + index * 3 % 50,
                talk_s=140.0 if outcome == "answered" else None,
                connected_at=at + timedelta(seconds=20) if outcome == "answered" else None,
                answered_by=("AIS", "BRA", "CEM")[index % 3] if outcome == "answered" else None,
            )
            session.add(call)
            session.flush()
            if outcome == "answered":
                first = call.id
            if index % 5 == 0:
                session.add(SurveyAnswer(group=call.group, answer="no" if index % 15 == 0 else "yes", at=at))
    return first


def _missed(session: Session, schools: list[Contact]) -> tuple[int, int]:
    at = NOW - timedelta(minutes=42)
    call = a_call(1, at, "voicemail", schools[0], wait_s=61.0, message_at=at + timedelta(seconds=61))
    session.add(call)
    session.flush()
    session.add_all(
        [
            Leg(
                call_id=call.id,
                consultant=code,
                tier=tier,
                state="ended",
                offered_at=at + timedelta(seconds=after),
                ring_timeout_s=18,
                ended_at=at + timedelta(seconds=after + 15),
                expires_at=at + timedelta(minutes=2),
                result=result,
                ring_s=ring_s,
            )
            for code, tier, after, result, ring_s in (
                ("AIS", "preferred", 2, "voicemail", 4.0),
                ("BRA", "region", 18, "no_answer", 15.0),
                ("FLO", "backup", 36, "declined", 6.0),
            )
        ]
    )
    until = (NOW + timedelta(minutes=12)).isoformat()
    session.add_all(
        [
            CallDecision(
                call_id=call.id,
                at=at,
                title="preferred",
                reasons=[
                    {"consultant": "AIS", "reason": "offered", "rank": 1},
                    {"consultant": "BRA", "reason": "not_preferred", "until": None},
                    {"consultant": "CEM", "reason": "not_preferred", "until": None},
                ],
            ),
            CallDecision(
                call_id=call.id,
                at=at + timedelta(seconds=17),
                title="region",
                reasons=[
                    {"consultant": "BRA", "reason": "offered", "rank": 1},
                    {"consultant": "AIS", "reason": "already_offered", "until": None},
                    {"consultant": "CEM", "reason": "break", "until": until},
                    {"consultant": "DIR", "reason": "other_region", "until": None},
                ],
            ),
            CallDecision(call_id=call.id, at=at + timedelta(seconds=61), title="message: exhausted", reasons=[]),
        ]
    )
    voicemail = Voicemail(call_id=call.id, duration_s=3, received_at=at + timedelta(seconds=90), state="stored")
    session.add(voicemail)
    session.flush()
    session.add(VoicemailAudio(voicemail_id=voicemail.id, content_type="audio/wav", audio=ring_tone(3)))
    call.voicemail_id = voicemail.id
    return call.id, voicemail.id


def _live(session: Session, schools: list[Contact]) -> int:
    waiting = a_call(2, NOW - timedelta(seconds=38), None, schools[2], tier=1)
    talking = a_call(
        3,
        NOW - timedelta(seconds=215),
        None,
        schools[1],
        state="connected",
        stage="talking",
        from_number="+31786130009",  # another telephone than that of the late callback
        connected_at=NOW - timedelta(seconds=192),
        answered_by="AIS",
    )
    session.add_all([waiting, talking])
    session.flush()
    return waiting.id


def a_callback(at: datetime, due: timedelta, owner: str | None, contact: Contact | None, **more: object) -> Callback:
    """An open callback, with a default for every column that needs one."""
    values: dict[str, object] = {
        "line_id": 1,
        "number": contact.numbers[0].number if contact else "+31612345678",
        "group": "school" if contact else "unknown",
        "contact_id": contact.id if contact else None,
        "caller_name": contact.name if contact else None,
        "caller_place": contact.place if contact else None,
        "reason": "missed",
        "created_at": at,
        "due_at": NOW + due,
        "owner": owner,
        "owner_since": at,
        "state": "open",
    }
    return Callback(**(values | more))


def _callbacks(session: Session, schools: list[Contact], missed: int) -> tuple[int, int]:
    made = NOW - timedelta(minutes=40)
    heard = a_callback(made, timedelta(minutes=25), "CEM", schools[0], reason="voicemail", priority=1)
    plain = a_callback(made, timedelta(hours=3), "CEM", None, attempts=1)
    late = a_callback(made - timedelta(hours=2), -timedelta(minutes=18), "BRA", schools[1], reason="abandoned")
    unowned = a_callback(made, timedelta(minutes=50), None, schools[2], reason="closed")
    closed = a_callback(
        made - timedelta(days=1),
        -timedelta(hours=20),
        "CEM",
        schools[2],
        number="+31183630099",
        state="reached",
        closed_at=NOW - timedelta(hours=21),
        closed_in_time=True,
    )
    session.add_all([heard, plain, late, unowned, closed])
    session.flush()
    session.add_all(
        PromisedTime(callback_id=one.id, made_at=one.created_at, due_at=one.due_at, kept_at=one.closed_at)
        for one in (heard, late, unowned, closed)
    )
    session.add(
        PromisedTime(callback_id=plain.id, made_at=made, due_at=plain.due_at, kept_at=made + timedelta(minutes=5))
    )
    session.add(
        CallbackAttempt(
            callback_id=plain.id,
            consultant="CEM",
            started_at=made + timedelta(minutes=5),
            dialled_at=made + timedelta(minutes=5),
            ended_at=made + timedelta(minutes=6),
            confirmed_at=made + timedelta(minutes=6),
            expires_at=made + timedelta(minutes=6),
            state="ended",
            suggested="no_answer",
            result="no_answer",
        )
    )
    session.get_one(Call, missed).callback_id = heard.id
    return heard.id, plain.id
