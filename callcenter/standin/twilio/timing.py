"""Durations at Twilio and on the telephone network, in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Typical durations. Twilio promises none of them, so a test may change each."""

    webhook_s: float = 0.03  # from an event until its request reaches the product
    webhook_timeout_s: float = 15.0  # a later answer is error 11205
    connect_timeout_s: float = 5.0
    start_s: float = 0.2  # from REST's creation of a call until `initiated`
    ring_s: float = 0.5  # from `initiated` until the mobile rings
    replace_s: float = 0.3  # from an interrupted Dial's action until the new document
    chars_per_s: float = 15.0  # speed of speech, per second
    unknown_play_s: float = 4.0  # for audio whose length is not known
    beep_s: float = 0.5
    recording_ready_s: float = 1.5
    key_s: float = 0.25  # between two keys that are pressed in a row
    sms_s: float = 2.0
