"""Hypothesis strategies for random calls: plain scripts of people and faults that Hypothesis can shrink."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from hypothesis import strategies as st

from callcenter.standin.faults import FaultRule
from callcenter.standin.people.scripts import CallerScript, Diversion, PhoneScript, Scenario, Step, hang_up, press
from callcenter.standin.rest.latency import Latency
from tests.support.town import LINE, LINE_2, PEOPLE, SCHOOL

TIMEOUT_S = 15


@dataclass(frozen=True)
class Death:
    """The server is killed (-9): at a second, or `after` Twilio carried out the nth REST request of a kind."""

    at_s: float = 0
    back_after_s: float = 1
    after: Literal["", "create", "update"] = ""
    nth: int = 1


@dataclass(frozen=True)
class Load:
    """The administrator loads another rota at a second: other tiers, fewer people, or people who are not on duty."""

    at_s: float
    people: tuple[str, ...]
    policy: str


@dataclass(frozen=True)
class Saying:
    """A consultant sends a text message about his or her presence at a second."""

    at_s: float
    code: str
    words: str


@dataclass(frozen=True)
class Direct:
    """Somebody rings a consultant's mobile at a second; while it is engaged it forwards the call to the line."""

    at_s: float
    code: str
    caller: CallerScript
    diversion: Diversion


@dataclass(frozen=True)
class Play:
    """One example: callers, telephones, faults, and the policy of the hunt.

    on_line_2: indexes in the scenario of callers who ring the office's second line.
    """

    scenario: Scenario
    on_line_2: frozenset[int] = frozenset()
    latencies: tuple[Latency, ...] = ()
    loads: tuple[Load, ...] = ()
    sayings: tuple[Saying, ...] = ()
    direct: tuple[Direct, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    deaths: tuple[Death, ...] = ()
    policy: str = ""
    on_duty: tuple[str, ...] = tuple(PEOPLE)
    seed: int = 0

    @property
    def excused(self) -> timedelta:
        """For how long Twilio may wait for documents that never come; this silence is not the product's."""
        spoilt = [rule for rule in self.faults if rule.kind in DOCUMENTS and rule.do in ("drop", "timeout", "delay")]
        return timedelta(seconds=3 * TIMEOUT_S * (len(spoilt) + len(self.deaths)))


ANYONE = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 20\nat_once = 3\n'
ONE_BY_ONE = '[[hunt.tier]]\nname = "anyone"\nwho = "anyone"\nring_s = 60\nat_once = 1\n'
EVENTS = ("status", "leg-status", "recording")
DOCUMENTS = ("voice", "document", "action", "leg", "screen", "fallback")
REST = ("create-call", "update-call", "fetch-call", "list-calls")


FORMS = ("e164", "national", "absent")
# Whose number a forwarded call shows.
SHOWN = ("caller", "mobile", "withheld", "nothing")


def _seconds(low: float, high: float) -> st.SearchStrategy[float]:
    return st.integers(round(low * 10), round(high * 10)).map(lambda tenths: tenths / 10)


def phones() -> st.SearchStrategy[PhoneScript]:
    """What one mobile does with one call; the simplest example is a call that nobody answers."""
    keys = st.sampled_from(["1", "1", "1", "11", "5", "51", "*", "#"])
    pressed = st.builds(lambda keys, at_s: press(keys, at_s=at_s), keys, _seconds(0.2, 25))
    answers = st.builds(
        PhoneScript,
        kind=st.just("answers"),
        after_s=_seconds(0, 19.5),
        steps=st.lists(pressed, max_size=2).map(tuple),
        talk_s=_seconds(0.5, 200),
        waits_s=_seconds(1, 40),
    )
    accepts = st.builds(
        lambda after_s, at_s, talk_s: PhoneScript(after_s=after_s, steps=(press("1", at_s=at_s),), talk_s=talk_s),
        _seconds(0.5, 15),
        _seconds(0.5, 6),
        _seconds(0.5, 300),
    )
    gone = st.builds(
        lambda after_s, at_s, more_s: PhoneScript(
            after_s=after_s, steps=(press("1", at_s=at_s), hang_up(at_s=at_s + more_s))
        ),
        _seconds(1, 10),
        _seconds(0.5, 4),
        _seconds(0, 6),
    )
    return st.one_of(
        st.just(PhoneScript("no_answer")),
        accepts,
        answers,
        gone,
        st.sampled_from([0.0, 0.5, 5.0, 12.0, 19.0]).map(lambda after_s: PhoneScript("voicemail", after_s=after_s)),
        st.builds(PhoneScript, st.sampled_from(["busy", "off", "unreachable"])),
        _seconds(0.5, 15).map(lambda after_s: PhoneScript("declines", after_s=after_s)),
        st.builds(
            PhoneScript,
            kind=st.just("forwards"),
            after_s=st.just(11.0),
            forward_to=st.sampled_from([LINE, LINE_2]),
            forwarded_form=st.sampled_from(FORMS),
            shown_as=st.sampled_from(SHOWN),
        ),
    )


def callers() -> st.SearchStrategy[CallerScript]:
    """What a caller does: patience, keys at any moment, hanging up at any stage, messages."""
    keys = st.sampled_from(["1", "2", "9", "#", "5", "0612345678#", "0900123#"])
    timed: st.SearchStrategy[Step] = st.builds(lambda k, at_s: press(k, at_s=at_s), keys, _seconds(0, 120))
    stages = st.sampled_from(["say", "gather", "play", "record", "conference", "talk", "ringback"])
    leaves: st.SearchStrategy[Step] = st.builds(
        lambda stage, after_s, nth: hang_up(when=stage, after_s=after_s, nth=nth),
        stages,
        _seconds(0, 8),
        st.integers(1, 3),
    )
    asked: st.SearchStrategy[Step] = st.builds(
        lambda k: press(k, when="heard:(?i)bereikbaar|easy to reach", after_s=1.0), st.sampled_from("123")
    )
    number: st.SearchStrategy[Step] = st.builds(
        lambda k: press(k, when="heard:(?i)toets .*nummer|key it in", after_s=4.0),
        st.sampled_from(["0612345678#", "061#", "112#", "+"]),
    )
    return st.builds(
        CallerScript,
        number=st.sampled_from([SCHOOL, "+31201234567", None, "+33142685300", PEOPLE["AIS"]]),
        patience_s=st.one_of(st.none(), _seconds(0, 130)),
        steps=st.lists(st.one_of(timed, leaves, asked, number), max_size=3).map(tuple),
        message_s=st.sampled_from([0.0, 0.5, 3.0, 20.0, 200.0]),
        message_then=st.sampled_from(["waits", "hash", "hangs_up"]),
        talk_s=st.one_of(st.none(), _seconds(0.5, 200)),
        again_after_s=st.one_of(st.none(), _seconds(1, 90)),
        forwarded_from=st.sampled_from(["", "", "", PEOPLE["BRA"], "0620000003", "+31101234567"]),
    )


def faults() -> st.SearchStrategy[FaultRule]:
    """One way in which Twilio or the network misbehaves."""
    often = {
        "probability": st.sampled_from([1.0, 0.5, 0.2]),
        "times": st.sampled_from([1, 2, 5, None]),
        "reaches": st.booleans(),
    }
    events = st.builds(
        FaultRule,
        do=st.sampled_from(["duplicate", "delay", "drop", "reorder"]),
        kind=st.sampled_from(EVENTS),
        seconds=st.sampled_from([0.0, 1.0, 5.0, 30.0]),
        **often,
    )
    documents = st.builds(
        FaultRule,
        do=st.sampled_from(["duplicate", "delay", "error", "timeout", "wrong_signature"]),
        kind=st.sampled_from(DOCUMENTS),
        seconds=st.sampled_from([0.5, 3.0, 20.0]),
        status=st.sampled_from([500, 503]),
        **often,
    )
    rest = st.builds(
        FaultRule,
        do=st.sampled_from(["rest_error", "rest_timeout"]),
        kind=st.sampled_from(REST),
        status=st.sampled_from([500, 503]),
        **often,
    )
    # A request that Twilio refuses with 429 was not carried out.
    refused = st.builds(
        FaultRule, do=st.just("rest_429"), kind=st.sampled_from(REST), **{**often, "reaches": st.just(False)}
    )
    return st.one_of(events, documents, rest, refused)


def deaths() -> st.SearchStrategy[tuple[Death, ...]]:
    """Mostly no death of the server."""
    back = st.sampled_from([0.2, 1.0, 5.0, 20.0])
    whenever = st.builds(Death, at_s=_seconds(0, 90), back_after_s=back)
    done = st.builds(Death, back_after_s=back, after=st.sampled_from(["create", "update"]), nth=st.integers(1, 4))
    none: st.SearchStrategy[tuple[Death, ...]] = st.just(())
    return st.one_of(none, none, st.tuples(whenever), st.tuples(done), st.tuples(whenever, done))


def crowds() -> st.SearchStrategy[tuple[tuple[float, CallerScript], ...]]:
    """Who rings, and when: a few callers within a minute, or up to six within seconds.

    Most have a number of their own; sometimes all have the number of one school.
    """
    few = st.lists(st.tuples(_seconds(0, 60), callers()), min_size=1, max_size=3)
    rush = st.lists(st.tuples(_seconds(0, 5), callers()), min_size=2, max_size=6)
    one_school = rush.map(lambda crowd: [(at_s, replace(caller, number=SCHOOL)) for at_s, caller in crowd])
    return st.one_of(few, few, rush, one_school).map(tuple)


def latencies() -> st.SearchStrategy[tuple[Latency, ...]]:
    """How long REST requests take: mostly no time, else up to five seconds, constant or drawn for each request."""
    none: st.SearchStrategy[tuple[Latency, ...]] = st.just(())
    constant = _seconds(0.1, 5).map(lambda low_s: (Latency(low_s),))
    drawn = _seconds(0.5, 5).map(lambda high_s: (Latency(0, high_s),))
    only = st.builds(
        lambda kind, high_s: (Latency(0, high_s, kind),),
        st.sampled_from(["create-call", "update-call"]),
        _seconds(0.5, 5),
    )
    return st.one_of(none, none, constant, drawn, only)


def loads() -> st.SearchStrategy[tuple[Load, ...]]:
    """Mostly no other rota."""
    people = st.sampled_from([tuple(PEOPLE), ("AIS", "BRA"), ("AIS",), ("CEM",)])
    load = st.builds(Load, _seconds(0, 90), people, st.sampled_from([ANYONE, ONE_BY_ONE, ""]))
    none: st.SearchStrategy[tuple[Load, ...]] = st.just(())
    return st.one_of(none, none, none, st.tuples(load), st.tuples(load, load))


def sayings() -> st.SearchStrategy[tuple[Saying, ...]]:
    """Mostly no change of presence."""
    words = st.sampled_from(["bezet 30", "pauze 15", "afwezig", "beschikbaar"])
    saying = st.builds(Saying, _seconds(0, 90), st.sampled_from(list(PEOPLE)), words)
    none: st.SearchStrategy[tuple[Saying, ...]] = st.just(())
    return st.one_of(none, none, st.tuples(saying), st.tuples(saying, saying))


def direct() -> st.SearchStrategy[tuple[Direct, ...]]:
    """Mostly no call to a consultant's own number."""
    diversion = st.builds(Diversion, st.just(LINE), st.sampled_from(FORMS), st.sampled_from(SHOWN))
    one = st.builds(Direct, _seconds(0, 60), st.sampled_from(list(PEOPLE)), callers(), diversion)
    none: st.SearchStrategy[tuple[Direct, ...]] = st.just(())
    return st.one_of(none, none, none, st.tuples(one))


def plays() -> st.SearchStrategy[Play]:
    """Whole examples: a few callers or a rush, three mobiles with up to two behaviours each, at most two faults, and
    perhaps deaths of the server, slow REST requests, rotas loaded and presence changed meanwhile."""
    mobiles = st.tuples(*(st.tuples(st.just(m), st.lists(phones(), min_size=1, max_size=2).map(tuple))
                          for m in PEOPLE.values()))  # fmt: skip
    nobody: st.SearchStrategy[frozenset[int]] = st.just(frozenset())
    some = st.frozensets(st.integers(0, 5), max_size=3)
    return st.builds(
        Play,
        scenario=st.builds(Scenario, callers=crowds(), phones=mobiles),
        on_line_2=st.one_of(nobody, some),
        latencies=latencies(),
        loads=loads(),
        sayings=sayings(),
        direct=direct(),
        faults=st.lists(faults(), max_size=2).map(tuple),
        deaths=deaths(),
        policy=st.sampled_from([ANYONE, ONE_BY_ONE, ""]),
        on_duty=st.sampled_from([tuple(PEOPLE), ("AIS", "BRA"), ("AIS",)]),
        seed=st.integers(0, 3),
    )
