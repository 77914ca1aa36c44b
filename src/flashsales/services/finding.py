"""What the finder needs of a published sale: written with the publication, deleted with the close (SALE-11, SALE-12)."""

from typing import Final

from db.transactions import atomic_with_retry
from flashsales.models import StyleSearch
from flashsales.rules.finder import tokens_of, tsvector_of
from flashsales.sql import publishing, searching

MAX_CHANGES: Final = 20_000
"""So many changes of units are counted in a transaction."""


def make_findable(*, sale_id: int) -> None:
    """Keep what the listed styles of a sale are found by. It is called in the transaction of the publication."""
    publishing.set_listed_choices(sale_id=sale_id)
    tokens = {
        each.style_id: tsvector_of(tokens_of(numbers=[each.style_no], texts=each.texts))
        for each in publishing.find_searchable_styles(sale_id=sale_id)
    }
    searching.write_searches(sale_id=sale_id, tokens=tokens)


def make_unfindable(*, sale_id: int) -> None:
    """Delete what the finder knows of a sale that has closed: nobody finds it any more, and it would slow the search of others."""
    searching.lock_counting()
    StyleSearch.objects.filter(sale_id=sale_id).delete()


def count_changed_styles() -> int:
    """Count again what is left of the styles whose units have changed; returns how many changes there were.

    Safe to run at any time and at once. Rows of the release before are completed first.
    """
    for sale_id in searching.find_incomplete_sales():
        _complete(sale_id)
    counted = 0
    # What changes meanwhile waits for the next run: during an opening there would be no end.
    while (changes := _count_some()) == MAX_CHANGES:
        counted += changes
    return counted + changes


@atomic_with_retry
def _complete(sale_id: int) -> None:
    searching.lock_counting()
    make_findable(sale_id=sale_id)


@atomic_with_retry
def _count_some() -> int:
    return searching.count_changed_styles(limit=MAX_CHANGES) if searching.try_lock_counting() else 0
