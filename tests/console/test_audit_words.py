"""The audit log in words: no name of a detail is shown as it stands in the code."""

import ast
from collections.abc import Iterator
from pathlib import Path

import config
from console.labels import DETAILS, QUIET_DETAILS

SRC = Path(config.__file__).resolve().parent.parent
RECORDERS = frozenset({"record", "_record", "record_change", "record_all"})
OWN_PARAMETERS = frozenset({"actor", "action", "kind", "subject_id", "details", "now", "row", "key", "line_id"})


def recorded_names() -> Iterator[tuple[str, str]]:
    """The names of details that services record, as they are written in their code, each with its file."""
    for path in sorted(SRC.rglob("*/services/**/*.py")) + sorted(SRC.rglob("uploads/*.py")):
        if "tracking" in path.parts:  # it keeps no audit log
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and "details" in [
                each.id for each in node.targets if isinstance(each, ast.Name)
            ]:
                yield from ((name, path.name) for name in _names(node.value))
            if isinstance(node, ast.Call) and _called(node) in RECORDERS:
                for keyword in node.keywords:
                    if keyword.arg == "details":
                        yield from ((name, path.name) for name in _names(keyword.value))
                    elif (
                        keyword.arg
                        and keyword.arg not in OWN_PARAMETERS
                        and _called(node) in ("_record", "record_change")
                    ):
                        yield keyword.arg, path.name


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _names(value: ast.expr) -> list[str]:
    keys = value.keys if isinstance(value, ast.Dict) else []
    return [key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def test_every_detail_that_a_service_records_has_a_word() -> None:
    found = set(recorded_names())
    assert {"units", "photos", "take", "line"} <= {name for name, _ in found}
    assert sorted(each for each in found if each[0] not in DETAILS and each[0] not in QUIET_DETAILS) == []
