"""The output and exit status of the rota commands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from callcenter.cli.rota import rota
from callcenter.errors import CallcenterError
from callcenter.rota.versions import last_load_failed
from callcenter.storage.engine import make_engine, make_sessions
from tests.support.rota_files import files, policy

EASTER = policy(days='good_friday = "closed"\nliberation_day = "lustrum"')
ROWS = ["A;mon-fri;09:00;17:00", "B;tue;09:00;12:00", "C;mon-fri;08:30;17:00;;;;;backup"]
DEMO = Path(__file__).parents[2] / "callcenter" / "demo" / "rota"


def folder(path: Path, rows: list[str], exceptions: list[str] | None = None) -> str:
    path.mkdir(exist_ok=True)
    for name, data in files(rows, exceptions or [], policy_text=EASTER).items():
        (path / name).write_bytes(data)
    return str(path)


@pytest.fixture
def good(tmp_path: Path) -> str:
    return folder(tmp_path / "good", ROWS)


@pytest.fixture
def bad(tmp_path: Path) -> str:
    return folder(tmp_path / "bad", [*ROWS, "Z;mon;09:00;17:00", "A;mon;10:00;10:00"])


@pytest.fixture
def database(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", sqlite_url)
    return sqlite_url


def run(*words: str) -> Result:
    return CliRunner().invoke(rota, list(words))


def answer(*words: str) -> object:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_the_demo_s_rota_is_good_and_its_warnings_are_reported() -> None:
    result = run("check", str(DEMO))
    assert result.exit_code == 0
    assert "shifts.csv:47: clipped" in result.stdout


def test_each_fault_is_a_line_and_the_status_is_1(bad: str) -> None:
    result = run("check", bad, "--language", "en")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "shifts.csv:5: unknown_consultant consultant Z is not in consultants.csv. "
        "Add the consultant or correct the code.",
        "shifts.csv:6: empty_window start and end are the same (10:00). "
        "Correct one of them; the whole day is 00:00 to 24:00.",
    ]
    assert result.stderr == "2 errors\n"


def test_faults_are_reported_in_dutch_unless_asked_otherwise(bad: str) -> None:
    assert "consulent Z staat niet in consultants.csv" in run("check", bad).stdout


@pytest.mark.parametrize("command", ["check", "load"])
def test_a_folder_that_is_not_there_is_one_clear_error(command: str, tmp_path: Path) -> None:
    result = run(command, str(tmp_path / "absent"))
    assert isinstance(result.exception, CallcenterError)
    absent = tmp_path / "absent"
    step = f"`callcenter rota new {absent}` writes one to start from"
    assert str(result.exception) == f"{absent}: there is no such folder; {step}"


def test_opening_hours_as_json(good: str) -> None:
    assert answer("open", "--from", "2027-03-25", "--to", "2027-03-31", "--dir", good) == [
        {"start": "2027-03-25T07:30:00Z", "end": "2027-03-25T16:00:00Z"},
        {"start": "2027-03-30T06:30:00Z", "end": "2027-03-30T15:00:00Z"},
    ]


def test_a_timeline_as_json_is_sorted_by_start_then_consultant(good: str) -> None:
    assert answer("timeline", "--from", "30-03-2027", "--to", "31-03-2027", "--dir", good) == [
        {"consultant": "C", "role": "backup", "start": "2027-03-30T06:30:00Z", "end": "2027-03-30T15:00:00Z"},
        {"consultant": "A", "role": "line", "start": "2027-03-30T07:00:00Z", "end": "2027-03-30T15:00:00Z"},
        {"consultant": "B", "role": "line", "start": "2027-03-30T07:00:00Z", "end": "2027-03-30T10:00:00Z"},
    ]


def test_gaps_as_json(good: str) -> None:
    found = answer("gaps", "--from", "2027-03-30", "--to", "2027-03-31", "--dir", good)
    assert isinstance(found, dict)
    assert found["gaps"] == [{"start": "2027-03-30T06:30:00Z", "end": "2027-03-30T07:00:00Z"}]
    assert found["coverage"] == pytest.approx(8 / 8.5)
    assert answer("gaps", "--from", "2027-03-28", "--to", "2027-03-29", "--dir", good) == {"gaps": [], "coverage": None}


@pytest.mark.parametrize("at", ["2027-03-30T08:00:00Z", "2027-03-30T10:00:00+02:00", "2027-03-30T03:00:00-05:00"])
def test_who_is_on_duty_as_json(at: str, good: str) -> None:
    assert answer("show", "--at", at, "--dir", good) == {
        "at": "2027-03-30T08:00:00Z",
        "open": True,
        "on_duty": [
            {"consultant": "A", "role": "line", "until": "2027-03-30T15:00:00Z"},
            {"consultant": "B", "role": "line", "until": "2027-03-30T10:00:00Z"},
            {"consultant": "C", "role": "backup", "until": "2027-03-30T15:00:00Z"},
        ],
    }


def test_a_due_time_as_json(good: str) -> None:
    asked = ("due", "--after", "2027-03-25T16:00:00+01:00", "--minutes", "120", "--dir", good)
    assert answer(*asked) == {"due": "2027-03-30T07:30:00Z"}


@pytest.mark.parametrize(
    "words",
    [
        ("open", "--from", "2027-02-30", "--to", "2027-03-01"),
        ("open", "--from", "2027-03-02", "--to", "2027-03-01"),
        ("open", "--from", "2027-03-02"),
        ("show", "--at", "2027-03-02T10:00:00"),
        ("show", "--at", "tomorrow"),
        ("show", "--week", "2027-13"),
        ("show", "--week", "9999-W52"),
        ("show", "--at", "0001-01-01T00:00:00Z"),
        ("open", "--from", "0001-01-01", "--to", "2027-03-01"),
        ("show", "--at", "2027-03-02T10:00:00Z", "--week", "2027-W13"),
        ("due", "--after", "2027-03-02T10:00:00Z", "--minutes", "-1"),
    ],
)
def test_a_wrong_question_is_a_matter_of_usage(words: tuple[str, ...], good: str) -> None:
    assert run(*words, "--dir", good).exit_code == 2


def test_a_question_to_a_wrong_folder_tells_the_faults_and_no_json(bad: str) -> None:
    result = run("show", "--at", "2027-03-30T08:00:00Z", "--dir", bad, "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 2


def test_a_week_is_a_table_of_half_hours_by_people_with_gaps(good: str) -> None:
    result = run("show", "--week", "2027-W13", "--dir", good, "--language", "en")
    lines = result.stdout.splitlines()
    assert lines[0] == "Mon 29 Mar 2027: closed (Easter Monday)"
    assert lines[2].split() == ["Tue", "30", "Mar", "2027", "A", "B", "C"]
    assert lines[3].split() == ["08:30", "·", "·", "B", "←", "gap"]
    assert lines[4].split() == ["09:00", "#", "#", "B"]
    found = answer("show", "--week", "2027-W13", "--dir", good)
    assert isinstance(found, dict)
    assert found["week"] == "2027-W13"


def test_readable_answers(good: str) -> None:
    assert run("open", "--from", "2027-03-30", "--to", "2027-03-31", "--dir", good).stdout == (
        "di 30 mrt 2027 08:30–17:00\n"
    )
    assert "A  lijn" in run("timeline", "--from", "2027-03-30", "--to", "2027-03-31", "--dir", good).stdout
    assert "dekking 94.1%" in run("gaps", "--from", "2027-03-30", "--to", "2027-03-31", "--dir", good).stdout
    shown = run("show", "--at", "2027-03-30T08:00:00Z", "--dir", good).stdout.splitlines()
    assert shown[0] == "di 30 mrt 2027 10:00: open"
    assert shown[1].split() == ["A", "A", "Jansen", "lijn", "tot", "di", "30", "mrt", "2027", "17:00"]
    assert (
        "di 30 mrt 2027 09:30"
        in run("due", "--after", "2027-03-25T15:00:00Z", "--minutes", "120", "--dir", good).stdout
    )


def test_it_says_why(good: str) -> None:
    result = run("explain", "A", "--at", "2027-03-30T08:00:00Z", "--dir", good)
    assert result.stdout.splitlines() == ["shifts.csv:2: shift weekdienst", "shifts.csv:2: on_duty in dienst"]


def test_a_load_makes_the_files_active_and_a_refused_one_leaves_them(database: str, good: str, bad: str) -> None:
    assert run("load", good, "--author", "WIL").stdout.splitlines()[-1] == "rota version 1 is active"
    refused = run("load", bad, "--language", "en")
    assert refused.exit_code == 1
    assert "shifts.csv:5: unknown_consultant" in refused.stderr
    sessions = make_sessions(make_engine(database))
    with sessions() as session:
        assert last_load_failed(session)
    shown = answer("show", "--at", "2027-03-30T08:00:00Z")
    assert isinstance(shown, dict)
    assert len(shown["on_duty"]) == 3
    assert run("load", good).exit_code == 0
    with sessions() as session:
        assert not last_load_failed(session)


def test_versions_are_listed_compared_and_restored(database: str, good: str, tmp_path: Path) -> None:
    fewer = folder(tmp_path / "fewer", ROWS[:1])
    run("load", good, "--author", "WIL")
    run("load", fewer, "--author", "AIS")
    listed = answer("versions")
    assert isinstance(listed, list)
    assert [(row["id"], row["author"], row["active"]) for row in listed] == [(2, "AIS", True), (1, "WIL", False)]
    changes = run("diff", "1", "2", "--from", "2027-03-30", "--to", "2027-03-31").stdout.splitlines()
    assert changes == ["B: di 30 mrt −09:00–12:00", "C: di 30 mrt −08:30–17:00 (achterwacht)"]
    assert run("diff", good, "--from", "2027-03-30", "--to", "2027-03-31").stdout.splitlines() == changes
    assert run("restore", "1").stdout.strip() == "rota version 3 is active, with the files of version 1"
    assert len(run("versions").stdout.splitlines()) == 3


def test_asking_before_any_rota_is_loaded_says_what_to_do(database: str) -> None:
    result = run("show")
    assert "rota load" in str(result.exception)


def test_leave_from_a_calendar_is_proposed_not_applied(good: str) -> None:
    file = Path(__file__).parents[1] / "data" / "rota" / "exchange.ics"
    result = run("leave", str(file), "--consultant", "A", "--dir", good)
    lines = result.stdout.splitlines()
    assert lines[0] == "id;kind;consultant;from;to;substitute;note;by"
    assert len(lines) == 19
    assert all(line.split(";")[1:3] == ["leave", "A"] for line in lines[1:])
    assert "there is no consultant Z" in str(run("leave", str(file), "--consultant", "Z", "--dir", good).exception)


def test_questions_to_a_folder_load_no_database_and_no_web() -> None:
    program = (
        "import sys\nfrom callcenter.cli import main\nsys.argv = ['callcenter', 'rota', 'check', sys.argv[1]]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print([name for name in ('sqlalchemy', 'flask', 'twilio', 'icalendar') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program, str(DEMO)], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "[]"
