"""The modules of a fresh checkout are compiled by the workers of pytest-xdist together, and not by each of them.

All workers begin at once and read the modules in the same order, so that each compiled all of them: twenty seconds of processor time for
the asserts of the tests alone. Here each first compiles its share, and finds those of the others when it collects.
"""

from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

ROOT = Path(__file__).resolve().parents[1]


def compile_share(config: pytest.Config, number: int, workers: int) -> None:
    """Compile every `workers`-th module that has no compiled file yet."""
    for source in list(_modules_without_compiled_file())[number::workers]:
        if _is_rewritten(source):
            stat, code = rewrite._rewrite_test(source, config)
            compiled = _compiled_test(source)
            compiled.parent.mkdir(exist_ok=True)
            rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, stat, compiled)
        else:
            SourceFileLoader(source.stem, str(source)).get_code(source.stem)


def _modules_without_compiled_file() -> Iterator[Path]:
    for folder in ("src", "imports", "tests"):
        for source in sorted((ROOT / folder).rglob("*.py")):
            compiled = _compiled_test(source) if _is_rewritten(source) else Path(cache_from_source(str(source)))
            if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
                yield source


def _is_rewritten(source: Path) -> bool:
    """Whether pytest rewrites its asserts."""
    return source.is_relative_to(ROOT / "tests") and source.name.startswith(("test_", "conftest"))


def _compiled_test(source: Path) -> Path:
    return rewrite.get_cache_dir(source) / f"{source.stem}{rewrite.PYC_TAIL}"
