"""The settings of deploy/ pass Django's own checks for production."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import PLACEHOLDER

ROOT = Path(__file__).resolve().parents[2]


def _settings(*files: str) -> dict[str, str]:
    lines = [line for name in files for line in (ROOT / "deploy" / name).read_text("utf-8").splitlines()]
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    return {name: value.replace(PLACEHOLDER, "of-our-own") for name, _, value in pairs}


def _check(settings: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment = ours | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])} | settings
    command = [sys.executable, str(ROOT / "manage.py"), "check", "--deploy", "--fail-level=WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("files", [("weicang.env",), ("weicang.env", "web.env")])
def test_the_settings_pass_the_checks_for_production(files: tuple[str, ...], tmp_path: Path) -> None:
    done = _check(_settings(*files) | {"WEICANG_DATA": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize(
    ("name", "value", "warning"),
    [
        ("WEICANG_HSTS_SECONDS", "0", "security.W004"),
        ("WEICANG_HSTS_SUBDOMAINS", "", "security.W005"),
        ("WEICANG_HSTS_PRELOAD", "", "security.W021"),
    ],
)
def test_the_checks_find_a_setting_that_is_missing(name: str, value: str, warning: str, tmp_path: Path) -> None:
    done = _check(_settings("weicang.env") | {"WEICANG_DATA": str(tmp_path), name: value})
    assert done.returncode != 0
    assert warning in done.stderr


def test_the_placeholders_of_the_templates_are_refused(tmp_path: Path) -> None:
    given = _settings("weicang.env") | {"WEICANG_DATA": str(tmp_path)}
    for name in ("WEICANG_SECRET_KEY", "WEICANG_ONE_TIME_CODE_KEYS", "DATABASE_URL", "REDIS_URL"):
        done = _check(given | {name: f"postgresql://weicang:{PLACEHOLDER}-and-more-than-32-characters@db/weicang"})
        assert f"{name} still has the placeholder {PLACEHOLDER}" in done.stderr


def test_browsers_are_kept_to_https_only_behind_https(tmp_path: Path) -> None:
    done = _check(_settings("weicang.env") | {"WEICANG_DATA": str(tmp_path), "WEICANG_HTTPS": "0"})
    assert "WEICANG_HSTS_SECONDS goes with WEICANG_HTTPS=1" in done.stderr
