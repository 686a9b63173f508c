"""Every fault of the files is reported with file and line, in one run and in both languages."""

from datetime import UTC, datetime

import pytest

from callcenter.rota.model import Source
from callcenter.rota.reading.faults import ERRORS, WARNINGS, fault
from callcenter.rota.reading.files import read_files
from tests.support.rota_files import CHOICES, NOW, PEOPLE, files, policy, reports

GOOD = "A;mon-fri;09:00;17:00"


def faults_of(
    shifts: list[str] | None = None,
    exceptions: list[str] | None = None,
    severity: str = "error",
    people: str = PEOPLE,
    policy_text: str | None = None,
    caseload: list[str] | None = None,
    now: datetime = NOW,
) -> list[str]:
    written = files(shifts if shifts is not None else [GOOD], exceptions or [], people, policy_text, caseload or [])
    return reports(read_files(written, now), severity)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("Z;mon;09:00;17:00", "unknown_consultant"),
        ("a;mon;09:00;17:00", "unknown_consultant"),
        ("A;xyz;09:00;17:00", "unknown_weekday"),
        ("A;mon-xyz;09:00;17:00", "unknown_weekday"),
        ("A;;09:00;17:00", "missing_value"),
        (";mon;09:00;17:00", "missing_value"),
        ("A;mon;;17:00", "missing_value"),
        ("A;mon;0,375;17:00", "bad_time"),
        ("A;mon;0.375;17:00", "bad_time"),
        ("A;mon;9;17:00", "bad_time"),
        ("A;mon;24:00;17:00", "bad_time"),
        ("A;mon;09:60;17:00", "bad_time"),
        ("A;mon;09:00;25:00", "bad_time"),
        ("A;mon;9:00:30;17:00", "bad_time"),
        ("A;mon;10:00;10:00", "empty_window"),
        ("A;mon;10:00;10:00;;;;;;yes", "empty_window"),
        ("A;mon;17:00;09:00", "end_before_start"),
        ("A;mon;17:00;09:00;;;;;;no", "end_before_start"),
        ("A;mon;17:00;09:00;;;;;;perhaps", "bad_value"),
        ("A;mon;09:00;17:00;2;", "anchor_missing"),
        ("A;mon;09:00;17:00;2;24-11-2026", "anchor_not_monday"),
        ("A;mon;09:00;17:00;0;", "bad_number"),
        ("A;mon;09:00;17:00;1,5;", "bad_number"),
        ("A;mon;09:00;17:00;-2;23-11-2026", "bad_number"),
        ("A;mon;09:00;17:00;;31-02-2027", "bad_date"),
        ("A;mon;09:00;17:00;;;01-01-27", "bad_date"),
        ("A;mon;09:00;17:00;;;;2027/01/01", "bad_date"),
        ("A;mon;09:00;17:00;;;;;boss", "unknown_role"),
        ("A;mon;09:00;17:00;;;;;;;;;more", "too_many_cells"),
    ],
)
def test_a_wrong_shift_is_refused_at_its_line(row: str, code: str) -> None:
    assert faults_of([GOOD, GOOD.replace("A", "B"), row]) == [f"shifts.csv:4: {code}"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("holiday;A;2027-06-08;2027-06-08", "unknown_kind"),
        (";A;2027-06-08;2027-06-08", "unknown_kind"),
        ("leave;Z;2027-06-08;2027-06-08", "unknown_consultant"),
        ("leave;A;;2027-06-08", "missing_value"),
        ("leave;A;2027-06-08;", "missing_value"),
        ("swap;A;2027-06-08;2027-06-08;", "missing_value"),
        ("swap;A;2027-06-08;2027-06-08;Z", "unknown_consultant"),
        ("swap;A;2027-06-08;2027-06-08;A", "swap_self"),
        ("leave;A;08-06-27;2027-06-08", "bad_date"),
        ("leave;A;2027-06-08 9h;2027-06-08", "bad_time"),
        ("leave;A;2027-06-08 24:00;2027-06-09", "bad_time"),
        ("leave;A;2027-06-09;2027-06-08", "empty_window"),
        ("leave;A;2027-06-10;2027-06-08", "ends_before_start"),
        ("leave;A;2027-06-08 12:00;2027-06-08 09:00", "ends_before_start"),
        ("leave;A;2027-06-08 12:00;2027-06-08 12:00", "empty_window"),
        ("leave;A;28-03-2027 02:30;2027-04-08", "moment_missing"),
        ("leave;A;2027-10-01;31-10-2027 02:30", "moment_twice"),
    ],
)
def test_a_wrong_exception_is_refused_at_its_line(row: str, code: str) -> None:
    assert faults_of(exceptions=["leave;B;2027-06-08;2027-06-08", row]) == [f"exceptions.csv:3: {code}"]


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ("A;An;;;\n", "mobile_missing"),
        ("A;An;12;;\n", "mobile_uncallable"),
        ("A;An;0900 1234;;\n", "mobile_uncallable"),
        ("A;An;+44 7400 123456;;\n", "mobile_uncallable"),
        (";An;06 35000001;;\n", "missing_value"),
        ("A;;06 35000001;;\n", "missing_value"),
        ("A;An;06 35000001;1-1-27;\n", "bad_date"),
        ("ABCDEFGHIJKLMNOPQ;An;06 35000001;;\n", "bad_value"),
    ],
)
def test_a_wrong_person_is_refused_at_the_line(people: str, code: str) -> None:
    assert faults_of([], people=people) == [f"consultants.csv:2: {code}"]


def test_somebody_who_left_needs_no_mobile() -> None:
    assert faults_of([], people="A;An;;;2026-11-23\n") == []
    assert faults_of([], people="A;An;;;2026-11-24\n") == ["consultants.csv:2: mobile_missing"]


def test_a_wrong_row_of_a_person_makes_no_unknown_consultants() -> None:
    assert faults_of(people="A;An;06 35000001;yesterday;\n") == ["consultants.csv:2: bad_date"]


@pytest.mark.parametrize(
    ("shifts", "exceptions", "expected"),
    [
        (
            ["A;mon;09:00;12:00", "A;mon-wed;11:00;13:00;;;;;backup"],
            [],
            ["shifts.csv:2: role_overlap", "shifts.csv:3: role_overlap"],
        ),
        (
            ["A;mon;22:00;02:00;;;;;;yes", "A;tue;01:00;03:00;;;;;backup"],
            [],
            ["shifts.csv:2: role_overlap", "shifts.csv:3: role_overlap"],
        ),
        (
            ["A;mon;09:00;12:00;2;23-11-2026", "A;mon;09:00;12:00;3;30-11-2026;;;backup"],
            [],
            ["shifts.csv:2: role_overlap", "shifts.csv:3: role_overlap"],
        ),
        (["A;mon;09:00;12:00;2;23-11-2026", "A;mon;09:00;12:00;2;30-11-2026;;;backup"], [], []),
        (["A;mon;09:00;12:00", "A;mon;12:00;13:00;;;;;backup"], [], []),
        (["A;mon;09:00;12:00;;;;2027-01-31", "A;mon;09:00;12:00;;;2027-02-01;;backup"], [], []),
        (
            ["A;tue;09:00;12:00;;;;;backup"],
            ["extra;A;2027-06-08 11:00;2027-06-08 13:00"],
            ["exceptions.csv:2: role_overlap", "shifts.csv:2: role_overlap"],
        ),
        (
            ["A;tue;09:00;12:00", "B;tue;09:00;12:00;;;;;backup"],
            ["swap;A;2027-06-08;2027-06-08;B"],
            ["exceptions.csv:2: role_overlap"],
        ),
        (
            ["A;tue;09:00;12:00", "B;tue;09:00;12:00;;;;;backup"],
            ["swap;A;2027-06-08;2027-06-08;C", "swap;B;2027-06-08;2027-06-08;C"],
            ["exceptions.csv:2: role_overlap", "exceptions.csv:3: role_overlap"],
        ),
        (
            [GOOD],
            ["swap;A;2027-06-08 09:00;2027-06-08 13:00;B", "swap;A;2027-06-08 12:00;2027-06-08 15:00;C"],
            ["exceptions.csv:2: swap_overlap", "exceptions.csv:3: swap_overlap"],
        ),
        (
            [GOOD],
            ["swap;B;2027-06-08 13:00;2027-06-08 15:00;C", "swap;A;2027-06-08;2027-06-08;B"],
            ["exceptions.csv:2: swap_chain", "exceptions.csv:3: swap_chain"],
        ),
        (
            [GOOD],
            ["swap;A;2027-06-08 09:00;2027-06-08 13:00;B", "swap;A;2027-06-08 13:00;2027-06-08 15:00;C"],
            [],
        ),
    ],
)
def test_rows_that_contradict_each_other_are_named_both(
    shifts: list[str], exceptions: list[str], expected: list[str]
) -> None:
    assert sorted(faults_of(shifts, exceptions)) == expected


@pytest.mark.parametrize("swap", ["swap;A;2027-06-08;2027-06-08;B", "swap;A;2027-01-31;2027-02-01;B"])
def test_a_swap_to_somebody_inactive_is_refused(swap: str) -> None:
    people = "A;An;06 35000001;;\nB;Bo;06 35000002;;2027-01-31\n"
    assert faults_of(exceptions=[swap], people=people) == ["exceptions.csv:2: swap_inactive"]


def test_two_rows_with_one_id_are_refused_at_the_second() -> None:
    written = files([GOOD])
    written["exceptions.csv"] = (
        b"id;kind;consultant;from;to\n1;leave;A;2027-06-08;2027-06-08\n1;leave;B;2027-06-08;2027-06-08\n"
    )
    assert reports(read_files(written, NOW)) == ["exceptions.csv:3: duplicate_id"]
    assert faults_of(people=PEOPLE + "A;Another;06 35000099;;\n") == ["consultants.csv:8: duplicate_id"]


def test_two_consultants_for_one_school_are_refused() -> None:
    assert faults_of(caseload=["01AB00;;A", "01ab00;;B"]) == ["caseload.csv:3: caseload_conflict"]
    assert faults_of(caseload=["01AB00;;Z", ";;A"]) == [
        "caseload.csv:2: unknown_consultant",
        "caseload.csv:3: missing_value",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (policy(days='liberation_day = "open"'), ["policy.toml:4: good_friday_not_chosen"]),
        (policy(days='good_friday = "open"'), ["policy.toml:4: liberation_day_not_chosen"]),
        (policy(days='good_friday = "maybe"\nliberation_day = "open"'), ["policy.toml:5: bad_value"]),
        (policy(days='good_friday = "open"\nliberation_day = "closed"'), ["policy.toml:6: bad_value"]),
        (policy(days=CHOICES + '\nchristmas = "closed"'), ["policy.toml:7: unknown_key"]),
        (policy(days=CHOICES + '\n2027-02-30 = "closed"'), ["policy.toml:7: bad_date"]),
        (policy(days=CHOICES + '\n2027-02-03 = "until 25:00"'), ["policy.toml:7: bad_time"]),
        (policy(days=CHOICES + '\n2027-02-03 = "12:00-09:00"'), ["policy.toml:7: end_before_start"]),
        (policy(days=CHOICES + '\ngoede_vrijdag = "open"'), ["policy.toml:7: name_twice"]),
        (policy('mon-fry = ["09:00-17:00"]'), ["policy.toml:3: unknown_weekday"]),
        (policy('mon-fri = ["9-17"]'), ["policy.toml:3: bad_time"]),
        (policy('mon-fri = ["17:00-09:00"]'), ["policy.toml:3: end_before_start"]),
        (policy('mon-fri = ["09:00-09:00"]'), ["policy.toml:3: empty_window"]),
        (policy('mon-fri = "09:00-17:00"'), ["policy.toml:3: bad_value"]),
        (policy('mon-fri = ["09:00-17:00"]\nfri = ["09:00-12:00"]'), ["policy.toml:4: day_twice"]),
        (policy(top='zone = "Europe/Rotterdam"'), ["policy.toml:1: zone_unknown"]),
        (policy(top='zone = "../etc/passwd"'), ["policy.toml:1: zone_unknown"]),
        (policy(top="zone = 3"), ["policy.toml:1: zone_unknown"]),
        (policy(top="min_on_duty = true"), ["policy.toml:1: bad_value"]),
        (policy(top="colour = 3"), ["policy.toml:1: unknown_key"]),
        (policy(more="[hunt]\ncap_s = 90\nspeed = 3"), ["policy.toml:9: unknown_key"]),
        (policy(more="[hunt]\ncap_s = -1"), ["policy.toml:8: bad_value"]),
        (policy(more="[hunt]\ntier = []"), ["policy.toml:8: no_final_tier"]),
        (
            policy(more='[[hunt.tier]]\nname = "preferred"\nwho = "preferred"\nring_s = 15\nat_once = 1'),
            ["policy.toml:7: no_final_tier"],
        ),
        (
            policy(more='[[hunt.tier]]\nwho = "anyone"\n[[hunt.tier]]\nwho = "everybody"\nring_s = 0\nat_once = 1'),
            ["policy.toml:10: bad_value", "policy.toml:11: bad_value"],
        ),
        (policy(more="[figures]\ntarget = 88"), ["policy.toml:8: bad_value"]),
        (policy(more="[limits]\nnumber_unanswered = 0"), ["policy.toml:8: bad_value"]),
        (policy(more="[limits]\nper_number = 5"), ["policy.toml:8: unknown_key"]),
        (policy(more='[callbacks]\ncountries = ["nl"]'), ["policy.toml:8: bad_value"]),
        (policy(more='[vacation]\nregions = ["West"]\nopen = {}'), ["policy.toml:8: bad_value"]),
        (policy(more="[vacation]\nopen = {}"), ["policy.toml:7: missing_key"]),
        (policy(more='[vacation]\nregions = ["Zuid"]\nrule = "some"\nopen = {}'), ["policy.toml:9: bad_value"]),
        (
            policy(more='[vacation]\nregions = ["Zuid"]\nopen = { mon = ["09:00-08:00"] }'),
            ["policy.toml:9: end_before_start"],
        ),
        ("[open]\nmon = [", ["policy.toml:2: bad_toml"]),
        ("[open]\nmon == 3\n", ["policy.toml:2: bad_toml"]),
        ('[closed_days]\ngood_friday="open"\nliberation_day="open"', ["policy.toml:1: missing_key"]),
        (
            "",
            [
                "policy.toml:1: good_friday_not_chosen",
                "policy.toml:1: liberation_day_not_chosen",
                "policy.toml:1: missing_key",
            ],
        ),
    ],
)
def test_a_wrong_policy_is_refused_at_its_key(text: str, expected: list[str]) -> None:
    assert faults_of(policy_text=text) == expected


def test_vacations_must_be_known_for_a_year_ahead() -> None:
    text = policy(more='[vacation]\nregions = ["Zuid"]\nopen = {}')
    assert faults_of(policy_text=text, now=datetime(2029, 9, 1, tzinfo=UTC)) == []
    assert faults_of(policy_text=text, now=datetime(2029, 9, 3, tzinfo=UTC)) == ["policy.toml:7: vacation_data_ends"]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("consultant;days;from;to;colour", "unknown_column"),
        ("consultant;days;from;to;tot", "duplicate_column"),
        ("consultant;days;from", "missing_column"),
    ],
)
def test_a_wrong_header_is_refused(header: str, code: str) -> None:
    written = files()
    written["shifts.csv"] = f"{header}\nA;mon;09:00;17:00\n".encode()
    found = reports(read_files(written, NOW))
    assert f"shifts.csv:1: {code}" in found


def test_missing_misspelled_and_unreadable_files_are_refused() -> None:
    written = files([GOOD])
    del written["shifts.csv"]
    assert reports(read_files(written, NOW)) == ["shifts.csv:1: missing_file"]
    written = files([GOOD]) | {"exeptions.csv": b"id;kind;consultant;from;to\n"}
    assert reports(read_files(written, NOW)) == ["exeptions.csv:1: unknown_file"]
    written = files([GOOD]) | {"shifts.csv": b"consultant;days;from;to\nA;mon;09:00;\x81\x8d\n"}
    assert reports(read_files(written, NOW)) == ["shifts.csv:1: unreadable"]
    written = files([GOOD]) | {"shifts.csv": b"consultant;days;from;to;note\nA;mon;9:00;17:00;a\x01b\n"}
    assert reports(read_files(written, NOW)) == ["shifts.csv:2: odd_character"]
    assert reports(read_files(files([GOOD]) | {"shifts.csv": b""}, NOW)) == ["shifts.csv:1: missing_column"]
    assert sorted(reports(read_files({}, NOW))) == [
        "consultants.csv:1: missing_file",
        "policy.toml:1: missing_file",
        "shifts.csv:1: missing_file",
    ]


def test_a_foreign_file_is_ignored_and_reported() -> None:
    result = read_files(files([GOOD]) | {"budget.csv": b"a;b\n"}, NOW)
    assert result.rota is not None
    assert "budget.csv:1: ignored_file" in reports(result, "warning")


def test_all_faults_are_reported_in_one_run() -> None:
    found = faults_of(
        ["Z;mon;09:00;17:00", "A;xyz;9;17:00;2;;1-1-27;;boss"],
        ["leave;Z;2027-13-08;", "swap;A;2027-06-08;2027-06-08;A"],
        people="A;An;;;\n",
        policy_text=policy(top="colour = 1", days=""),
    )
    assert found == [
        "consultants.csv:2: mobile_missing",
        "shifts.csv:2: unknown_consultant",
        "shifts.csv:3: anchor_missing",
        "shifts.csv:3: bad_date",
        "shifts.csv:3: bad_time",
        "shifts.csv:3: unknown_role",
        "shifts.csv:3: unknown_weekday",
        "exceptions.csv:2: bad_date",
        "exceptions.csv:2: missing_value",
        "exceptions.csv:2: unknown_consultant",
        "exceptions.csv:3: swap_self",
        "policy.toml:1: unknown_key",
        "policy.toml:4: good_friday_not_chosen",
        "policy.toml:4: liberation_day_not_chosen",
    ]


@pytest.mark.parametrize(
    ("shifts", "exceptions", "expected"),
    [
        (["A;sun;09:00;17:00"], [], "shifts.csv:2: no_effect"),
        (["A;mon;09:00;17:00;;;2027-02-01;2027-01-31"], [], "shifts.csv:2: no_effect"),
        ([GOOD], ["leave;A;2027-06-05;2027-06-06"], "exceptions.csv:2: no_effect"),
        ([GOOD], ["leave;B;2027-06-08;2027-06-08"], "exceptions.csv:2: no_effect"),
        (["A;mon;08:00;17:00"], [], "shifts.csv:2: clipped"),
        (["A;thu;16:00;00:30;;;;;;yes"], [], "shifts.csv:2: clipped"),
        ([GOOD], ["extra;B;2027-06-08 16:00;2027-06-08 19:00"], "exceptions.csv:2: clipped"),
        ([GOOD, GOOD], [], "shifts.csv:3: duplicate_row"),
        (["A;mon;09:00;23:59"], [], "shifts.csv:2: minute_lost"),
        ([GOOD], ["leave;A;2027-06-08 09:00;2027-06-08 23:59"], "exceptions.csv:2: minute_lost"),
        ([GOOD], ["leave;A;2027-06-08;2027-06-08;B"], "exceptions.csv:2: substitute_ignored"),
    ],
)
def test_a_row_that_deserves_a_second_look_is_reported(shifts: list[str], exceptions: list[str], expected: str) -> None:
    assert expected in faults_of(shifts, exceptions, "warning")
    assert faults_of(shifts, exceptions) == []


def test_a_window_removed_by_the_clock_change_is_reported() -> None:
    text = policy('sun = ["02:15-02:45", "09:00-17:00"]')
    found = faults_of(["A;sun;02:15;02:45"], severity="warning", policy_text=text)
    assert "shifts.csv:2: clock_change" in found
    assert "policy.toml:3: clock_change" in found


def test_a_good_row_that_ended_is_not_called_useless() -> None:
    people = "A;An;06 35000001;;\nB;Bo;06 35000002;2025-01-01;2026-01-31\n"
    found = faults_of(["A;mon-fri;08:30;17:00", "B;mon;09:00;17:00"], severity="warning", people=people)
    assert found == []


@pytest.mark.parametrize("second", ["06 35000001", "+31635000001", "0031 6 3500 0001", "(06) 35000001"])
def test_one_mobile_for_two_is_refused_at_both_rows(second: str) -> None:
    people = f"A;An;06 35000001;;\nB;Bo;{second};;\n"
    found = faults_of(["A;mon;09:00;17:00", "B;mon;09:00;17:00"], people=people)
    assert found == ["consultants.csv:2: shared_mobile", "consultants.csv:3: shared_mobile"]


def test_a_shared_mobile_names_the_other_and_the_mend() -> None:
    written = files(["A;mon;09:00;17:00"], people="A;An;06 35000001;;\nB;Bo;+31635000001;;\n")
    reported = [fault.report("en") for fault in read_files(written, NOW).errors]
    assert reported == [
        "consultants.csv:2: shared_mobile A has the same mobile number as B in consultants.csv:3. "
        "Give each a number of their own, or end one of them with active_until.",
        "consultants.csv:3: shared_mobile B has the same mobile number as A in consultants.csv:2. "
        "Give each a number of their own, or end one of them with active_until.",
    ]


def test_a_mobile_may_be_handed_on_to_who_comes_after() -> None:
    shifts = ["A;mon;09:00;17:00", "B;mon;09:00;17:00"]
    after = "A;An;06 35000001;;2027-08-31\nB;Bo;06 35000001;2027-09-01;\n"
    assert faults_of(shifts, people=after) == []
    one_day_both = after.replace("2027-09-01", "2027-08-31")
    assert "consultants.csv:3: shared_mobile" in faults_of(shifts, people=one_day_both)


def test_every_fault_reads_well_in_two_languages() -> None:
    names = ("value", "known", "key", "people", "column", "start", "end", "consultant", "second", "other", "least")
    values = dict.fromkeys((*names, "why_nl", "why_en"), "X")
    for code in [*ERRORS, *WARNINGS]:
        found = fault(code, Source("shifts.csv", 7), **values)
        for language in ("nl", "en"):
            line = found.report(language)
            assert line.startswith(f"shifts.csv:7: {code} ")
            assert line.endswith(".")
            assert "{" not in line.replace("{}", "")
        assert found.text_nl != found.text_en
        assert bool(found.mend_nl) == bool(found.mend_en)
        if found.severity == "error":
            assert found.mend_en, f"{code} does not say how to mend it"
