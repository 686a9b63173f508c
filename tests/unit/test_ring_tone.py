"""The ring tone of a waiting caller is the Dutch one, in a file that Twilio can play."""

import io
import itertools
import wave
from array import array

import pytest

from callcenter.telephony.audio import ring_tone


def sound(seconds: int) -> tuple[wave._wave_params, list[int]]:
    with wave.open(io.BytesIO(ring_tone(seconds))) as file:
        return file.getparams(), list(array("h", file.readframes(file.getnframes())))


@pytest.mark.parametrize("seconds", [1, 2, 3, 4, 5])
def test_a_turn_lasts_exactly_as_long_as_asked(seconds: int) -> None:
    parameters, samples = sound(seconds)
    assert (parameters.nchannels, parameters.sampwidth, parameters.framerate) == (1, 2, 8000)
    assert len(samples) == seconds * 8000


def test_it_rings_one_second_at_425_hertz_and_then_is_silent() -> None:
    _, samples = sound(5)
    rising = sum(1 for before, after in itertools.pairwise(samples[:8000]) if before < 0 <= after)
    assert abs(rising - 425) <= 1
    assert max(samples[:8000]) > 5000
    assert not any(samples[8000:])


def test_it_begins_and_ends_without_a_click() -> None:
    _, samples = sound(1)
    assert abs(samples[0]) < 100
    assert abs(samples[-1]) < 300


def test_the_same_bytes_are_given_again() -> None:
    assert ring_tone(3) is ring_tone(3)


@pytest.mark.parametrize("seconds", [0, 6])
def test_other_lengths_are_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        ring_tone(seconds)
