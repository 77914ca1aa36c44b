"""Migrations that would stop a running service are refused by `lint`."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tools.check_migrations import has_unsafe_migrations

ROOT = Path(__file__).resolve().parents[2]
MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("brands", "0001_initial")]
    operations = [{operation}]
"""


@pytest.fixture
def planted(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The migrations of brands in a folder of their own, in which a test can plant another one."""
    package = tmp_path / "planted_migrations"
    shutil.copytree(ROOT / "src" / "brands" / "migrations", package)
    settings.MIGRATION_MODULES = {"brands": package.name}
    monkeypatch.syspath_prepend(tmp_path)
    yield package / "0002_planted.py"
    for name in [name for name in sys.modules if name.split(".")[0] == package.name]:
        del sys.modules[name]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_migrations_of_the_tree_are_safe(capsys: pytest.CaptureFixture[str]) -> None:
    assert (has_unsafe_migrations(), capsys.readouterr().out) == (False, "")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ('migrations.RemoveField("brand", "name")', "DROPPING columns (table: brands_brand, column: name)"),
        ('migrations.RenameField("brand", "name", "english")', "RENAMING columns"),
        ('migrations.AddField("brand", "planted", models.IntegerField(default=0))', "NOT NULL constraint on columns"),
        ('migrations.AddIndex("brand", models.Index(fields=["name"], name="planted"))', "CREATE INDEX locks table"),
        ('migrations.RunSQL("DROP TABLE brands_brand", migrations.RunSQL.noop)', "DROPPING table"),
    ],
)
def test_a_migration_that_would_stop_a_running_service_is_refused(
    operation: str, reason: str, planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text(MIGRATION.format(operation=operation))
    assert has_unsafe_migrations("brands")
    said = capsys.readouterr().out
    assert "(brands, 0002_planted)... ERR" in said
    assert reason in said


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_migration_that_a_running_service_does_not_notice_is_let_through(
    planted: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted.write_text(
        MIGRATION.format(operation='migrations.AddField("brand", "planted", models.IntegerField(null=True))')
    )
    assert (has_unsafe_migrations("brands"), capsys.readouterr().out) == (False, "")
