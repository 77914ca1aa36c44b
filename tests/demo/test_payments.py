"""The demo brings payment providers of its own, unless real ones are set up."""

from pathlib import Path

from config.environment import file_text
from demo import payments


def test_demo_sets_up_both_providers_with_keys_that_only_its_owner_reads(tmp_path: Path) -> None:
    with payments.run(tmp_path, "http://127.0.0.1:8000", environ={}) as settings:
        keys = [name for name in settings if name.endswith("_FILE")]
        assert len(keys) == 4
        assert all(file_text(name, environ=settings) for name in keys)
        assert {Path(settings[name]).stat().st_mode & 0o777 for name in keys} == {0o600}
        assert settings["WEICANG_SITE_URL"] == "http://127.0.0.1:8000"


def test_demo_leaves_real_providers_alone(tmp_path: Path) -> None:
    with payments.run(tmp_path, "http://127.0.0.1:8000", environ={"WEICANG_ALIPAY_APP_ID": "2021"}) as settings:
        assert settings == {}
    assert list(tmp_path.iterdir()) == []
