"""Each figure on a page leads to a list with exactly as many rows as the figure says."""

from datetime import timedelta

from sqlalchemy import delete

from callcenter.callbacks.records import Callback, PromisedTime
from callcenter.calls.call import Call
from callcenter.office import Office
from callcenter.reachability.rollup import roll_up
from callcenter.rota import versions
from tests.support.figure_links import rows_behind, walk
from tests.web.conftest import LogIn
from tests.web.seed import LEAD, NOW, a_callback


def test_each_figure_of_board_figures_and_school_leads_to_its_calls(log_in: LogIn) -> None:
    client = log_in(LEAD)
    assert walk(client, "/") > 10
    assert walk(client, "/cijfers?period=quarter&group=school") > 20
    assert walk(client, "/scholen/05WE00") >= 2


def test_a_list_says_how_many_of_its_calls_are_no_longer_stored(log_in: LogIn, office: Office) -> None:
    with office.sessions.begin() as session:
        rota = versions.active_rota(session)
        assert rota is not None
        while roll_up(session, rota, NOW):
            pass
        session.execute(delete(Call).where(Call.received_at < NOW - timedelta(days=15)))
    assert walk(log_in(LEAD), "/cijfers?period=month", erased=True) > 50


def test_a_list_says_how_many_of_its_promises_are_no_longer_stored(log_in: LogIn, office: Office) -> None:
    made_at = NOW - timedelta(days=10)
    with office.sessions.begin() as session:
        rota = versions.active_rota(session)
        assert rota is not None
        for kept in (True, True, False):
            due_at = made_at + timedelta(hours=1)
            callback = a_callback(made_at, timedelta(hours=1), "CEM", None, state="cancelled", closed_at=due_at)
            session.add(callback)
            session.flush()
            kept_at = due_at if kept else None
            session.add(PromisedTime(callback_id=callback.id, made_at=made_at, due_at=due_at, kept_at=kept_at))
        while roll_up(session, rota, NOW):
            pass
        session.execute(delete(Callback).where(Callback.created_at == made_at))
    client, day = log_in(LEAD), made_at.date()
    for query, gone in (("", 3), ("&kept=yes", 2), ("&kept=no", 1), ("&group=partner", 0), ("&within=two_days", 3)):
        assert rows_behind(client, f"/terugbellen/beloften?day={day}&last={day}{query}") == (0, gone)
