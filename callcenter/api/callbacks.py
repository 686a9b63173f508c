"""`/api/v1/callbacks`: the callbacks, and the changes and attempts that can be made."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field

from callcenter.api.callback_shapes import CallbackPage, CallbackShape, ResultName, StateName, shapes_of
from callcenter.api.endpoint import Answer, ApiRequest, NoParameters, Operation, operation
from callcenter.api.shapes import Input, InputInstant, NumberText, PageQuery, Text, storable
from callcenter.callbacks import changes, one_press, queries, verbs
from callcenter.callbacks.by_hand import make_by_hand
from callcenter.callbacks.records import Callback
from callcenter.callbacks.rules import NOTE_MAX
from callcenter.errors import InvalidInput, NotFound
from callcenter.rota.versions import required_rota

Note = Annotated[str, Field(max_length=NOTE_MAX), AfterValidator(storable)]

_ETAG = {"ETag": "the state that was answered; send it as `If-Match` with a change"}
_JOINED = "Callcenter-Joined"


class CallbacksQuery(PageQuery):
    """Which callbacks. owner: a consultant's code."""

    state: StateName | None = None
    owner: Text | None = None


class NewCallback(Input):
    """A callback made by hand. due_at: when left out, the policy's working minutes decide."""

    number: NumberText
    note: Note | None = None
    due_at: InputInstant | None = None


class CallbackChange(Input):
    """The changes; what is left out stays. owner: null removes it; note: the reason, when state is cancelled."""

    owner: Text | None = None
    # They may be left out, but are never null.
    state: Literal["open", "claimed", "reached", "unreachable", "cancelled"] = cast(Any, None)
    note: Note | None = None
    due_at: InputInstant = cast(Any, None)


class PressCall(Input):
    """How to ring. anyway: whether an owner who is off duty or away is rung too, when somebody else asks for it."""

    anyway: bool = False


class NewAttempt(Input):
    """The result of an attempt."""

    result: ResultName


@operation(
    Operation(
        "GET",
        "/callbacks",
        "Callbacks by due time; a consultant sees the own ones",
        answer=CallbackPage,
        query=CallbacksQuery,
        consultants=True,
        numbers_of="callbacks",
    )
)
def list_callbacks(request: ApiRequest[CallbacksQuery, None]) -> CallbackPage:
    """One page of callbacks."""
    query = request.query
    if request.own_code is not None and query.owner not in (None, request.own_code):
        return CallbackPage(items=[], next=None)
    filters = queries.Filters(state=query.state, owner=request.own_code or query.owner)
    page = queries.listing(request.session, filters, query.limit, query.cursor)
    return CallbackPage(items=shapes_of(request.session, page.items, request.now), next=page.next)


@operation(
    Operation(
        "GET",
        "/callbacks/<id:callback_id>",
        "One callback",
        answer=CallbackShape,
        consultants=True,
        numbers_of="callbacks",
        answer_headers=_ETAG,
    )
)
def get_callback(request: ApiRequest[NoParameters, None], callback_id: int) -> Answer:
    """One callback by its ID."""
    return _shape(request, _visible(request, callback_id))


@operation(
    Operation(
        "POST",
        "/callbacks",
        "Make a callback by hand",
        answer=CallbackShape,
        body=NewCallback,
        status=201,
        answer_headers={**_ETAG, _JOINED: "`true` when the number had an open callback, which is the answer then"},
    )
)
def make_callback(request: ApiRequest[NoParameters, NewCallback]) -> Answer:
    """The callback that was made, or the open one of the same number that was joined. A given due time is its due time
    then too."""
    given = request.body
    made = make_by_hand(
        request.session,
        required_rota(request.session),
        given.number,
        request.now,
        by=request.identity.actor,
        note=given.note,
        due_by=given.due_at,
    )
    return _shape(request, made.callback, {_JOINED: "true" if made.joined else "false"})


@operation(
    Operation(
        "PATCH",
        "/callbacks/<id:callback_id>",
        "Hand over, claim, close, reopen, note, promise another time",
        answer=CallbackShape,
        body=CallbackChange,
        numbers_of="callbacks",
        consultants=True,
        if_match=True,
        answer_headers=_ETAG,
    )
)
def change_callback(request: ApiRequest[NoParameters, CallbackChange], callback_id: int) -> Answer:
    """The callback after all changes. When one is refused, none is made."""
    callback = _unchanged(request, callback_id)
    change, given, by = request.body, request.body.model_fields_set, request.identity.actor
    if change.owner is not None and change.owner not in required_rota(request.session).consultants:
        raise InvalidInput("owner", "there is no consultant with this code")
    if change.state == "open" and callback.state not in ("open", "claimed"):
        verbs.reopen(request.session, required_rota(request.session), callback_id, by, request.now)
    if "owner" in given and (change.owner != callback.owner or change.state is None):
        verbs.hand_over(request.session, callback_id, change.owner, by, request.now)
    if "due_at" in given:
        verbs.set_due(
            request.session,
            required_rota(request.session),
            callback_id,
            change.due_at,
            by,
            request.now,
            request.identity.consultant,
        )
    if "note" in given and change.state != "cancelled":
        verbs.note(request.session, callback_id, change.note or "", by, request.now)
    _to_state(request, callback_id)
    return _shape(request, queries.one(request.session, callback_id))


def _to_state(request: ApiRequest[NoParameters, CallbackChange], callback_id: int) -> None:
    change, by, now = request.body, request.identity.actor, request.now
    callback = queries.one(request.session, callback_id)
    if change.state is None or change.state == callback.state:
        return
    if change.state == "claimed":
        if callback.owner is None:
            raise InvalidInput("owner", "say who claims it")
        verbs.claim(request.session, callback_id, callback.owner, by, now)
    elif change.state == "open":
        verbs.hand_over(request.session, callback_id, callback.owner, by, now)
    elif change.state == "reached":
        verbs.close_reached(request.session, callback_id, by, now)
    elif change.state == "unreachable":
        verbs.close_unreachable(request.session, callback_id, by, now)
    else:
        verbs.cancel(request.session, callback_id, change.note or f"cancelled by {by}", by, now)


@operation(
    Operation(
        "POST",
        "/callbacks/<id:callback_id>/call",
        "Ring the consultant's mobile, then, after a key, the caller",
        answer=CallbackShape,
        body=PressCall,
        body_required=False,
        status=202,
        consultants=True,
        if_match=True,
        answer_headers=_ETAG,
    )
)
def call_back(request: ApiRequest[NoParameters, PressCall], callback_id: int) -> Answer:
    """The callback, claimed by the consultant who is rung: the token's own, else the owner.

    An owner who is off duty or away is rung at the own request, and with `anyway`.
    """
    callback = _unchanged(request, callback_id)
    consultant = request.identity.consultant or callback.owner
    if consultant is None:
        raise InvalidInput("owner", "nobody owns this callback yet: set its owner first")
    one_press.press(
        request.session,
        required_rota(request.session),
        callback_id,
        consultant,
        request.now,
        request.identity.actor,
        may_disturb=request.body.anyway or consultant == request.identity.consultant,
    )
    return _shape(request, queries.one(request.session, callback_id))


@operation(
    Operation(
        "POST",
        "/callbacks/<id:callback_id>/attempts",
        "Tell what came of an attempt",
        answer=CallbackShape,
        body=NewAttempt,
        status=201,
        consultants=True,
        if_match=True,
        answer_headers=_ETAG,
    )
)
def add_attempt(request: ApiRequest[NoParameters, NewAttempt], callback_id: int) -> Answer:
    """The callback after the attempt."""
    _unchanged(request, callback_id)
    rota = required_rota(request.session)
    by, consultant = request.identity.actor, request.identity.consultant
    return _shape(
        request,
        verbs.record_attempt(request.session, rota, callback_id, request.body.result, by, request.now, consultant),
    )


def _visible(request: ApiRequest[Any, Any], callback_id: int) -> Callback:
    callback = queries.one(request.session, callback_id)
    if request.own_code is not None and callback.owner != request.own_code:
        # The same answer as for an unknown id, so that a consultant cannot count the callbacks of colleagues.
        raise NotFound(f"there is no callback {callback_id}")
    return callback


def _unchanged(request: ApiRequest[Any, Any], callback_id: int) -> Callback:
    """The callback, if it is visible. Raises ChangedMeanwhile when it is not as the request's `If-Match` says."""
    callback = _visible(request, callback_id)
    if request.if_match is not None:
        changes.refuse_changed(request.session, callback_id, request.if_match)
    return callback


def _shape(
    request: ApiRequest[Any, Any], callback: Callback, headers: Mapping[str, str] = MappingProxyType({})
) -> Answer:
    request.session.flush()
    tag = changes.stored_tag(request.session, callback)
    return Answer(shapes_of(request.session, [callback], request.now)[0], {"ETag": f'"{tag}"', **headers})
