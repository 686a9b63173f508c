"""Writes the alerts of the Prometheus rules as Grafana-managed alerts: `python -m grafana.alerting`.

Recorded series stay with Prometheus. The format is that of Grafana's file provisioning, version 10 and later:
https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parent / "prometheus" / "callcenter.rules.yml"
FILE = Path(__file__).parent / "provisioning" / "alerting" / "callcenter.yml"
DATA_SOURCE = "callcenter-prometheus"
_HEAD = """\
# Made by `python -m grafana.alerting` from grafana/prometheus/callcenter.rules.yml. Copied to
# /etc/grafana/provisioning/alerting/ Grafana evaluates the alerts itself, instead of Prometheus and Alertmanager.
"""
_EXPRESSIONS = "__expr__"


def rendered() -> str:
    """The provisioning file, identical on every run."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    made = [_group(group) for group in groups]
    document = {"apiVersion": 1, "groups": [group for group in made if group["rules"]]}
    return _HEAD + yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def _group(group: dict[str, Any]) -> dict[str, Any]:
    rules = [_rule(rule) for rule in group["rules"] if "alert" in rule]
    return {"orgId": 1, "name": group["name"], "folder": "callcenter", "interval": "1m", "rules": rules}


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """In Prometheus a result fires, whatever its value, and no result is quiet. In Grafana a threshold fires, so the
    query goes through an expression that is 1 for every number."""
    query = {
        "refId": "query",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": DATA_SOURCE,
        "model": {"refId": "query", "expr": rule["expr"], "instant": True, "range": False},
    }
    any_value = {"type": "math", "expression": "is_number($query) || is_nan($query) || is_inf($query)"}
    above_0 = {
        "type": "threshold",
        "expression": "any_value",
        "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
    }
    made = {
        # Grafana allows 40 characters.
        "uid": f"callcenter-{sha256(rule['alert'].encode()).hexdigest()[:12]}",
        "title": rule["alert"],
        "condition": "fires",
        "data": [query, _expression("any_value", any_value), _expression("fires", above_0)],
        "for": rule.get("for", "0s"),
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": rule["labels"],
        "annotations": rule["annotations"],
        "isPaused": False,
    }
    if "keep_firing_for" in rule:
        made["keepFiringFor"] = rule["keep_firing_for"]
    return made


def _expression(name: str, model: dict[str, Any]) -> dict[str, Any]:
    return {
        "refId": name,
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSIONS,
        "model": {"refId": name, **model},
    }


def main() -> None:
    """Write the file."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(rendered(), encoding="utf-8")


if __name__ == "__main__":
    main()
