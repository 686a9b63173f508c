"""Requests of each step of a call, and the rows that each needs: prepared in bulk, each sent once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Engine, insert, select, update

from bench.load import Request
from bench.town import ACCOUNT_SID, LINE, caller
from callcenter.calls.call import Call
from callcenter.calls.leg import Leg
from callcenter.lines.records import Line
from callcenter.presence.records import ConsultantState

_HOUR = timedelta(hours=1)


class Steps:
    """Makes requests for one furnished database. schools: the schools' numbers in its directory."""

    def __init__(self, engine: Engine, schools: Sequence[str], seed: int) -> None:
        self._engine, self._schools, self._rng = engine, tuple(schools), Random(seed)
        with engine.connect() as connection:
            self._line = connection.execute(select(Line.id)).scalar_one()
        self.by_name: Mapping[str, Callable[[int], list[Request]]] = {
            "incoming": self.incoming,
            "queued": self.incoming,
            "taken": self.taken,
            "hold": self.hold,
            "screen": self.screen,
            "accept": self.accept,
            "final": self.final,
        }

    def incoming(self, count: int) -> list[Request]:
        """New callers."""
        return [
            Request("/webhooks/voice", self._params(self._sid(), "ringing", caller(self._rng, self._schools)))
            for _ in range(count)
        ]

    def taken(self, count: int) -> list[Request]:
        """New callers while all consultants are claimed, so nobody is rung."""
        until = datetime.now(UTC) + _HOUR
        with self._engine.begin() as connection:
            connection.execute(update(ConsultantState).values(reserved_until=until, reserved_for="~"))
        return self.incoming(count)

    def hold(self, count: int) -> list[Request]:
        """The third hold turn of callers for whom one mobile rings."""
        stored = self._calls(count, [{"state": "ringing"}], {"turn": 3})
        return [
            Request(f"/webhooks/call/{call_id}/hold?turn=3", self._params(sid, "in-progress"))
            for call_id, sid, _legs in stored
        ]

    def screen(self, count: int) -> list[Request]:
        """Legs that are picked up."""
        stored = self._calls(count, [{"state": "ringing"}, {"state": "ringing"}], {})
        return [
            Request(f"/webhooks/leg/{legs[0]}/screen", self._params(self._sid(), "in-progress", LINE))
            for _call_id, _sid, legs in stored
        ]

    def accept(self, count: int) -> list[Request]:
        """Consultants who press 1 while a colleague's mobile rings too."""
        picked_up = {"state": "screening", "picked_up_at": datetime.now(UTC)}
        stored = self._calls(count, [picked_up, {"state": "ringing"}], {}, claimed=True)
        return [
            Request(f"/webhooks/leg/{legs[0]}/key?turn=1", self._params(self._sid(), "in-progress", LINE, Digits="1"))
            for _call_id, _sid, legs in stored
        ]

    def final(self, count: int) -> list[Request]:
        """Final status events of answered calls."""
        now = datetime.now(UTC)
        talking = {"state": "joined", "picked_up_at": now, "accepted_at": now, "result": "accepted"}
        there = {"step": "talking", "state": "connected", "accepted_at": now, "connected_at": now, "next_due_at": None}
        stored = self._calls(count, [talking], there, claimed=True)
        return [
            Request("/webhooks/voice/status", self._params(sid, "completed", CallDuration="64", Duration="2"))
            for _call_id, sid, _legs in stored
        ]

    def _calls(
        self, count: int, legs: Sequence[Mapping[str, Any]], more: Mapping[str, Any], *, claimed: bool = False
    ) -> list[tuple[int, str, list[int]]]:
        """Store hunting calls, each with these legs; returns id, CallSid and leg ids of each.

        claimed: whether each leg's consultant is claimed by its call.
        """
        now = datetime.now(UTC)
        calls = [{**self._call(now), **more} for _ in range(count)]
        codes = [f"~{self._rng.getrandbits(48):x}" for _ in range(count * len(legs))]
        with self._engine.begin() as connection:
            ids = connection.execute(insert(Call).returning(Call.id, sort_by_parameter_order=True), calls).scalars()
            call_ids = list(ids)
            rows = [
                {**self._leg(now), "call_id": call_id, "consultant": codes[at * len(legs) + n], **leg}
                for at, call_id in enumerate(call_ids)
                for n, leg in enumerate(legs)
            ]
            # One INSERT for each leg of the calls: their columns differ.
            leg_ids = [
                connection.execute(insert(Leg).returning(Leg.id, sort_by_parameter_order=True), rows[n :: len(legs)])
                .scalars()
                .all()
                for n in range(len(legs))
            ]
            if claimed:
                owner = {row["consultant"]: calls[at // len(legs)]["call_sid"] for at, row in enumerate(rows)}
                states = [
                    {"code": code, "presence": "available", "not_accepted": 0, "offers": 1, "reserved_for": sid}
                    for code, sid in owner.items()
                ]
                connection.execute(insert(ConsultantState), states)
        sids = [call["call_sid"] for call in calls]
        return list(zip(call_ids, sids, map(list, zip(*leg_ids, strict=True)), strict=True))

    def _call(self, now: datetime) -> dict[str, Any]:
        return {
            "call_sid": self._sid(),
            "line_id": self._line,
            "from_number": caller(self._rng, self._schools),
            "group": "school",
            "caller_name": "De Stapsteen",
            "caller_place": "Dordrecht",
            "shared_by": 0,
            "language": "nl",
            "received_at": now,
            "in_hours": True,
            "rota_version_id": 2,
            "state": "ringing",
            "step": "hunting",
            "turn": 1,
            "areas": ["dordrecht", "0505"],
            "tier": 0,
            "tier_ends_at": now + _HOUR,
            "tier_list": [],
            "offered_to": [],
            "deadline_at": now + _HOUR,
            "next_due_at": now + _HOUR,
            "rest_down": False,
            "wants_callback": False,
            "counted": False,
            "reconciled": False,
            "last_event_at": now,
        }

    def _leg(self, now: datetime) -> dict[str, Any]:
        return {
            "tier": "preferred",
            "kind": "rest",
            "leg_sid": None,
            "offered_at": now,
            "ring_timeout_s": 3600,
            "initiated_at": now,
            "picked_up_at": None,
            "accepted_at": None,
            "expires_at": now + _HOUR,
            "result": None,
        }

    def _sid(self) -> str:
        return f"CA{self._rng.getrandbits(128):032x}"

    def _params(self, sid: str, status: str, from_: str = "+31786140001", **more: str) -> dict[str, str]:
        """Parameters that Twilio sends with a webhook (twilio.com/docs/voice/twiml, "Request parameters")."""
        return {
            "AccountSid": ACCOUNT_SID,
            "ApiVersion": "2010-04-01",
            "CallSid": sid,
            "CallStatus": status,
            "Called": LINE,
            "CalledCountry": "NL",
            "Caller": from_,
            "CallerCountry": "NL",
            "Direction": "inbound",
            "From": from_,
            "FromCity": "",
            "FromCountry": "NL",
            "FromState": "",
            "FromZip": "",
            "To": LINE,
            "ToCity": "",
            "ToCountry": "NL",
            "ToState": "",
            "ToZip": "",
            **more,
        }
