"""Facts of an installation become findings: what is wrong, how bad it is, and how to mend it."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.doctor import judgement
from callcenter.doctor.findings import Finding, Level, as_json, as_line, exit_status, fault, ok, warning

NOW = datetime(2027, 6, 8, 8, 0, tzinfo=UTC)
STALE = judgement.job("sweep", None, None, 60, NOW)
GAP = (NOW, NOW + timedelta(hours=1))


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def levels(found: Finding | Iterable[Finding] | None) -> list[str]:
    every = [found] if isinstance(found, Finding) else list(found or ())
    assert all((one.mend is None) == (one.level is Level.OK) for one in every), "what is wrong says how to mend it"
    return [str(one.level) for one in every]


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (judgement.secret_key("9f86d081884c7d659a2feaa0c55ad015"), ["ok"]),
        (judgement.secret_key("change-me-please-now"), ["warning"]),
        (judgement.secret_key("aaaaaaaaaaaaaaaabbbb"), ["warning"]),
        (judgement.metrics_token(True), ["ok"]),
        (judgement.metrics_token(False), ["warning"]),
        (judgement.retention("400d"), ["ok"]),
        (judgement.retention("57w1d"), ["ok"]),
        (judgement.retention("1y"), ["warning"]),
        (judgement.retention("0s"), ["warning"]),
        (judgement.secondary_token(False), []),
        (judgement.secondary_token(True), ["warning"]),
        (judgement.public_address("https://line.example.nl", is_local=False), ["ok"]),
        (judgement.public_address("http://line.example.nl", is_local=False), ["fault"]),
        (judgement.public_address("http://127.0.0.1:8000", is_local=True), ["ok"]),
        (judgement.notify_addresses([]), ["warning"]),
        (judgement.notify_addresses([True, False]), ["ok", "fault"]),
        (judgement.server_version(14), ["warning"]),
        (judgement.server_version(15), []),
        (judgement.wal(64_000_000), []),
        (judgement.wal(64_000_001), ["warning"]),
        (judgement.disk("/var", 1_000_000_000), ["ok"]),
        (judgement.disk("/var", 999_999_999), ["warning"]),
        (judgement.disk("/var", 199_999_999), ["fault"]),
        (judgement.clock("Twilio", 5), ["ok"]),
        (judgement.clock("Twilio", -6), ["warning"]),
        (judgement.clock("Twilio", 60.5), ["fault"]),
        (judgement.clock("Twilio", -3600), ["fault"]),
        (judgement.job("sweep", ago(seconds=60), None, 60, NOW), []),
        (judgement.job("sweep", ago(seconds=61), None, 60, NOW), ["fault"]),
        (judgement.job("sweep", None, "OperationalError", 60, NOW), ["fault"]),
        (judgement.job("sweep", NOW + timedelta(hours=1), None, 60, NOW), ["fault"]),
        (judgement.jobs({"sweep": None, "gaps": None}), ["ok"]),
        (judgement.jobs({"sweep": STALE, "gaps": None}), ["fault"]),
        (judgement.jobs({"sweep": STALE, "gaps": STALE, "rollup": STALE}), ["fault"]),
        (judgement.outbox(0, {}), ["ok"]),
        (judgement.outbox(61, {}), ["warning"]),
        (judgement.outbox(601, {"notify_sms": 2}), ["fault", "warning"]),
        (judgement.rota([], NOW + timedelta(days=40), False, NOW), ["ok"]),
        (judgement.rota([GAP], NOW + timedelta(days=40), False, NOW), ["warning"]),
        (judgement.rota([], NOW + timedelta(days=20), False, NOW), ["warning"]),
        (judgement.rota([], None, False, NOW), ["fault"]),
        (judgement.rota([], NOW + timedelta(days=40), True, NOW), ["warning"]),
        (judgement.certificate("x.nl", NOW + timedelta(days=15), NOW), ["ok"]),
        (judgement.certificate("x.nl", NOW + timedelta(days=13), NOW), ["warning"]),
        (judgement.certificate("x.nl", NOW + timedelta(days=2), NOW), ["fault"]),
        (judgement.certificate("x.nl", ago(days=1), NOW), ["fault"]),
        (judgement.backup(None, NOW), ["warning"]),
        (judgement.backup(ago(hours=26), NOW), ["ok"]),
        (judgement.backup(ago(hours=49), NOW), ["warning"]),
        (judgement.logins(0), ["warning"]),
        (judgement.logins(2), ["ok"]),
        (judgement.lines(0), ["fault"]),
        (judgement.lines(1), ["ok"]),
        (judgement.recordings(set()), ["ok"]),
        (judgement.recordings({("welcome", "nl")}), ["warning"]),
        (judgement.promises(0), ["ok"]),
        (judgement.promises(1), ["fault"]),
    ],
)
def test_each_fact_is_judged(found: Finding | Iterable[Finding] | None, expected: list[str]) -> None:
    assert levels(found) == expected


def test_the_key_itself_is_not_told() -> None:
    assert "change-me-please-now" not in as_line(judgement.secret_key("change-me-please-now"))


@pytest.mark.parametrize(
    ("found", "status", "strict"),
    [
        ([], 0, 0),
        ([ok("disk", "room")], 0, 0),
        ([ok("disk", "room"), warning("backup", "old", "make one")], 0, 1),
        ([warning("backup", "old", "make one"), fault("lines", "none", "add one")], 1, 1),
    ],
)
def test_a_fault_is_status_1_and_a_warning_only_when_asked(found: list[Finding], status: int, strict: int) -> None:
    assert (exit_status(found, strict=False), exit_status(found, strict=True)) == (status, strict)


def test_a_line_and_the_json_say_the_same() -> None:
    found = [ok("disk", "room"), fault("lines", "there is none", "`callcenter lines add`")]
    assert [as_line(one) for one in found] == [
        "ok      disk: room",
        "FAULT   lines: there is none: `callcenter lines add`",
    ]
    assert as_json(found) == {
        "status": "fault",
        "findings": [
            {"check": "disk", "level": "ok", "text": "room", "mend": None},
            {"check": "lines", "level": "fault", "text": "there is none", "mend": "`callcenter lines add`"},
        ],
    }
