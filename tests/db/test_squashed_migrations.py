"""Squashed migrations say what the ones say that they replace, and a database at any point of the old chain goes on from there."""

from collections.abc import Iterable

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

Name = tuple[str, str]
POINTS = 12


class OldChain(MigrationLoader):
    """The migrations as they were before any was squashed."""

    def load_disk(self) -> None:
        super().load_disk()
        self.disk_migrations = {name: each for name, each in self.disk_migrations.items() if not each.replaces}


def chain(loader: MigrationLoader) -> list[Migration]:
    """All migrations of an empty database, in the order in which Django would run them."""
    names: dict[Name, None] = {}
    for leaf in loader.graph.leaf_nodes():
        names |= dict.fromkeys(loader.graph.forwards_plan(leaf))
    return [loader.graph.nodes[name] for name in names]


def models(migrations: Iterable[Migration]) -> ProjectState:
    state = ProjectState()
    for migration in migrations:
        state = migration.mutate_state(state, preserve=False)
    return state


def differences(models: ProjectState, others: ProjectState) -> dict[str, list[Migration]]:
    """What `makemigrations` would write to get from the ones to the others."""
    changes: dict[str, list[Migration]] = MigrationAutodetector(models, others).changes(MigrationLoader(None).graph)
    return changes


def squashed() -> dict[Name, Migration]:
    return {name: each for name, each in MigrationLoader(None).disk_migrations.items() if each.replaces}


def names(migrations: Iterable[Migration]) -> list[Name]:
    return [(each.app_label, each.name) for each in migrations]


def record(applied: Iterable[Name]) -> None:
    recorder = MigrationRecorder(connection)
    recorder.flush()
    for app, name in applied:
        recorder.record_applied(app, name)


def test_each_squashed_migration_replaces_the_first_ones_of_its_app_and_says_the_same() -> None:
    old = OldChain(None)
    for (app, name), migration in squashed().items():
        replaced = [each for each in old.graph.forwards_plan(tuple(migration.replaces[-1])) if each[0] == app]
        assert replaced == [tuple(each) for each in migration.replaces]
        assert name == f"0001_squashed_{replaced[-1][1]}"
    assert differences(models(chain(old)), models(chain(MigrationLoader(None)))) == {}


def test_an_empty_database_runs_none_that_is_replaced() -> None:
    run = set(names(chain(MigrationLoader(None))))
    assert len(squashed()) == 12
    assert run >= set(squashed())
    assert not run & {tuple(each) for migration in squashed().values() for each in migration.replaces}


@pytest.mark.django_db
def test_a_database_at_the_end_of_the_old_chain_runs_nothing_and_has_the_squashed_ones() -> None:
    complete = MigrationRecorder(connection).applied_migrations()
    record(names(chain(OldChain(None))))
    assert MigrationExecutor(connection).migration_plan(MigrationLoader(None).graph.leaf_nodes()) == []
    call_command("migrate", verbosity=0)
    assert MigrationRecorder(connection).applied_migrations().keys() == complete.keys()


@pytest.mark.django_db
def test_a_database_within_the_old_chain_goes_on_from_there_to_the_same_models() -> None:
    old = chain(OldChain(None))
    end = models(old)
    for point in range(0, len(old), len(old) // POINTS):
        record(names(old[:point]))
        executor = MigrationExecutor(connection)
        executor.loader.check_consistent_history(connection)
        rest = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
        assert not set(names(rest)) & set(names(old[:point]))
        assert differences(models([*old[:point], *rest]), end) == {}
