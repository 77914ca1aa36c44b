"""A pytest plugin that leaves only the tests of what knows no framework, for an environment that has none.

A test file is such a one when it is about kernel, imports or rules, and neither it nor any helper of the tests that it
imports knows another part of the marketplace, or a package that the contract `pure` forbids.
"""

import ast
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEST_ONLY = {"pytest_django", "playwright"}


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out the files that need more than there is here."""
    if collection_path.suffix != ".py":
        return None
    return None if is_chosen(collection_path) else True


def pytest_report_header() -> str:
    """Name the rules that no test here looks at."""
    chosen = [file for file in (ROOT / "tests").rglob("test_*.py") if is_chosen(file)]
    tested = {module.partition(".")[0] for file in chosen for module in imported(file) if ".rules" in module}
    untested = sorted({path.name for path in (ROOT / "src").iterdir() if has_rules(path)} - tested)
    return f"rules without a test here: {', '.join(untested)}" if untested else "every app's rules are tested here"


def is_chosen(file: Path) -> bool:
    return has_a_pure_subject(file) and is_pure(file)


@functools.cache
def is_pure(file: Path) -> bool:
    return all(_may_be_imported(module) for module in imported(file))


def has_a_pure_subject(file: Path) -> bool:
    return any(_is_pure_part_of_the_house(module) for module in imported(file))


@functools.cache
def forbidden() -> frozenset[str]:
    """The frameworks, as pyproject.toml names them to the linter."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    pure = next(contract for contract in contracts if contract["id"] == "pure")
    return frozenset(pure["forbidden_modules"]) | TEST_ONLY


def imported(file: Path) -> Iterator[str]:
    """The dotted names that a file imports, each as long as it can be told from the text."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _may_be_imported(module: str) -> bool:
    package, *rest = module.split(".")
    if package == "tests":
        helper = _helper(ROOT.joinpath(package, *rest))
        return helper is None or is_pure(helper)
    if (ROOT / "src" / package).is_dir():
        return _is_pure_part_of_the_house(module)
    return package not in forbidden() | {"embedded", "demo"}


def _is_pure_part_of_the_house(module: str) -> bool:
    package, *rest = module.split(".")
    return package in {"kernel", "imports"} or rest[:1] == ["rules"]


def _helper(path: Path) -> Path | None:
    """The file of `tests.a.b.name`, where `name` may be the module or something in it."""
    return next((file for file in (path.with_suffix(".py"), path.parent.with_suffix(".py")) if file.exists()), None)


def has_rules(app: Path) -> bool:
    return (app / "rules.py").exists() or (app / "rules" / "__init__.py").exists()
