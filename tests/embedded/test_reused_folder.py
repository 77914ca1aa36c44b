"""The folder that `nox -s tests -- --reuse` keeps belongs to one run at a time (tests/services.py)."""

from pathlib import Path

import pytest

from embedded import AlreadyOwned, owned
from tests import services


def test_a_second_run_leaves_the_data_of_the_first_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEICANG_HOME", str(tmp_path))
    monkeypatch.setenv("WEICANG_TESTS_REUSE", "1")
    folder = services._kept_folder()
    older = folder.parent / "0123456789abcdef"
    with owned(folder), owned(older):
        (folder / "data-only").mkdir()
        with pytest.raises(AlreadyOwned):
            services._begin()
        assert (folder / "data-only").is_dir()
        assert older.is_dir()
    services._kept_folder()
    assert not older.exists()
