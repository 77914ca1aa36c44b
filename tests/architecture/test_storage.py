"""Only `storage` opens files: elsewhere a path would be one machine's (docs/decisions/0110)."""

import ast
from pathlib import Path

SRC = Path(__file__).resolve().parents[2] / "src"
ALLOWED = {
    "config/settings.py": "the folders of the source tree",
    "config/environment.py": "the files that hold keys, which the machine's operator names",
    "config/health.py": "how much room temporary files have",
    "config/backups.py": "the names of keys and of the programs of PostgreSQL; it opens none",
    "config/server.py": "the folder in which its processes count requests, which ends with it",
    "db/database_file.py": "the SQL files of the source tree",
    "flashsales/rules/check_draw.py": "the file of a draw, on the machine of whoever checks it without the service",
    "kernel/traditional.py": "the table of characters in the source tree",
    "rehearsals/management/commands/prepare_rehearsal.py": "what the worker that started it asks",
    "rehearsals/services/running.py": "the folder of a rehearsal, which goes with it",
    "web/request_bodies.py": "a request's body, while it arrives",
}
MODULES = {"pathlib", "tempfile", "shutil", "obstore"}
CALLS = {"open", "read_bytes", "read_text", "write_bytes", "write_text", "mkdir", "unlink"}


def path_uses(source: str) -> list[str]:
    """Imports of modules that open paths, and calls of `open(…)` or `something.read_bytes()` and the like."""
    uses = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            uses += [name.name for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            uses.append(str(node.module))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            uses.append("open()")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS - {"open"}:
            uses.append(f".{node.func.attr}()")
    return uses


def test_only_storage_opens_paths() -> None:
    found = {
        name: uses
        for file in sorted(SRC.rglob("*.py"))
        if not (name := file.relative_to(SRC).as_posix()).startswith("storage/")
        and (uses := path_uses(file.read_text()))
    }
    assert found.keys() == ALLOWED.keys(), found


def test_path_uses_finds_what_opens_a_path() -> None:
    planted = "import pathlib\nfrom shutil import copy\nopen('x')\npathlib.Path('x').write_bytes(b'')\nrow.delete()"
    assert path_uses(planted) == ["pathlib", "shutil", "open()", ".write_bytes()"]
