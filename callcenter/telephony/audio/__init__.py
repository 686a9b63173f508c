"""Tones that a waiting caller hears, and the types of stored sounds."""

from callcenter.telephony.audio.tones import ring_tone
from callcenter.telephony.audio.types import sound_type

__all__ = ["ring_tone", "sound_type"]
