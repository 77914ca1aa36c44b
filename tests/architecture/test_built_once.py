"""Rows that are kept are written again exactly, and only where the database is in the state in which they were built."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from inventory.models import Category, Sku
from tests.builders import NOW, Marketplace
from tests.built_once import built_once
from tests.rows import Rows, columns_by_table, read_rows, restore

pytestmark = pytest.mark.django_db(transaction=True)
_built: list[str] = []


@built_once
def category(code: str) -> int:
    _built.append(code)
    return Category.objects.create(code=code, name_zh=code, name_en=code).pk


@pytest.fixture(autouse=True)
def built() -> list[str]:
    """Which categories were built and not repeated."""
    _built.clear()
    return _built


@contextmanager
def new_test() -> Iterator[None]:
    """A transaction that has written nothing, as a test begins with, rolled back as after a test."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def all_rows() -> Rows:
    return read_rows(columns_by_table())


def test_a_builder_repeats_the_same_rows_and_result_with_few_statements() -> None:
    def build() -> tuple[Marketplace, int, int]:
        market = Marketplace()
        return market, (sku := market.sku(units=7, style_no="ONCE")), market.sale(sku)

    with new_test():
        first, rows = build(), all_rows()
    assert first[0].brand_id
    assert rows["flashsales_sale"]
    assert rows["ledger_posting"]
    with new_test(), CaptureQueriesContext(connection) as queries:
        assert build() == first
        assert len(queries) <= 12
        assert all_rows() == rows


def test_what_is_built_by_another_call_or_after_a_write_is_no_repetition(built: list[str]) -> None:
    with new_test():
        category("once-a")
        category("once-b")
    with new_test():
        category("once-a")
        Category.objects.filter(code="once-a").update(name_en="changed")
        category("once-b")
        assert Category.objects.get(code="once-a").name_en == "changed"
    with new_test():
        category("once-b")
        assert not Category.objects.filter(code="once-a").exists()
    assert built == ["once-a", "once-b", "once-b", "once-b"]


def test_a_rollback_to_a_savepoint_leads_back_to_no_known_state(built: list[str]) -> None:
    for _ in range(2):
        with new_test():
            with new_test():
                category("once-c")
            category("once-d")
            assert Category.objects.filter(code__startswith="once").count() == 1
    assert built == ["once-c", "once-d", "once-d"]


def test_a_builder_runs_anew_with_other_settings_and_in_a_test_that_commits(built: list[str]) -> None:
    with new_test():
        category("once-e")
    with new_test(), override_settings(BANK_ACCOUNT="another"):
        category("once-e")
    category("once-e")
    assert built == ["once-e"] * 3


def test_a_builder_that_fails_keeps_nothing(built: list[str]) -> None:
    @built_once
    def failing() -> None:
        category("once-f")
        raise LookupError

    for _ in range(2):
        with new_test():
            with pytest.raises(LookupError):
                failing()
            assert Category.objects.filter(code="once-f").exists()
    assert built == ["once-f"]


def test_after_a_test_that_commits_the_rows_are_those_of_the_migrations() -> None:
    migrated = all_rows()
    assert migrated["inventory_category"]
    assert not migrated["inventory_sku"]
    market = Marketplace(now=NOW)
    market.sale(market.sku())
    Category.objects.filter(code="women-tops").update(name_en="changed")
    Category.objects.create(code="another", name_zh="另一个", name_en="another")
    assert Sku.objects.exists()
    assert Person.objects.exists()
    restore(migrated)
    assert all_rows() == migrated
