"""Registers every webhook, and the sounds that Twilio plays, with the Flask app."""

from flask import Flask

from callcenter.paths import add_converters
from webhooks import audio, callback_legs, door, hold, legs, sms, voice, voicemail
from webhooks.signature import SignatureCheck
from webhooks.speech import PromptBook

# Importing these modules registers their handlers with the door.
HANDLERS = (voice, hold, voicemail, legs, callback_legs, sms)


def register(app: Flask, check: SignatureCheck) -> None:
    """Add the webhooks to an app. check: of Twilio's signatures."""
    app.extensions["callcenter_signature"] = check
    app.extensions["callcenter_prompts"] = PromptBook()
    add_converters(app)
    app.register_blueprint(door.blueprint)
    app.register_blueprint(audio.blueprint)
