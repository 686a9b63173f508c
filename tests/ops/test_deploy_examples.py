"""The examples in deploy/ use only settings, commands and addresses that exist."""

import re
import subprocess
from pathlib import Path

from callcenter.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_the_example_explains_every_setting_and_no_other() -> None:
    named = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "callcenter.env.example").read_text(), re.M)
    assert len(named) == len(set(named))
    assert set(named) == {field.alias for field in Settings.model_fields.values()}


def test_both_proxies_keep_figures_and_health_inside() -> None:
    for name in ("Caddyfile", "nginx.conf"):
        text = (DEPLOY / name).read_text()
        for path in ("metrics", "healthz", "readyz"):
            assert path in text, f"{name} lets /{path} out"


def test_every_make_target_is_explained_and_can_be_planned() -> None:
    targets = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.M)
    assert targets
    explained = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    for target in targets[1].split():
        if target != "help":
            assert target in explained
            planned = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
            assert planned.returncode == 0, planned.stderr
