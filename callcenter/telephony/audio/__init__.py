"""What does a waiting caller hear? Tones the product makes itself."""

from callcenter.telephony.audio.tones import ring_tone

__all__ = ["ring_tone"]
