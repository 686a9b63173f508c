"""The prompts of the line. `say` returns the prompt with a key, in the caller's language."""

from callcenter.telephony.prompts.speaking import LANGUAGES, Prompt, say, variables, write
from callcenter.telephony.prompts.texts import TEXTS

__all__ = ["LANGUAGES", "TEXTS", "Prompt", "say", "variables", "write"]
