"""The short form of `make chaos`: nothing is lost or doubled while two hosts and their database fail in turn."""

from pathlib import Path

import pytest

from chaos.crowd import Crowd
from chaos.plan import AT_ONCE, KINDS, Fault
from chaos.report import table
from chaos.run import Options, run

# A crowd that is soon done, because a test cannot wait for patient people.
CROWD = Crowd(calls=36, seconds=12, talk_s=4, patience_s=6, message_s=3)
# One of each that needs no new start of a whole host, which takes longer than this test may; `make chaos` has them all.
FAULTS = (
    "Twilio lies",
    "host frozen",
    "database killed",
    "dispatcher killed",
    "host cut from database",
    "Twilio refuses",
    "worker killed",
    "no way to the hosts",
)


@pytest.mark.postgres
def test_two_hosts_lose_and_double_nothing_whatever_fails(tmp_path: Path) -> None:
    faults = [
        Fault(kind, at_s=1 + 1.4 * n, for_s=0 if kind in AT_ONCE else 1.5, host=n % 2, share=0.5)
        for n, kind in enumerate(FAULTS)
    ]
    options = Options(CROWD, seed=1, faults=faults, consultants=16, workers=1, apart=False)
    found = run(options, tmp_path, print)
    print(table(found))
    assert found.breaches == []
    assert {one.fault.kind for one in found.struck} == set(FAULTS)
    assert found.calls >= CROWD.calls
    assert any(not one.is_good for one in found.sent), "no webhook failed, so nothing was tried"


def test_the_short_form_strikes_what_the_long_form_knows() -> None:
    assert set(FAULTS) <= set(KINDS)
