"""Which addresses does Twilio have here? Every handler, put into one app."""

from flask import Flask

from webhooks import audio, callback_legs, door, hold, legs, sms, voice, voicemail
from webhooks.signature import SignatureCheck
from webhooks.speech import PromptBook

# Imported for the addresses they add to the door.
HANDLERS = (voice, hold, voicemail, legs, callback_legs, sms)


def register(app: Flask, check: SignatureCheck) -> None:
    """Put Twilio's door, and the sounds it plays, into an app."""
    app.extensions["callcenter_signature"] = check
    app.extensions["callcenter_prompts"] = PromptBook()
    app.register_blueprint(door.blueprint)
    app.register_blueprint(audio.blueprint)
