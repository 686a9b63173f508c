"""The generated dashboards match their code, keep Grafana's rules, and can be read on both of its grounds."""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from sqlalchemy import Engine

from callcenter.reachability import labels
from grafana import alerting
from grafana.build import DASHBOARDS, FOLDERS, main, rendered
from grafana.colours import BAD, GREY, GROUNDS, LEAST_CONTRAST, contrast
from grafana.queries import grown, grown_of_any
from grafana.words import Language
from tests.support.dashboards import FILES, FOLDER, dashboard
from tests.support.orders import every_effect
from tests.support.prometheus import RULES, program

UNITS = {"short", "percentunit", "s"}
DUTCH = [name for name in FILES if "/" not in name]


def of_panels(name: str) -> list[dict[str, Any]]:
    return list(dashboard(name)["panels"])


def charts(name: str) -> list[dict[str, Any]]:
    return [one for one in of_panels(name) if one["type"] == "timeseries"]


def properties(panel: dict[str, Any], wanted: str) -> Iterator[Any]:
    for override in panel["fieldConfig"]["overrides"]:
        yield from (one["value"] for one in override["properties"] if one["id"] == wanted)


@pytest.mark.parametrize("language", FOLDERS)
@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_file_is_what_the_code_builds(name: str, language: Language) -> None:
    text = (FOLDERS[language] / name).read_text(encoding="utf-8")
    assert text == rendered(name, language), f"run python -m grafana.build --language {language}"


def test_no_file_is_left_of_a_dashboard_that_is_gone() -> None:
    assert {FOLDER / name for name in FILES} == {folder / name for folder in FOLDERS.values() for name in DASHBOARDS}


def test_the_office_gives_its_own_address_to_the_links(tmp_path: Path) -> None:
    main(["--product", "https://lijn.example.org/", "--into", str(tmp_path)])
    for name in DASHBOARDS:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert '"https://lijn.example.org"' in text
        assert "callcenter.example.nl" not in text


@pytest.mark.parametrize("name", FILES)
def test_the_dashboard_keeps_to_grafanas_schema(name: str) -> None:
    register_default_plugins()
    found = dashboard(name)
    read = Dashboard.from_json(found)
    encoded = JSONEncoder(sort_keys=True, indent=2).encode(read)
    again = Dashboard.from_json(json.loads(encoded))
    assert JSONEncoder(sort_keys=True).encode(again) == JSONEncoder(sort_keys=True).encode(read)
    written = json.loads(encoded)
    # The schema leaves these of an annotation to the data source.
    for event in found["annotations"]["list"]:
        for own in ("step", "titleFormat", "textFormat", "useValueForTime"):
            del event[own]
    assert written == found


# --- The rules of github.com/grafana/dashboard-linter, by their names there, as far as they hold for these dashboards.
# Left out: the rules for `job` and `instance` (every host reports the same totals, so none is chosen), those for Loki,
# and target-counter-agg-rule: rate() and increase() extrapolate; totals that never reset are subtracted exactly.


@pytest.mark.parametrize("name", FILES)
def test_template_datasource_and_panel_datasource_rules(name: str) -> None:
    sources = [one for one in dashboard(name)["templating"]["list"] if one["type"] == "datasource"]
    assert [(one["name"], one["query"]) for one in sources] == [("datasource", "prometheus")]
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    for panel in of_panels(name):
        assert panel["datasource"] == chosen
        assert all(target["datasource"] == chosen for target in panel["targets"])
    assert all(one["datasource"] == chosen for one in dashboard(name)["annotations"]["list"])


@pytest.mark.parametrize("name", FILES)
def test_template_on_time_change_reload_rule(name: str) -> None:
    asked = [one for one in dashboard(name)["templating"]["list"] if one["type"] == "query"]
    assert [one["refresh"] for one in asked] == [2]


@pytest.mark.parametrize("name", FILES)
def test_panel_title_description_units_and_no_targets_rules(name: str) -> None:
    for panel in of_panels(name):
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"] in UNITS, panel["title"]
        assert panel["targets"], panel["title"]


@pytest.mark.parametrize("name", FILES)
def test_uneditable_dashboard_rule(name: str) -> None:
    assert dashboard(name)["editable"] is False


@pytest.mark.parametrize("name", FILES)
def test_target_rate_interval_rule(name: str) -> None:
    for panel in of_panels(name):
        for target in panel["targets"]:
            assert not re.search(r"\b(?:rate|irate|increase)\(", target["expr"]), panel["title"]


# --- What these dashboards promise beyond.


@pytest.mark.parametrize("name", FILES)
def test_panels_have_ids_and_places_of_their_own(name: str) -> None:
    panels = of_panels(name)
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


def test_dashboards_are_told_apart_and_live_in_amsterdam() -> None:
    found = [dashboard(name) for name in FILES]
    assert len({one["uid"] for one in found}) == len({one["title"] for one in found}) == len(found)
    for one in found:
        assert [variable["name"] for variable in one["templating"]["list"]] == [
            "datasource",
            "line",
            "group",
            "product",
        ]
        assert one["timezone"] == "Europe/Amsterdam"
    assert {dashboard(name)["title"] for name in DUTCH} == {"Bereikbaarheid", "Wand", "Techniek"}


@pytest.mark.parametrize("name", FILES)
def test_every_colour_can_be_seen_on_grafanas_dark_and_light_grounds(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    colours = set(re.findall(r"#[0-9a-fA-F]{6}\b", text))
    assert colours
    for colour in colours:
        for ground in GROUNDS:
            assert contrast(colour, ground) >= LEAST_CONTRAST, f"{colour} on {ground}"


@pytest.mark.parametrize("name", FILES)
def test_no_series_takes_a_colour_of_grafanas_own_palette(name: str) -> None:
    for chart in charts(name):
        defaults = chart["fieldConfig"]["defaults"]
        assert defaults["color"]["mode"] == "fixed", chart["title"]
        own = list(properties(chart, "color"))
        assert len({one["fixedColor"] for one in own}) == len(own), f"two series of one colour: {chart['title']}"
    for panel in of_panels(name):
        if panel["type"] == "stat":
            assert panel["fieldConfig"]["defaults"]["color"]["mode"] == "thresholds"


def test_contrast_is_computed_as_wcag_defines_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    # The line of 88% as it once was, which could not be seen on the dark theme.
    assert contrast("#17212b", "#181b1f") == pytest.approx(1.06, abs=0.01)


@pytest.mark.parametrize("name", FILES)
def test_every_figure_has_thresholds(name: str) -> None:
    figures = [panel for panel in of_panels(name) if panel["type"] == "stat"]
    assert figures
    for figure in figures:
        steps = figure["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert len(steps) >= 2, figure["title"]
        assert len({step["color"] for step in steps}) == len(steps)


@pytest.mark.parametrize("name", FILES)
def test_a_figure_without_data_has_no_colour_of_a_judgement(name: str) -> None:
    """Grafana would paint it in the colour of the first step: green where nothing is known."""
    for figure in of_panels(name):
        if figure["type"] != "stat":
            continue
        defaults = figure["fieldConfig"]["defaults"]
        (unknown,) = [one["options"] for one in defaults["mappings"] if one["type"] == "special"]
        assert unknown["match"] == "null+nan"
        assert unknown["result"]["text"] == defaults["noValue"]
        # A screen whose figures may be old says so.
        is_age = "timestamp(" in figure["targets"][0]["expr"]
        assert unknown["result"]["color"] == (BAD if is_age else GREY), figure["title"]


LABEL_VALUES = {
    "group": labels.GROUPS,
    "outcome": labels.OFFERED_OUTCOMES,
    "callcenter_legs_total": labels.LEG_RESULTS,
    "limit": labels.CALL_LIMITS,
    "reason": labels.WEBHOOK_REFUSALS,
    "callcenter_requests_refused_total": ("busy", "malformed", "too_large", "too_slow"),
    "callcenter_twilio_requests_total": ("ok", "failed", "not_ready"),
    "callcenter_reconciled_calls_total": ("added", "finished", "ring"),
}


@pytest.mark.parametrize("name", FILES)
def test_each_value_of_a_label_has_a_name_and_a_colour_in_the_legend(name: str, sqlite_engine: Engine) -> None:
    kinds = every_effect(sqlite_engine)
    for chart in charts(name):
        named = {one["matcher"]["options"] for one in chart["fieldConfig"]["overrides"]}
        for target in chart["targets"]:
            label = target["legendFormat"].strip("{}")
            if not target["legendFormat"].startswith("{{") or label in ("status", "to"):
                continue
            metric = re.search(r"callcenter_\w+", target["expr"])
            own = LABEL_VALUES.get(metric.group()) if metric else None
            known = kinds if label == "kind" else own or LABEL_VALUES[label]
            assert named >= set(known), chart["title"]


@pytest.mark.parametrize("name", FILES)
def test_both_axes_have_a_unit_and_no_legend_has_an_empty_series(name: str) -> None:
    for panel in of_panels(name):
        if panel["type"] == "timeseries":
            assert panel["fieldConfig"]["defaults"]["custom"]["axisLabel"], panel["title"]
        if panel["type"] == "heatmap":
            assert panel["options"]["yAxis"]["unit"] == "s"
            assert panel["options"]["yAxis"]["axisLabel"]
            assert panel["options"]["tooltip"]["show"] is True
        for target in panel["targets"]:
            assert target["legendFormat"], panel["title"]
            assert "or vector(0)" not in target["expr"]


@pytest.mark.parametrize(
    ("name", "doel", "year_2015"),
    [
        ("reachability.json", "doel", "88% van de scholen tevreden (KTO 2015)"),
        ("en/reachability.json", "target", "88% of schools satisfied (2015)"),
    ],
)
def test_each_chart_of_reachability_has_the_target_and_what_schools_said(name: str, doel: str, year_2015: str) -> None:
    shown = [chart for chart in charts(name) if "eachability" in chart["title"] or "ereikbaarheid" in chart["title"]]
    assert len(shown) == 2
    for chart in shown:
        lines = {target["legendFormat"]: target["expr"] for target in chart["targets"][-3:]}
        assert lines == {
            doel: "max(callcenter_reachability_target_ratio)",
            year_2015: "vector(0.88)",
            "69% (2022)": "vector(0.69)",
        }


@pytest.mark.parametrize("name", FILES)
def test_hosts_are_joined_before_subtracting(name: str) -> None:
    for panel in of_panels(name):
        for target in panel["targets"]:
            for selector in re.findall(r"([\w:]+(?:\{[^}]*\})?) offset", target["expr"]):
                before = target["expr"].split(f"{selector} offset")[0]
                assert before.endswith(("max without (instance) (", "count(", "by (version) (")), panel["title"]


@pytest.mark.parametrize("name", FILES)
def test_links_lead_to_pages_of_the_product(name: str) -> None:
    pages = [link["url"] for link in dashboard(name)["links"] if link["type"] == "link"]
    behind = [link["url"] for panel in of_panels(name) for link in panel["fieldConfig"]["defaults"].get("links", ())]
    assert len(pages) == 6
    for url in pages + behind:
        assert url.startswith("${product:raw}/")
        path = url.removeprefix("${product:raw}")
        assert path in {"/", "/oproepen", "/terugbellen", "/rooster", "/cijfers", "/scholen"}


@pytest.mark.parametrize("name", FILES)
def test_each_dashboard_marks_rotas_closed_days_and_releases(name: str) -> None:
    events = dashboard(name)["annotations"]["list"]
    asked = [re.search(r"callcenter_\w+", event["expr"]) for event in events]
    assert [found.group() for found in asked if found] == [
        "callcenter_rota_loaded_timestamp_seconds",
        "callcenter_closed_today",
        "callcenter_build_info",
    ]


def test_the_wall_says_first_whether_the_line_is_open_and_in_letters_for_five_metres() -> None:
    wall = dashboard("wall.json")
    first = wall["panels"][0]
    assert first["gridPos"] == {"x": 0, "y": 0, "w": 12, "h": 8}
    assert first["targets"][0]["expr"] == 'max(callcenter_line_open{line=~"$line"})'
    assert wall["style"] == "dark"
    assert any("timestamp(callcenter_line_open)" in panel["targets"][0]["expr"] for panel in wall["panels"])
    for panel in wall["panels"]:
        # 0.6 mm a pixel on a screen of 140 cm; a two-hundredth of five metres is 25 mm.
        assert panel["options"]["text"]["valueSize"] * 0.6 >= 25
        assert panel["options"]["text"]["titleSize"] * 0.6 >= 5000 / 300


HOSTS = """
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'callcenter_offered_calls_total{instance="old:8000"}'
        values: '100+1x60 stale'
      - series: 'callcenter_offered_calls_total{instance="new:8000"}'
        values: '_x61 161+1x120'
      - series: 'callcenter_build_info{instance="old:8000"}'
        values: '1x60 stale'
      - series: 'callcenter_build_info{instance="new:8000"}'
        values: '_x61 1x120'
      - series: 'callcenter_twilio_requests_total{instance="new:8000"}'
        values: '_x99 3x80'
    promql_expr_test:
      - {expr: 'TOTAL', eval_time: 2h, exp_samples: [{labels: '{}', value: 60}]}
      - {expr: 'TOTAL', eval_time: 59m, exp_samples: []}
      - {expr: 'ANY', eval_time: 2h, exp_samples: [{labels: '{}', value: 3}]}
"""


def test_growth_survives_a_new_address_of_the_host_and_is_nothing_where_the_window_is_not_covered(
    tmp_path: Path,
) -> None:
    total = grown("callcenter_offered_calls_total", "1h")
    any_of_them = grown_of_any("callcenter_twilio_requests_total", "1h")
    cases = tmp_path / "growth.yml"
    cases.write_text(HOSTS.replace("TOTAL", total).replace("ANY", any_of_them), encoding="utf-8")
    told = subprocess.run(
        [program("promtool"), "test", "rules", str(cases)], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout + told.stderr


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
