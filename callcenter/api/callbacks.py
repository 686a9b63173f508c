"""Which promises are there, and what is done with them? `/api/v1/callbacks`."""

from typing import Any, Literal

from pydantic import Field

from callcenter.api.callback_by_hand import made_by_hand
from callcenter.api.callback_shapes import CallbackPage, CallbackShape, ResultName, StateName, shapes_of
from callcenter.api.endpoint import Ask, NoParameters, Operation, active_rota, operation
from callcenter.api.paging import cursor_of, position_of
from callcenter.api.values import Asked, GivenInstant, Paged, Text
from callcenter.callbacks import one_press, queries, verbs
from callcenter.callbacks.records import Callback
from callcenter.errors import InvalidInput, NotFound


class CallbacksQuery(Paged):
    """Which callbacks; owner: a consultant's code."""

    state: StateName | None = None
    owner: Text | None = None


class NewCallback(Asked):
    """One made by hand. due_at: without it the policy's working minutes decide."""

    number: Text = Field(min_length=1, max_length=40)
    note: Text | None = Field(default=None, max_length=verbs.NOTE_MAX)
    due_at: GivenInstant | None = None


class CallbackChange(Asked):
    """What to change; what is left out stays. owner null gives it back; a note with state cancelled is the reason."""

    owner: Text | None = None
    state: Literal["open", "claimed", "reached", "unreachable", "cancelled"] | None = None
    note: Text | None = Field(default=None, max_length=verbs.NOTE_MAX)
    due_at: GivenInstant | None = None


class NewAttempt(Asked):
    """What came of an attempt."""

    result: ResultName


@operation(
    Operation(
        "GET",
        "/callbacks",
        "Callbacks by due time; a consultant sees the own ones",
        answer=CallbackPage,
        query=CallbacksQuery,
        consultants=True,
    )
)
def list_callbacks(ask: Ask[CallbacksQuery, None]) -> CallbackPage:
    """One page of callbacks."""
    query = ask.query
    if ask.own_code is not None and query.owner not in (None, ask.own_code):
        return CallbackPage(items=[], next=None)
    filters = queries.Filters(state=query.state, owner=ask.own_code or query.owner)
    cursor = str(position_of(query.cursor, str)[0]) if query.cursor is not None else None
    page = queries.listing(ask.session, filters, query.limit, cursor)
    return CallbackPage(
        items=shapes_of(ask.session, page.items, ask.now), next=cursor_of(page.next) if page.next else None
    )


@operation(Operation("GET", "/callbacks/<id:callback_id>", "One callback", answer=CallbackShape, consultants=True))
def get_callback(ask: Ask[NoParameters, None], callback_id: int) -> CallbackShape:
    """One callback by its ID."""
    return _shape(ask, _visible(ask, callback_id))


@operation(
    Operation("POST", "/callbacks", "Make a callback by hand", answer=CallbackShape, body=NewCallback, status=201)
)
def make_callback(ask: Ask[NoParameters, NewCallback]) -> CallbackShape:
    """The callback made, or the open one of that number that this joined."""
    given = ask.body
    made = made_by_hand(
        ask.session,
        active_rota(ask.session),
        given.number,
        ask.now,
        by=ask.identity.name,
        note=given.note,
        due_by=given.due_at,
    )
    return _shape(ask, made)


@operation(
    Operation(
        "PATCH",
        "/callbacks/<id:callback_id>",
        "Hand over, claim, close, reopen, note, promise another time",
        answer=CallbackShape,
        body=CallbackChange,
        consultants=True,
    )
)
def change_callback(ask: Ask[NoParameters, CallbackChange], callback_id: int) -> CallbackShape:
    """The callback after every change asked for, or none of them."""
    callback = _visible(ask, callback_id)
    change, given, by = ask.body, ask.body.model_fields_set, ask.identity.name
    if "state" in given and change.state is None:
        raise InvalidInput("state", "cannot be null")
    if "due_at" in given and change.due_at is None:
        raise InvalidInput("due_at", "cannot be null")
    if change.owner is not None and change.owner not in active_rota(ask.session).consultants:
        raise InvalidInput("owner", "there is no consultant with this code")
    if change.state == "open" and callback.state not in ("open", "claimed"):
        verbs.reopen(ask.session, active_rota(ask.session), callback_id, by, ask.now)
    if "owner" in given and (change.owner != callback.owner or change.state is None):
        verbs.hand_over(ask.session, callback_id, change.owner, by, ask.now)
    if change.due_at is not None:
        verbs.set_due(ask.session, callback_id, change.due_at, by, ask.now)
    if "note" in given and change.state != "cancelled":
        verbs.note(ask.session, callback_id, change.note or "", by, ask.now)
    _to_state(ask, callback_id)
    return _shape(ask, queries.one(ask.session, callback_id))


def _to_state(ask: Ask[NoParameters, CallbackChange], callback_id: int) -> None:
    change, by, now = ask.body, ask.identity.name, ask.now
    callback = queries.one(ask.session, callback_id)
    if change.state is None or change.state == callback.state:
        return
    if change.state == "claimed":
        if callback.owner is None:
            raise InvalidInput("owner", "say who claims it")
        verbs.claim(ask.session, callback_id, callback.owner, by, now)
    elif change.state == "open":
        verbs.hand_over(ask.session, callback_id, callback.owner, by, now)
    elif change.state == "reached":
        verbs.close_reached(ask.session, callback_id, by, now)
    elif change.state == "unreachable":
        verbs.close_unreachable(ask.session, callback_id, by, now)
    else:
        verbs.cancel(ask.session, callback_id, change.note or f"cancelled by {by}", by, now)


@operation(
    Operation(
        "POST",
        "/callbacks/<id:callback_id>/call",
        "Ring the consultant's mobile, then, after a key, the caller",
        answer=CallbackShape,
        status=202,
        consultants=True,
    )
)
def call_back(ask: Ask[NoParameters, None], callback_id: int) -> CallbackShape:
    """The callback, claimed by who is rung: the token's own consultant, else the owner."""
    callback = _visible(ask, callback_id)
    consultant = ask.identity.consultant or callback.owner
    if consultant is None:
        raise InvalidInput("owner", "nobody owns this callback yet: set its owner first")
    one_press.press(ask.session, active_rota(ask.session), callback_id, consultant, ask.now, ask.identity.name)
    return _shape(ask, queries.one(ask.session, callback_id))


@operation(
    Operation(
        "POST",
        "/callbacks/<id:callback_id>/attempts",
        "Tell what came of an attempt",
        answer=CallbackShape,
        body=NewAttempt,
        status=201,
        consultants=True,
    )
)
def add_attempt(ask: Ask[NoParameters, NewAttempt], callback_id: int) -> CallbackShape:
    """The callback after the attempt."""
    _visible(ask, callback_id)
    rota = active_rota(ask.session)
    by, consultant = ask.identity.name, ask.identity.consultant
    return _shape(ask, verbs.record_attempt(ask.session, rota, callback_id, ask.body.result, by, ask.now, consultant))


def _visible(ask: Ask[Any, Any], callback_id: int) -> Callback:
    callback = queries.one(ask.session, callback_id)
    if ask.own_code is not None and callback.owner != ask.own_code:
        # The same answer as for none at all: a colleague's callbacks are not even counted.
        raise NotFound(f"there is no callback {callback_id}")
    return callback


def _shape(ask: Ask[Any, Any], callback: Callback) -> CallbackShape:
    ask.session.flush()
    return shapes_of(ask.session, [callback], ask.now)[0]
