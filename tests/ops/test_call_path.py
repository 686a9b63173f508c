"""The first webhook of a call passes few files, with few calls from one file to another."""

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import update

from callcenter.calls.call import Call
from callcenter.presence.records import ConsultantState
from tests.ops.test_incoming_call_statements import ring
from tests.support.town import SCHOOL, MakeTown, Town

ROOT = Path(__file__).parents[2]
FILES_AT_MOST = 36
CALLS_BETWEEN_FILES_AT_MOST = 112


def is_ours(file: str) -> bool:
    """Whether it is product code: not a library, a test or the stand-in."""
    path = Path(file)
    return (
        path.is_relative_to(ROOT)
        and path.relative_to(ROOT).parts[:2]
        not in {
            ("callcenter", "demo"),
            ("callcenter", "standin"),
        }
        and path.relative_to(ROOT).parts[0] in {"callcenter", "webhooks", "schedules"}
    )


def everybody_is_free_again(town: Town) -> None:
    with town.sessions.begin() as session:
        session.execute(update(ConsultantState).values(reserved_until=None, reserved_for=None))
        session.execute(update(Call).values(ended_at=town.clock.now(), places=0))


def test_the_first_webhook_of_a_call_passes_few_files(a_small_town: MakeTown) -> None:
    town = a_small_town(caseload="05HL;;AIS")
    for number in (1, 2):  # warm
        ring(town, f"CA{number:032}", f"+3110111111{number}")
    everybody_is_free_again(town)
    files: set[str] = set()
    between: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and is_ours(file):
            files.add(file)
            caller = frame.f_back.f_code.co_filename if frame.f_back else ""
            if caller != file:
                between[caller, file] += 1

    sys.setprofile(note)
    try:
        ring(town, "CA" + "9" * 32, SCHOOL)
    finally:
        sys.setprofile(None)
    assert len(town.legs()) == 3
    assert len(files) <= FILES_AT_MOST, sorted(files)
    assert between.total() <= CALLS_BETWEEN_FILES_AT_MOST, between.most_common()
