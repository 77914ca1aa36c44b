"""A reseller keeps filters of the finder under names (SALE-17)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules import NotAllowed
from flashsales.models import SavedFilter
from flashsales.rules.finder import FEW_UNITS, SORTS, StyleFilter
from flashsales.rules.saved_filters import (
    MAX_SAVED_FILTERS,
    can_be_saved,
    clean_name,
    from_json,
    name_key,
    to_json,
)
from flashsales.selectors import finder
from flashsales.selectors.saved_filters import NoSuchSavedFilter, list_saved_filters
from flashsales.services.saved_filters import (
    FilterNameTaken,
    FilterNotSaveable,
    InvalidFilterName,
    TooManySavedFilters,
    delete_filter,
    look_at_filter,
    rename_filter,
    save_filter,
)
from inventory.models import Category
from inventory.selectors.stock import categories
from kernel.clock import set_to
from kernel.refusal import Refusal
from shop.pages.style_filters import address_of, parse_filters
from tests.builders import HOUR, NOW, Daigou, Marketplace
from tests.flashsales.test_home_page import phone_of
from tests.own_cache import clear_own_cache

COATS = StyleFilter(words="大衣", max_price_fen=300_00, sort="newest")


def optional(values: st.SearchStrategy[int]) -> st.SearchStrategy[int | None]:
    return st.none() | values


filters = st.builds(
    StyleFilter,
    brand_id=optional(st.integers(1, 9)),
    words=st.sampled_from(["", "大衣", "a&b=c", "50%"]),
    size=st.sampled_from(["", "S", "38"]),
    min_price_fen=optional(st.integers(0, 999_99)),
    max_price_fen=optional(st.integers(0, 999_99)),
    max_percent_of_tag=optional(st.integers(1, 100)),
    available=st.booleans(),
    max_left=st.sampled_from([None, FEW_UNITS]),
    full_run=st.booleans(),
    has_picture=st.booleans(),
    label_cut=st.sampled_from([None, True, False]),
    sort=st.sampled_from(SORTS),
).flatmap(lambda each: st.integers(1, 99).map(lambda units: replace(each, size_units=units if each.size else 0)))


@given(filters)
def test_a_filter_is_the_same_after_it_was_stored(asked: StyleFilter) -> None:
    assert from_json(to_json(asked)) == asked


@pytest.mark.django_db
def test_the_address_of_a_filter_shows_the_same_filter() -> None:
    market = Marketplace()
    market.sale(market.sku(category="women-coats"), market.sku(category="shoes"))
    tree, choices = categories(), finder.get_choices(at=NOW)
    ids = [None, *Category.objects.filter(code__in=["women", "women-coats", "shoes"]).values_list("pk", flat=True)]

    @given(filters, st.sampled_from(ids))
    def check(asked: StyleFilter, category_id: int | None) -> None:
        wanted = replace(asked, category_id=category_id)
        query = QueryDict(address_of(wanted, tree))
        assert parse_filters(query, choices=choices, tree=tree).style_filter == wanted

    check()


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  王姐  的 大衣 ", "王姐 的 大衣"),
        ("", None),
        (" \u3000", None),
        ("x" * 20, "x" * 20),
        ("x" * 21, None),
        ("a\u200bb", None),
    ],
)
def test_clean_name_refuses_what_nobody_can_read(typed: str, cleaned: str | None) -> None:
    assert clean_name(typed) == cleaned


def test_names_that_differ_in_case_or_width_are_the_same() -> None:
    assert name_key("ＶＩＰ coats") == name_key("vip COATS")


@pytest.mark.parametrize(
    ("asked", "possible"),
    [
        (COATS, True),
        (StyleFilter(sort="newest"), False),
        (replace(COATS, sale_id=3), False),
        (StyleFilter(max_left=FEW_UNITS), True),
        (StyleFilter(max_left=5), False),
    ],
)
def test_only_filters_that_the_finder_can_show_are_saved(asked: StyleFilter, possible: bool) -> None:
    assert can_be_saved(asked) is possible


def names_of(daigou: Daigou) -> list[str]:
    return [each.name for each in list_saved_filters(reseller_id=daigou.id, tier=0, at=NOW)]


@pytest.mark.django_db
def test_save_filter_keeps_it_once_however_often_it_is_sent() -> None:
    chen = Marketplace().reseller()
    first = save_filter(actor=chen.actor, name=" 大衣 ", filters=COATS, now=NOW)
    assert save_filter(actor=chen.actor, name="大衣", filters=COATS, now=NOW + HOUR).pk == first.pk
    assert names_of(chen) == ["大衣"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "asked", "refusal"),
    [
        ("", COATS, InvalidFilterName),
        ("x" * 21, COATS, InvalidFilterName),
        ("Coats", StyleFilter(words="裙"), FilterNameTaken),
        ("empty", StyleFilter(), FilterNotSaveable),
    ],
)
def test_save_filter_refuses_and_changes_nothing(name: str, asked: StyleFilter, refusal: type[Refusal]) -> None:
    chen = Marketplace().reseller()
    save_filter(actor=chen.actor, name="coats", filters=COATS, now=NOW)
    with pytest.raises(refusal):
        save_filter(actor=chen.actor, name=name, filters=asked, now=NOW)
    assert [(each.name, from_json(each.filters)) for each in SavedFilter.objects.all()] == [("coats", COATS)]


@pytest.mark.django_db
def test_a_reseller_keeps_twenty_filters_at_most() -> None:
    market = Marketplace()
    chen, other = market.reseller(), market.reseller()
    for number in range(MAX_SAVED_FILTERS):
        save_filter(actor=chen.actor, name=f"n{number}", filters=COATS, now=NOW)
    with pytest.raises(TooManySavedFilters):
        save_filter(actor=chen.actor, name="one more", filters=COATS, now=NOW)
    save_filter(actor=other.actor, name="hers", filters=COATS, now=NOW)
    assert (len(names_of(chen)), names_of(other)) == (20, ["hers"])


@pytest.mark.django_db(transaction=True)
def test_two_saved_at_once_never_make_more_than_twenty() -> None:
    chen = Marketplace().reseller()
    for number in range(MAX_SAVED_FILTERS - 1):
        save_filter(actor=chen.actor, name=f"n{number}", filters=COATS, now=NOW)

    def save(name: str) -> str:
        try:
            save_filter(actor=chen.actor, name=name, filters=COATS, now=NOW)
        except TooManySavedFilters:
            return "refused"
        else:
            return "saved"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, "abcd")) == ["refused", "refused", "refused", "saved"]
    assert SavedFilter.objects.count() == MAX_SAVED_FILTERS


@pytest.mark.django_db
def test_rename_and_delete_reach_her_own_filters_only() -> None:
    market = Marketplace()
    chen, other = market.reseller(), market.reseller()
    coats = save_filter(actor=chen.actor, name="coats", filters=COATS, now=NOW)
    save_filter(actor=chen.actor, name="skirts", filters=StyleFilter(words="裙"), now=NOW)
    assert rename_filter(actor=chen.actor, filter_id=coats.pk, name="COATS").name == "COATS"
    with pytest.raises(FilterNameTaken):
        rename_filter(actor=chen.actor, filter_id=coats.pk, name="Skirts")
    with pytest.raises(InvalidFilterName):
        rename_filter(actor=chen.actor, filter_id=coats.pk, name=" ")
    with pytest.raises(NoSuchSavedFilter):
        rename_filter(actor=other.actor, filter_id=coats.pk, name="mine")
    with pytest.raises(NoSuchSavedFilter):
        delete_filter(actor=other.actor, filter_id=coats.pk)
    with pytest.raises(NotAllowed):
        delete_filter(actor=market.ops, filter_id=coats.pk)
    assert names_of(chen) == ["COATS", "skirts"]
    delete_filter(actor=chen.actor, filter_id=coats.pk)
    with pytest.raises(NoSuchSavedFilter):
        delete_filter(actor=chen.actor, filter_id=coats.pk)
    assert names_of(chen) == ["skirts"]


@pytest.mark.django_db
def test_styles_are_new_from_the_opening_of_their_sale_until_she_looks() -> None:
    market = Marketplace()
    chen = market.reseller()
    saved = save_filter(actor=chen.actor, name="left", filters=StyleFilter(available=True), now=NOW - HOUR)
    market.sale(market.sku(), market.sku())
    market.sale(market.sku(), starts_at=NOW + 2 * HOUR)

    def new(hours: int) -> int:
        [view] = list_saved_filters(reseller_id=chen.id, tier=0, at=NOW + hours * HOUR)
        return view.new_styles

    assert (new(0), new(1), new(2)) == (2, 2, 3)
    look_at_filter(actor=chen.actor, filter_id=saved.pk, now=NOW + HOUR)
    assert (new(1), new(2)) == (0, 1)
    look_at_filter(actor=chen.actor, filter_id=saved.pk, now=NOW)  # an older page that comes late
    assert new(2) == 1


@pytest.mark.django_db
def test_she_applies_a_saved_filter_from_the_first_page_by_one_tap() -> None:
    clear_own_cache()
    market = Marketplace()
    market.sale(market.sku(style_no="COAT-1"), market.sku(style_no="SKIRT-2"))
    chen = market.reseller()
    phone = phone_of(chen)
    with set_to(NOW):
        answer = phone.post("/shop/filters/save/", {"name": "coats", "query": "q=coat&sort=newest"}, follow=True)
        assert [each.style_no for each in answer.context["page"].items] == ["COAT-1"]
        assert [(each.saved.name, each.chosen) for each in answer.context["saved"]] == [("coats", True)]
        [choice] = phone.get("/shop/").context["saved"]
        found = phone.get(f"/shop/filters/{choice.saved.id}/", follow=True)
    assert [each.style_no for each in found.context["page"].items] == ["COAT-1"]
    assert found.context["filters"].values["q"] == "coat"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "x" * 21, "query": "q=coat"}, "筛选的名字要 1 到 20 个字"),
        ({"name": "a", "query": ""}, "先选好筛选条件再保存"),
        ({"name": "a", "query": "min=cheap"}, "先选好筛选条件再保存"),
    ],
)
def test_a_refused_name_comes_back_as_it_was_typed(sent: dict[str, str], said: str) -> None:
    market = Marketplace()
    phone = phone_of(market.reseller())
    with set_to(NOW):
        answer = phone.post("/shop/filters/save/", sent, follow=True)
    page = answer.content.decode()
    assert said in page
    if sent["query"] == "q=coat":
        assert f'value="{sent["name"]}"' in page
    assert not SavedFilter.objects.exists()


@pytest.mark.django_db
def test_statements_of_the_finder_do_not_grow_with_saved_filters() -> None:
    market = Marketplace()
    market.sale(market.sku())
    chen = market.reseller()
    phone, counts = phone_of(chen), []
    for number in range(4):
        save_filter(actor=chen.actor, name=f"n{number}", filters=replace(COATS, words=f"w{number}"), now=NOW)
        with set_to(NOW), CaptureQueriesContext(connection) as made:
            assert phone.get("/shop/styles/").status_code == 200
        counts.append(len(made))
    assert len(set(counts)) == 1, counts
