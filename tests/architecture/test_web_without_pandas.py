"""No process of the web imports pandas: it takes about 70 MB and seconds per process, and only the worker needs it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_WEB = """
import sys
import config.rsgi, config.wsgi
from django.urls import get_resolver

def walk(patterns):
    for each in patterns:
        if hasattr(each, "url_patterns"):
            walk(each.url_patterns)

walk(get_resolver().url_patterns)
"""
WORKER = "import django; django.setup(); import {app}.tasks"


def heavy_modules(code: str) -> set[str]:
    """Those of pandas and numpy that a process has imported once it ran the code."""
    report = "\nimport sys; print(*[name for name in ('pandas', 'numpy') if name in sys.modules])"
    path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
    environment = os.environ | {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "config.settings"}
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}{report}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return set(ran.stdout.split())


def test_the_web_application_starts_without_pandas() -> None:
    assert heavy_modules(START_WEB) == set()


@pytest.mark.parametrize("app", ["analysis", "settlement"])
def test_the_worker_has_it(app: str) -> None:
    assert heavy_modules(WORKER.format(app=app)) == {"pandas", "numpy"}
