"""The import contracts hold, cover every package, and break when something is planted that breaks them."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BESIDE_SRC = ("imports", "embedded", "demo")
NOT_APPS = {"config", "web", "db", "jobs", "storage", "kernel"}


def options() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]  # type: ignore[no-any-return]


def lint_imports(tree: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of everything that the contracts read."""
    for package in ("src", *BESIDE_SRC):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "static"))
    (tmp_path / "tests" / "architecture").mkdir(parents=True)
    shutil.copy(ROOT / "tests" / "architecture" / "public_modules.py", tmp_path / "tests" / "architecture")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(tree: Path, module: str, line: str) -> None:
    """Append a line to a module, which may have become a folder."""
    path = module.replace(".", "/")
    places = [tree / root / f"{path}{ending}" for root in ("src", "") for ending in (".py", "/__init__.py")]
    file = next(place for place in places if place.exists())
    with file.open("a") as source:
        source.write(f"\n{line}\n")


def test_contracts_hold(tree: Path) -> None:
    run = lint_imports(tree)
    assert run.returncode == 0, run.stdout + run.stderr


def test_contracts_cover_every_package() -> None:
    in_src = {folder.parent.name for folder in (ROOT / "src").glob("*/__init__.py")}
    contracts = {contract["id"]: contract for contract in options()["contracts"]}
    assert set(options()["root_packages"]) == in_src | set(BESIDE_SRC)
    apps = in_src - NOT_APPS
    assert set(contracts["anatomy"]["containers"]) == apps
    assert set(contracts["public-modules"]["apps"]) == apps
    assert set(contracts["imports-alone"]["forbidden_modules"]) == in_src - {"kernel"} | {"embedded", "demo"}
    assert set(contracts["beside"]["source_modules"]) == in_src | {"imports"}
    assert set(contracts["one-storage"]["source_modules"]) == in_src - {"storage"} | set(BESIDE_SRC)
    assert set(contracts["apart"]["forbidden_modules"]) == in_src | {"imports"}
    layers = {name.strip() for layer in contracts["layers"]["layers"] for name in layer.split("|")}
    assert layers == in_src


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("kernel.money", "import accounts.rules", "A layer imports only layers below it"),
        ("accounts.rules", "from django.db import models", "know no framework"),
        ("kernel.money", "import redis", "know no framework"),
        ("imports.report", "import inventory.rules", "imports knows only kernel"),
        ("accounts.rules", "import accounts.models", "Within an app"),
        ("pricing.selectors", "import inventory.models", "Across apps only"),
        ("inventory.selectors", "import imports.report", "know imports"),
        ("orders.services", "import embedded.postgres", "does not know the launchers"),
        ("inventory.models", "import obstore", "client of the file store"),
        ("demo.ports", "import orders.services", "reach the service from outside"),
    ],
)
def test_contracts_break_on_a_planted_import(tree: Path, module: str, line: str, contract: str) -> None:
    plant(tree, module, line)
    run = lint_imports(tree)
    assert run.returncode == 1, run.stdout + run.stderr
    broken = [said for said in run.stdout.splitlines() if said.endswith("BROKEN")]
    assert any(contract in said for said in broken), run.stdout
