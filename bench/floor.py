"""The floor: a toy that does the least a call's first webhook must do.

It checks the signature, stores one row and answers TwiML.
"""

import sys

from flask import Flask, Response, request
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from bench.town import AUTH_TOKEN, PUBLIC_URL
from callcenter.server import WORKER_OPTIONS, Server
from callcenter.storage.engine import make_engine, make_sessions


class Base(DeclarativeBase):
    """The base of the toy's one table."""


class FloorCall(Base):
    """One row for each call."""

    __tablename__ = "floor_call"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_sid: Mapped[str] = mapped_column(String(64), unique=True)
    from_number: Mapped[str] = mapped_column(String(20))


def make_table(database_url: str) -> None:
    """Create the toy's table, before its workers start: two of them would create it at once."""
    engine = make_engine(database_url)
    Base.metadata.create_all(engine)
    engine.dispose()


def make_floor(database_url: str) -> Flask:
    """The toy: a Flask app with one handler. It uses the product's engine."""
    app = Flask("floor")
    sessions = make_sessions(make_engine(database_url))
    validator = RequestValidator(AUTH_TOKEN)

    @app.post("/webhooks/voice")
    def voice() -> Response:
        signature = request.headers.get("X-Twilio-Signature", "")
        if not validator.validate(f"{PUBLIC_URL}{request.path}", request.form, signature):
            return Response("forbidden\n", 403)
        with sessions.begin() as session:
            session.add(FloorCall(call_sid=request.form["CallSid"], from_number=request.form["From"]))
        response = VoiceResponse()
        response.say("Goedemorgen, u belt met het RBL. Ik zoek een collega voor u.", language="nl-NL")
        return Response(str(response), content_type="text/xml; charset=utf-8")

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    return app


if __name__ == "__main__":
    bind, workers, address = sys.argv[1:]
    make_table(address)
    # As in callcenter/server.py.
    Server({**WORKER_OPTIONS, "bind": bind, "workers": int(workers)}, lambda: make_floor(address)).run()
