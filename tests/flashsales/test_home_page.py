"""The first page of a reseller: its sale in large pictures, its rows of goods, and what it costs to read (SALE-15)."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Person
from flashsales.models import SaleItem, StyleSearch
from flashsales.rules.finder import FIRST_PAGE_LISTS
from flashsales.rules.hero import HeroCandidate, choose_hero
from flashsales.selectors import finder
from flashsales.selectors.first_page import LENGTH, PLACES, list_first_page
from flashsales.services.finding import count_changed_styles
from flashsales.tasks import keep_first_page
from forwarding.selectors.popular import list_popular_places
from forwarding.services.forwards import create_forward
from forwarding.services.prices import set_retail_price
from inventory.models import Picture, Style
from inventory.picture_models import StylePicture
from inventory.rules import PictureSource
from kernel.clock import set_to
from tests.builders import HOUR, NOW, Daigou, Marketplace, item_of
from tests.own_cache import clear_own_cache


def candidate(sale_id: int, hours: int, pictures: int) -> HeroCandidate:
    return HeroCandidate(sale_id, NOW + hours * HOUR, pictures)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([], None),
        ([candidate(1, 5, 0)], None),
        ([candidate(1, 5, 1)], 1),
        ([candidate(1, 5, 1), candidate(2, 9, 3)], 2),
        ([candidate(1, 9, 3), candidate(2, 5, 3), candidate(3, 1, 2)], 2),
        ([candidate(2, 5, 3), candidate(1, 5, 4)], 1),
        ([candidate(1, 9, 1), candidate(2, 5, 2)], 2),
    ],
)
def test_choose_hero_takes_the_sale_that_ends_first_among_those_with_pictures(
    candidates: list[HeroCandidate], chosen: int | None
) -> None:
    """SALE-15."""
    assert choose_hero(candidates) == chosen


def phone_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def give_picture(style: Style, number: int) -> None:
    sha256 = f"{number:064x}"
    Picture.objects.create(sha256=sha256, size_bytes=1, stored_at=NOW, width=900, height=1200, sized_at=NOW)
    StylePicture.objects.create(
        style=style, sha256=sha256, position=0, source=PictureSource.ARCHIVE.value, added_at=NOW
    )
    style.picture = sha256
    style.save()


@pytest.mark.django_db
def test_home_shows_the_hero_and_rows_that_lead_to_the_finder() -> None:
    clear_own_cache()
    market = Marketplace()
    plain = market.sale(*(market.sku(style_no=f"N-{number}") for number in range(3)))
    skus = [market.sku(style_no=f"H-{number // 3}", size=("S", "M", "L")[number % 3]) for number in range(9)]
    pictured = market.sale(*skus)
    for number, style in enumerate(Style.objects.filter(style_no__startswith="H-")):
        give_picture(style, number)
    # Of the first style two units are left, of the second one size is gone.
    SaleItem.objects.filter(sku_id__in=skus[:2]).update(available=0, held=10)
    SaleItem.objects.filter(sku_id=skus[2]).update(available=2, held=8)
    SaleItem.objects.filter(sku_id=skus[3]).update(available=0, held=10)
    SaleItem.objects.filter(sale_id=plain, style__style_no="N-0").update(available=3, held=7)
    count_changed_styles()
    with set_to(NOW):
        page = phone_of(market.reseller()).get("/shop/")
    assert page.context["hero"].sale.id == pictured
    assert [card.sale.id for card in page.context["others"]] == [plain]
    rails = {rail.name: [card.style.style_no for card in rail.cards] for rail in page.context["rails"]}
    assert set(rails) == {"few", "newest"}  # one style with all sizes is no row
    assert set(rails["few"]) == {"H-0", "N-0"}
    assert set(rails["newest"]) == {"H-0", "H-1", "H-2", "N-0", "N-1", "N-2"}
    for rail in page.context["rails"]:
        with set_to(NOW):
            found = phone_of(market.reseller()).get(f"/shop/styles/?{rail.address}")
        assert {row.style_no for row in found.context["page"].items} == set(rails[rail.name])


@pytest.mark.django_db
def test_statements_of_home_do_not_grow_with_sales_and_styles() -> None:
    """SALE-15: at most fifteen, and fourteen while the rows are kept; one of them reads the pin (SALE-16), one her filters (SALE-17)."""
    market = Marketplace()
    phone = phone_of(market.reseller())
    counts = []
    for _ in range(3):
        market.sale(*(market.sku() for _ in range(4)))
        market.sale(market.sku(), starts_at=NOW + HOUR)
        clear_own_cache()
        for _ in range(2):
            with set_to(NOW), CaptureQueriesContext(connection) as made:
                assert phone.get("/shop/").status_code == 200
            counts.append(len(made))
    assert len(set(counts[0::2])) == len(set(counts[1::2])) == 1, counts
    assert counts[0] == counts[1] + 1
    assert counts[1] <= 14


@pytest.mark.django_db
def test_kept_rows_show_units_of_now_and_end_with_their_sale() -> None:
    clear_own_cache()
    market = Marketplace()
    gone, left = market.sku(style_no="GONE"), market.sku(style_no="LEFT")
    sale_id = market.sale(gone, left)

    def shown() -> list[tuple[str, int]]:
        found = list_first_page(tier=0, at=NOW)["newest"]
        return [(each.style_no, each.available) for each in found]

    assert shown() == [("LEFT", 10), ("GONE", 10)]
    SaleItem.objects.filter(pk=item_of(sale_id, gone)).update(available=0, held=10)
    SaleItem.objects.filter(pk=item_of(sale_id, left)).update(available=4, held=6)
    assert shown() == [("LEFT", 4)]


@pytest.mark.django_db
def test_rows_are_read_by_the_job_and_by_a_request_only_where_the_job_is_late() -> None:
    clear_own_cache()
    market = Marketplace()
    sale_id = market.sale(market.sku(style_no="OLD"), market.sku(style_no="LEFT"))

    def shown(seconds: int) -> list[str]:
        at = NOW + timedelta(seconds=seconds)
        return [each.style_no for each in list_first_page(tier=0, at=at).get("few", [])]

    cache.add(f"{PLACES.key}:reading", 1, timeout=60)
    assert list_first_page(tier=0, at=NOW) == {}  # nothing is kept, and somebody else is reading
    cache.delete(f"{PLACES.key}:reading")
    assert shown(0) == []
    SaleItem.objects.filter(sale_id=sale_id, style__style_no="OLD").update(available=2, held=8)
    count_changed_styles()
    assert shown(PLACES.max_age_seconds - 1) == []
    cache.add(f"{PLACES.key}:reading", 1, timeout=60)
    assert shown(PLACES.max_age_seconds + 1) == []
    cache.delete(f"{PLACES.key}:reading")
    assert shown(PLACES.max_age_seconds + 1) == ["OLD"]
    SaleItem.objects.filter(sale_id=sale_id, style__style_no="LEFT").update(available=1, held=9)
    count_changed_styles()
    with set_to(NOW + timedelta(seconds=PLACES.max_age_seconds + 30)):
        keep_first_page()
    assert shown(PLACES.max_age_seconds + 31) == ["LEFT", "OLD"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", FIRST_PAGE_LISTS)
def test_each_row_begins_as_the_list_of_its_filter_for_every_tier(name: str) -> None:
    """The statement that reads all rows at once says what the finder says of each filter and tier."""
    clear_own_cache()
    market = Marketplace()
    for number in range(3):
        skus = [
            market.sku(style_no=f"R{number}-{each // 3}", size=("S", "M", "L")[each % 3], tag_price_fen=1000_00 + each)
            for each in range(12)
        ]
        market.sale(*skus, starts_at=NOW - number * HOUR)
        SaleItem.objects.filter(sku_id__in=skus[:2]).update(available=0, held=10)
        SaleItem.objects.filter(sku_id=skus[2]).update(available=number + 1, held=9 - number)
        SaleItem.objects.filter(sku_id=skus[4]).update(available=0, held=10)
        for row in StyleSearch.objects.filter(style__style_no=f"R{number}-3"):
            prices = [150_00 + number] * 6
            row.prices, row.percents = prices, [each * 10_000 // (row.tag_price_fen or 1) for each in prices]
            row.save()
    count_changed_styles()
    with set_to(NOW):
        keep_first_page()
    found = 0
    for tier in range(6):
        rows = list_first_page(tier=tier, at=NOW)[name]
        listed = finder.find_styles(tier=tier, at=NOW, filters=FIRST_PAGE_LISTS[name], limit=LENGTH)
        assert rows == listed.items, (name, tier)
        found += len(rows)
    assert found >= 6


@pytest.mark.django_db
def test_popular_places_need_several_resellers_of_the_last_day() -> None:
    market = Marketplace()
    one, two = market.sku(style_no="POP-1"), market.sku(style_no="POP-2")
    sale_id = market.sale(one, two)
    styles = {style.style_no: style.pk for style in Style.objects.filter(style_no__startswith="POP-")}
    for number in range(2):
        daigou = market.reseller()
        for style_no in ("POP-1", "POP-2")[: 2 - number]:
            set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=styles[style_no], price_fen=300_00, now=NOW)
            create_forward(actor=daigou.actor, sale_id=sale_id, style_id=styles[style_no], now=NOW)
    assert list_popular_places(since=NOW - HOUR, limit=5) == [(sale_id, styles["POP-1"])]
    assert list_popular_places(since=NOW + timedelta(seconds=1), limit=5) == []
    [listed] = finder.get_listed(tier=0, at=NOW, places=list_popular_places(since=NOW - HOUR, limit=5))
    assert (listed.style_no, listed.available) == ("POP-1", 10)
