"""The command `simulate`: the Twilio stand-in calls a running installation over HTTP."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from callcenter.cli.line_figures import LineFigures
    from callcenter.standin.faults import FaultRule
    from callcenter.standin.rest.latency import Latency
    from callcenter.standin.simulation import Options, Report, Target


@click.command()
@click.option("--target", required=True, metavar="URL", help="Where the installation listens.")
@click.option("--public-url", metavar="URL", envvar="CALLCENTER_PUBLIC_URL",
              help="Its CALLCENTER_PUBLIC_URL, which signatures are made for. Default: the target.")  # fmt: skip
@click.option("--line", metavar="NUMBER", help="The number that is rung. Default: the first of CALLCENTER_LINES.")
@click.option("--calls", default=20, show_default=True, type=click.IntRange(1), help="How many callers.")
@click.option("--seconds", type=click.FloatRange(0.1), help="Over how many seconds they ring. Default: 3 per call.")
@click.option("--storm", type=click.IntRange(1), metavar="N",
              help="N callers within two minutes (or --seconds), each once.")  # fmt: skip
@click.option("--seed", default=1, show_default=True, help="The same seed rings with the same people.")
@click.option("--numbers", metavar="FILE|LIST", help="Callers' numbers, comma separated or one a line in a file.")
@click.option("--rest-bind", default="127.0.0.1:8090", show_default=True, metavar="HOST:PORT",
              help="Where Twilio's REST side is served; the installation's TWILIO_API_BASE_URL.")  # fmt: skip
@click.option("--longest-talk", default=120.0, show_default=True, type=click.FloatRange(1), metavar="SECONDS",
              help="No talk lasts longer, so that a drill ends.")  # fmt: skip
@click.option("--rest-latency", default="", metavar="SECONDS",
              help="How long REST takes to act and answer: 0.8, 0-5, or update-call=0.8,create-call=0-5.")  # fmt: skip
@click.option("--calls-per-second", type=click.FloatRange(0.1), help="Twilio's limit on created calls. Default: none.")
@click.option("--account-sid", envvar="TWILIO_ACCOUNT_SID", metavar="SID", help="As the installation has it.")
@click.option("--auth-token", envvar="TWILIO_AUTH_TOKEN", metavar="TOKEN", help="As the installation has it.")
@click.option("--fault", "faults", multiple=True, metavar="RULE",
              help="Misbehave, e.g. do=duplicate,probability=0.1,kind=*,path=*,seconds=0,reaches=no.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def simulate(
    target: str,
    public_url: str | None,
    line: str | None,
    calls: int,
    seconds: float | None,
    storm: int | None,
    seed: int,
    numbers: str | None,
    rest_bind: str,
    longest_talk: float,
    rest_latency: str,
    calls_per_second: float | None,
    account_sid: str | None,
    auth_token: str | None,
    faults: tuple[str, ...],
    as_json: bool,
) -> None:
    """Ring a running installation with simulated callers and telephones, in real time.

    Nobody is really called: the installation must have TWILIO_API_BASE_URL set to --rest-bind, and this command
    plays Twilio on both sides. Exit status 1 when a telephone rang twice at once, a talk was ended by a request of
    the installation while both were there, or a call did not end.
    """
    from callcenter.cli.line_figures import read_figures
    from callcenter.standin.simulation import Options

    rules = tuple(_fault(text) for text in faults)
    options = Options(seed, *_bind(rest_bind), _latencies(rest_latency), calls_per_second, rules)
    installation = _target(target, public_url, line, account_sid, auth_token)
    count = storm or calls
    spread = seconds or (120.0 if storm else 3.0 * count)
    token = os.environ.get("CALLCENTER_METRICS_TOKEN", "")
    before = read_figures(installation.url, token)
    report = _run(installation, options, count, spread, _callers(numbers), longest_talk, redial=storm is None)
    after = read_figures(installation.url, token)
    own = after.since(before) if before and after else None
    told = {**asdict(report), **_own_figures(report, own)}
    click.echo(json.dumps(told, indent=2) if as_json else _table(report, own))
    if not report.is_sound:
        wrong = f"{report.double_rings} double rings, {report.torn_talks} torn talks"
        raise click.ClickException(f"{wrong}, {report.without_end} calls without an end")


def _latencies(text: str) -> "tuple[Latency, ...]":
    from callcenter.standin.rest.latency import read_latencies

    try:
        return read_latencies(text)
    except ValueError as error:
        raise click.UsageError(f"--rest-latency {text}: {error}") from error


def _bind(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise click.UsageError("--rest-bind is HOST:PORT, for instance 127.0.0.1:8090")
    return host, int(port)


def _target(
    url: str, public_url: str | None, line: str | None, account_sid: str | None, auth_token: str | None
) -> "Target":
    from callcenter.numbers import parse
    from callcenter.standin.simulation import Target

    number = parse(line or os.environ.get("CALLCENTER_LINES", "").split(",")[0])
    if number is None:
        raise click.UsageError("name the line's number with --line (or CALLCENTER_LINES)")
    if not account_sid or not auth_token:
        raise click.UsageError("give the installation's --account-sid and --auth-token (or TWILIO_ACCOUNT_SID, …)")
    key, secret = os.environ.get("TWILIO_API_KEY", ""), os.environ.get("TWILIO_API_SECRET", "")
    return Target(url.rstrip("/"), (public_url or url).rstrip("/"), account_sid, auth_token, number, key, secret)


def _callers(text: str | None) -> list[str]:
    from callcenter.numbers import parse

    if not text:
        return []
    source = Path(text)
    pieces = source.read_text("utf-8").splitlines() if source.is_file() else text.split(",")
    found = [number for piece in pieces if (number := parse(piece.strip()))]
    if not found:
        raise click.UsageError("--numbers holds no valid telephone number")
    return found


def _fault(text: str) -> "FaultRule":
    from typing import get_args

    from callcenter.standin.faults import FaultKind, FaultRule

    fields = dict(piece.split("=", 1) for piece in text.split(",") if "=" in piece)
    kinds: dict[str, FaultKind] = {kind: kind for kind in get_args(FaultKind)}
    do = kinds.get(fields.pop("do", ""))
    if do is None:
        raise click.UsageError(f"--fault needs do=, one of {', '.join(kinds)}")
    try:
        return FaultRule(
            do=do,
            path=fields.pop("path", "*"),
            kind=fields.pop("kind", "*"),
            probability=float(fields.pop("probability", "1")),
            seconds=float(fields.pop("seconds", "0")),
            status=int(fields.pop("status", "503")),
            reaches=fields.pop("reaches", "no") in ("yes", "true"),
            times=int(fields.pop("times")) if "times" in fields else None,
        )
    except ValueError as error:
        raise click.UsageError(f"--fault {text}: {error}") from error


def _run(
    target: "Target",
    options: "Options",
    count: int,
    seconds: float,
    numbers: list[str],
    longest_talk_s: float,
    *,
    redial: bool,
) -> "Report":
    import signal
    from dataclasses import replace
    from importlib.resources import files
    from random import Random

    from callcenter.standin.people.crowd import crowd, invented_numbers
    from callcenter.standin.people.shape import CallShape
    from callcenter.standin.simulation import Drill

    shape = CallShape.from_json((files("callcenter.demo") / "shape.json").read_text("utf-8"))
    # Callers who give up call again up to an hour later, and a short drill would have to wait for them.
    shape = replace(shape, talk=shape.talk.at_most(longest_talk_s), redial_share=shape.redial_share if redial else 0.0)
    rng = Random(options.seed)
    numbers = numbers or invented_numbers(rng, count)
    drill = Drill(target, options, shape, numbers)
    before = signal.signal(signal.SIGINT, lambda *_: drill.stop.set())
    click.echo(f"Twilio's REST side is on http://{options.rest_host}:{options.rest_port}", err=True)
    try:
        return drill.run(crowd(rng, count, seconds, numbers, shape), _progress, 1.0 if sys.stderr.isatty() else 10.0)
    except OSError as error:
        raise click.ClickException(f"cannot serve on {options.rest_host}:{options.rest_port}: {error}") from error
    finally:
        signal.signal(signal.SIGINT, before)
        if sys.stderr.isatty():
            click.echo(err=True)


def _progress(text: str) -> None:
    click.echo(f"\r{text:<78}" if sys.stderr.isatty() else text, nl=not sys.stderr.isatty(), err=True)


def _own_figures(report: "Report", own: "LineFigures | None") -> dict[str, int | None]:
    """The installation's own figures of these calls. None when they cannot be read."""
    return {
        "without_outcome": report.calls - own.with_outcome if own else None,
        "callbacks": own.callbacks if own else None,
        "without_callback": own.without_callback if own else None,
    }


def _table(report: "Report", own: "LineFigures | None") -> str:
    said = _own_figures(report, own)
    shown = {name: "not shown to us: set CALLCENTER_METRICS_TOKEN" if n is None else n for name, n in said.items()}
    rows = [
        ("calls", report.calls),
        ("answered", report.answered),
        ("messages", report.messages),
        ("gave up", report.gave_up),
        ("other", report.other),
        ("first answer p50", f"{report.first_answer_p50_s:.3f} s"),
        ("first answer p95", f"{report.first_answer_p95_s:.3f} s"),
        ("first answer p99", f"{report.first_answer_p99_s:.3f} s"),
        ("longest silence", f"{report.longest_silence_s:.1f} s"),
        ("longest wait", f"{report.longest_wait_s:.1f} s"),
        ("double rings", report.double_rings),
        ("torn talks", report.torn_talks),
        ("calls without an end", report.without_end),
        ("callbacks made", shown["callbacks"]),
        ("calls without outcome", shown["without_outcome"]),
        ("without callback", shown["without_callback"]),
        ("legs", _counts(report.legs)),
        ("webhooks", report.webhooks),
        ("REST requests", _counts(report.rest_requests)),
        ("errors", _counts(report.errors)),
    ]
    return "\n".join(f"{name:<22}{value}" for name, value in rows)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items())) or "none"
