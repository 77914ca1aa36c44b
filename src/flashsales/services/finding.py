"""What the finder needs of a published sale: written with the publication, deleted with the close (SALE-11, SALE-12)."""

from flashsales.models import StyleSearch
from flashsales.rules.finder import tokens_of, tsvector_of
from flashsales.sql import publishing as statements


def make_findable(*, sale_id: int) -> None:
    """Keep the sizes, categories and words of the listed styles of a sale. It is called in the transaction of the publication."""
    statements.set_listed_choices(sale_id=sale_id)
    tokens = {
        each.style_id: tsvector_of(tokens_of(numbers=[each.style_no], texts=each.texts))
        for each in statements.find_searchable_styles(sale_id=sale_id)
    }
    statements.insert_style_searches(sale_id=sale_id, tokens=tokens)


def forget_words(*, sale_id: int) -> None:
    """Delete the words of a sale that has closed: nobody finds it any more, and they would slow the search of others."""
    StyleSearch.objects.filter(sale_id=sale_id).delete()
