"""Computes the Dutch ring-back tone as a WAV file.

Source: ITU-T E.180, "Various tones used in national networks": Netherlands, ringing tone 425 Hz, 1 s on, 4 s off.
"""

import io
import math
import sys
import wave
from array import array
from functools import lru_cache

RATE_HZ = 8000
_TONE_HZ = 425
_ON_S = 1
_LEVEL = 0.18  # of full scale: -15 dBFS, the loudness of a voice on the line
_EDGE_S = 0.01  # fade in and out, which prevents a click
SHORTEST_S, LONGEST_S = 1, 5


@lru_cache(maxsize=LONGEST_S)
def ring_tone(seconds: int) -> bytes:
    """A WAV file (8 kHz, mono, 16 bits): one second of tone, then silence. seconds: its whole length, 1 to 5.

    Raises ValueError for another length.
    """
    if not SHORTEST_S <= seconds <= LONGEST_S:
        raise ValueError(f"a ring tone lasts {SHORTEST_S} to {LONGEST_S} seconds, not {seconds}")
    samples = array("h", (_sample(index) for index in range(_ON_S * RATE_HZ)))
    samples.extend([0] * ((seconds - _ON_S) * RATE_HZ))
    if sys.byteorder == "big":
        samples.byteswap()
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples.tobytes())
    return file.getvalue()


def _sample(index: int) -> int:
    at_s = index / RATE_HZ
    edge = min(1.0, at_s / _EDGE_S, (_ON_S - at_s) / _EDGE_S)
    return round(32767 * _LEVEL * edge * math.sin(2 * math.pi * _TONE_HZ * at_s))
