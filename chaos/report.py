"""The table of a run: each kind of fault, how often it struck, and how long callers heard nothing because of it."""

from collections import Counter

from chaos.measured import longest_silence_s
from chaos.plan import KINDS
from chaos.run import Found

# A fault may show for this long after it is over: processes start, connections are made.
_AFTER_S = 10.0


def table(found: Found) -> str:
    """In Markdown, as docs/reliability.md keeps it."""
    rows = ["| fault | times | callers on the line, at most | longest time without an answer |", "|---|---|---|---|"]
    for kind in KINDS:
        some = [one for one in found.struck if one.fault.kind == kind]
        if some:
            silence_s = max(longest_silence_s(found.sent, one.began, one.ended + _AFTER_S) for one in some)
            rows.append(f"| {kind} | {len(some)} | {max(one.live for one in some)} | {silence_s:.1f} s |")
    answered = Counter(one.error or str(one.status) for one in found.sent)
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(found.outcomes.items()))
    answers = ", ".join(f"{name} {count}" for name, count in sorted(answered.items()))
    rows += [
        "",
        f"{found.calls} calls ({outcomes}; {found.reconciled} known only from Twilio's list), "
        f"{found.callbacks} callbacks, {found.pressed} rung back by one press, {found.texts} texts, "
        f"{found.starts} starts of services.",
        f"{len(found.sent)} webhooks: {answers}.",
        f"Lost or doubled: {len(found.breaches) or 'nothing'}.",
    ]
    return "\n".join(rows)
