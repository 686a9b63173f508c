"""Tones that a waiting caller hears."""

from callcenter.telephony.audio.tones import ring_tone

__all__ = ["ring_tone"]
