"""How long do things take at Twilio and on the telephone network? All in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Typical durations; none is promised by Twilio, so tests may vary every one."""

    webhook_s: float = 0.03  # an event happens -> its request reaches the product
    webhook_timeout_s: float = 15.0  # error 11205 beyond it
    connect_timeout_s: float = 5.0
    start_s: float = 0.2  # a call is created by REST -> `initiated`
    ring_s: float = 0.5  # `initiated` -> the mobile rings
    hang_up_s: float = 0.1  # the other side of a bridge is gone -> we notice
    replace_s: float = 0.3  # a Dial's action after a REST update -> the new document
    chars_per_s: float = 15.0  # speech
    unknown_play_s: float = 4.0  # audio whose length cannot be learned
    beep_s: float = 0.5
    recording_ready_s: float = 1.5
    key_s: float = 0.25  # between two keys of one number
    sms_s: float = 2.0
