"""The generated dashboards match their code and are complete, and the alert rules pass their tests."""

import json
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from grafana import alerting
from grafana.build import DASHBOARDS, FOLDER, rendered
from tests.support.prometheus import RULES, program

NAMES = sorted(DASHBOARDS)


def dashboard(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_what_the_code_builds(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == rendered(DASHBOARDS[name]()), "run python -m grafana.build"


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_says_what_it_shows_and_in_which_unit(name: str) -> None:
    for panel in dashboard(name)["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"].get("unit"), panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])


@pytest.mark.parametrize("name", NAMES)
def test_panels_have_ids_and_places_of_their_own(name: str) -> None:
    panels = dashboard(name)["panels"]
    assert max(Counter(panel["id"] for panel in panels).values()) == 1
    taken: Counter[tuple[int, int]] = Counter()
    for panel in panels:
        place = panel["gridPos"]
        taken.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
        assert place["x"] + place["w"] <= 24
    assert max(taken.values()) == 1


def test_dashboards_are_told_apart_and_offer_line_and_data_source() -> None:
    found = [dashboard(name) for name in NAMES]
    assert len({one["uid"] for one in found}) == len({one["title"] for one in found}) == len(found)
    for one in found:
        assert [variable["name"] for variable in one["templating"]["list"]] == ["datasource", "line"]


def test_every_reachability_over_time_shows_the_lines_of_2015_and_2022() -> None:
    charts = [
        panel
        for panel in dashboard("reachability.json")["panels"]
        if panel["type"] == "timeseries" and "eachability" in panel["title"]
    ]
    assert len(charts) == 2
    for chart in charts:
        assert [target["legendFormat"] for target in chart["targets"]][-2:] == ["2015: 88%", "2022: 69%"]


def test_every_alert_names_its_page_and_how_urgent_it_is() -> None:
    handbook = (RULES.parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
    alerts = [line.split(":")[1].strip() for line in RULES.read_text().splitlines() if "- alert:" in line]
    assert len(alerts) == RULES.read_text().count("runbook:") == RULES.read_text().count("severity:")
    for alert in alerts:
        assert f"### {alert}\n" in handbook, alert
    assert sorted(re.findall(r"^### (Callcenter\w+)$", handbook, re.MULTILINE)) == sorted(alerts)


def test_every_alert_has_a_rule_test_that_fires_it_and_one_that_must_not() -> None:
    tests = "".join(path.read_text() for path in RULES.parent.glob("*.test.yml"))
    for alert in re.findall(r"- alert: (\w+)", RULES.read_text()):
        assert re.search(rf"alertname: {alert}\n +eval_time: \w+\n +exp_alerts:", tests), f"{alert} never fires"
        assert f"{{alertname: {alert}, eval_time: " in tests, f"{alert} always fires"


def test_grafana_s_own_alerts_are_those_of_prometheus() -> None:
    text = alerting.FILE.read_text(encoding="utf-8")
    assert text == alerting.rendered(), "run python -m grafana.alerting"
    made = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    assert [rule["title"] for rule in made] == re.findall(r"- alert: (\w+)", RULES.read_text())
    assert len({rule["uid"] for rule in made}) == len(made)
    source = (alerting.FILE.parents[1] / "datasources" / "prometheus.yml").read_text()
    assert f"uid: {alerting.DATA_SOURCE}\n" in source
    for rule in made:
        assert {step["refId"] for step in rule["data"]} >= {rule["condition"]}
        assert len(rule["uid"]) <= 40


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "rules", "callcenter.rules.yml"],
        ["test", "rules", *sorted(path.name for path in RULES.parent.glob("*.test.yml"))],
        ["check", "config", "prometheus.yml"],
    ],
)
def test_promtool_finds_nothing_amiss(arguments: list[str]) -> None:
    folder: Path = RULES.parent
    told = subprocess.run([program("promtool"), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout + told.stderr
