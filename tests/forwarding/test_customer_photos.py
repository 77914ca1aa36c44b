"""Photos that customers lend: chosen by their reseller, looked at by ops, shown to other customers, and taken back (AFTER-21)."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import AuditEntry, Person
from aftersales.models.fault_reports import FaultReport, FaultReportPhoto
from aftersales.selectors.customer_photos import list_lent_photos, list_shown_photos, photos_to_look_at
from aftersales.services.customer_photos import (
    MAX_SHOWN_PER_STYLE,
    NotLent,
    TooManyChosen,
    TooManyShown,
    choose_photos,
    mark_photo_logos,
)
from aftersales.services.fault_reports import FaultFields
from forwarding.models import Forward, Pack
from forwarding.rules.pages import PageSource, SourceItem, SourcePhoto, SourceStyle, customer_view
from forwarding.rules.storefront import OfferedBrand, storefront_view
from forwarding.selectors.packs import NoSuchPackFile, get_latest_pack, open_pack_file
from forwarding.services import packs, storefronts
from forwarding.services.fault_reports import set_consent, withdraw_report
from forwarding.services.wishes import anonymize_wishes
from kernel.clock import set_to
from tests.aftersales.test_photos import jpeg
from tests.forwarding.test_fault_reports import SHIPPED, ShippedWish, count_statements
from tests.forwarding.test_packs import ADDRESS
from tests.forwarding.test_pages import signed_in

pytestmark = pytest.mark.django_db
LENT = FaultFields(1, "faulty", "脱线", may_reuse=True)
OWN = FaultFields(1, "faulty", "脱线")


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}"


class LentWish(ShippedWish):
    """A customer got a coat whose label is cut, reported a fault with a photo, and lends it. Its page is still open."""

    def __init__(self, *photos: bytes) -> None:
        super().__init__()
        self.report_id = self.report(LENT, *(photos or (jpeg(),)))
        [*self.photo_ids] = FaultReportPhoto.objects.filter(report=self.report_id).values_list("photo_id", flat=True)
        self.photo_id = self.photo_ids[0]
        self.forward = Forward.objects.get(style_id=self.shop.coat)
        self.forwarded = f"/f/{self.forward.token}/"

    def choose(self, *shown: int, without: tuple[int, ...] = ()) -> int:
        return choose_photos(actor=self.shop.daigou.actor, shown=shown, not_shown=without, now=SHIPPED)

    def look_at(self, *, with_logo: bool) -> int:
        marked = {"with_logo": self.photo_ids if with_logo else [], "without_logo": [] if with_logo else self.photo_ids}
        return mark_photo_logos(actor=self.shop.market.ops, now=SHIPPED, **marked)

    def take_back(self) -> None:
        set_consent(token=self.token, report_id=self.report_id, may_reuse=False)

    def is_shown(self) -> bool:
        """Whether another customer sees it; page and file always say the same."""
        with set_to(SHIPPED):
            page, file = Client().get(self.forwarded), Client().get(f"{self.forwarded}photos/{self.photo_id}-320.jpg")
        assert page.status_code == 200
        on_page = f"photos/{self.photo_id}-320.jpg" in page.content.decode()
        assert on_page is (file.status_code == 200)
        return on_page

    def draw(self) -> int:
        actor = self.shop.daigou.actor
        view = packs.request_pack(actor=actor, forward_id=self.forward.pk, address=ADDRESS, now=SHIPPED)
        packs.make_pack(pack_id=view.id, clock=lambda: SHIPPED)
        return view.id


# AFTER-21
def test_photo_of_cut_goods_is_shown_once_ops_saw_no_logo_and_never_after_it_was_taken_back() -> None:
    lent = LentWish()
    assert not lent.is_shown()
    assert lent.choose(lent.photo_id) == 1
    assert not lent.is_shown()
    assert lent.look_at(with_logo=True) == 1
    assert not lent.is_shown()
    assert lent.look_at(with_logo=False) == 1
    assert lent.is_shown()
    lent.take_back()
    assert not lent.is_shown()
    set_consent(token=lent.token, report_id=lent.report_id, may_reuse=True)
    assert not lent.is_shown()
    lent.choose(lent.photo_id)
    assert lent.is_shown()
    assert lent.choose(without=(lent.photo_id,)) == 1
    assert not lent.is_shown()


@pytest.mark.parametrize(("label_cut", "shown"), [(False, (1, 2, 3)), (True, (2,))])
def test_page_that_names_the_brand_shows_each_chosen_photo(label_cut: bool, shown: tuple[int, ...]) -> None:
    photos = tuple(SourcePhoto(number, has_logo) for number, has_logo in ((1, None), (2, False), (3, True)))
    items = (SourceItem(1, "", "M", 3, label_cut),)
    style = SourceStyle(1, "A1", "coat", "", "", 100_00, None, items, brand_name="QINGHE", customer_photos=photos)
    assert customer_view(PageSource("QINGHE", "", "", (style,))).styles[0].customer_photos == shown
    offered = [OfferedBrand("QINGHE", label_cut)]
    assert storefront_view(PageSource("", "", "", (style,)), offered).styles[0].customer_photos == shown


def test_shown_photo_has_no_metadata_and_is_kept_by_no_cache() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    with set_to(SHIPPED):
        answer: Any = Client().get(f"{lent.forwarded}photos/{lent.photo_id}-1280.jpg")
        assert Client().get(f"{lent.forwarded}photos/{lent.photo_id}-960.jpg").status_code == 404
        assert Client().get(f"/f/nothing/photos/{lent.photo_id}-320.jpg").status_code == 404
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-store", "noindex, nofollow")
    picture = Image.open(io.BytesIO(answer.content))
    assert (picture.format, dict(picture.getexif())) == ("JPEG", {})
    assert b"SECRETPHONE" not in answer.content


def test_storefront_shows_it_with_its_style() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    front = storefronts.open_storefront(actor=lent.shop.daigou.actor, now=SHIPPED).token
    file = f"/s/{front}/photos/{lent.photo_id}-320.jpg"
    with set_to(SHIPPED):
        assert file in Client().get(f"/s/{front}/?style={lent.shop.coat}").content.decode()
        assert Client().get(file).status_code == 200
        lent.take_back()
        assert Client().get(file).status_code == 404
        assert Client().get(f"/s/nothing/photos/{lent.photo_id}-320.jpg").status_code == 404


def test_photo_is_in_the_pack_until_it_is_taken_back() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    pack_id = lent.draw()
    me, forward_id = lent.shop.daigou.id, lent.forward.pk
    view = get_latest_pack(me, forward_id, address=ADDRESS, at=SHIPPED)
    assert view is not None
    assert [each.name for each in view.pictures] == ["01.jpg", "02.jpg", "poster.jpg"]
    with open_pack_file(me, forward_id, pack_id, "02.jpg").content as content:
        square = Image.open(io.BytesIO(content.read()))
    assert square.size == (960, 960)
    red: Any = square.getpixel((480, 480))
    assert red[0] > 200 > 60 > red[1]
    lent.look_at(with_logo=True)
    with pytest.raises(NoSuchPackFile):
        open_pack_file(me, forward_id, pack_id, "02.jpg")
    assert get_latest_pack(me, forward_id, address=ADDRESS, at=SHIPPED) is None
    lent.look_at(with_logo=False)
    open_pack_file(me, forward_id, pack_id, "02.jpg").content.close()
    lent.take_back()
    assert not Pack.objects.filter(pk=pack_id).exists()


def test_pack_that_waits_is_not_drawn_with_a_photo_that_was_taken_back() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    actor = lent.shop.daigou.actor
    waiting = packs.request_pack(actor=actor, forward_id=lent.forward.pk, address=ADDRESS, now=SHIPPED)
    FaultReport.objects.update(may_reuse=False)  # as if it was taken back while the request was being stored
    assert packs.make_pack(pack_id=waiting.id, clock=lambda: SHIPPED)
    assert not Pack.objects.exists()


@pytest.mark.parametrize("way", ["withdrawn", "erased", "purged"])
def test_photo_leaves_pages_and_packs_with_its_report(way: str) -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    pack_id = lent.draw()
    later = SHIPPED + timedelta(days=31)
    if way == "withdrawn":
        withdraw_report(token=lent.token, report_id=lent.report_id, now=SHIPPED)
    else:
        anonymize_wishes(now=later, retention=timedelta(days=30))
    assert list_lent_photos(lent.shop.daigou.id).items == []
    with pytest.raises(NoSuchPackFile):
        open_pack_file(lent.shop.daigou.id, lent.forward.pk, pack_id, "02.jpg")
    if way == "purged":
        Pack.objects.update(requested_at=later)
        packs.purge_packs(now=later)
    assert Pack.objects.exists() is (way == "erased")
    assert not FaultReportPhoto.objects.filter(is_shown=True).exists()


def test_taking_back_asks_once_for_all_packs() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    lent.look_at(with_logo=False)
    pack = Pack.objects.get(pk=lent.draw())
    FaultReport.objects.update(may_reuse=False)

    def drop() -> None:
        packs.drop_packs_with_lost_photos(lent.shop.daigou.id)

    of_one = count_statements(drop)
    for number in range(5):
        pack.pk, pack.key = None, f"{number:064}"
        pack.save(force_insert=True)
    assert Pack.objects.count() == 5
    assert count_statements(drop) == of_one
    assert not Pack.objects.exists()


def test_only_lent_photos_of_her_own_customers_can_be_chosen() -> None:
    lent = LentWish()
    stranger = lent.shop.market.reseller()
    with pytest.raises(NotLent):
        choose_photos(actor=stranger.actor, shown=[lent.photo_id], now=SHIPPED)
    assert choose_photos(actor=stranger.actor, shown=[], not_shown=[lent.photo_id], now=SHIPPED) == 0
    with pytest.raises(TooManyChosen):
        lent.choose(*range(1, 202))
    lent.take_back()
    with pytest.raises(NotLent):
        lent.choose(lent.photo_id)
    assert not FaultReportPhoto.objects.filter(is_shown=True).exists()
    assert not AuditEntry.objects.filter(action="aftersales.choose_photo").exists()


def test_a_style_shows_nine_at_most() -> None:
    lent = LentWish(*(jpeg(colour) for colour in ("red", "green", "blue", "white", "black", "navy")))
    photos = lent.photo_ids
    for row in FaultReportPhoto.objects.filter(photo_id__in=photos[:4]).select_related("photo"):
        row.photo.pk = None
        row.photo.save()
        FaultReportPhoto.objects.create(report_id=lent.report_id, photo=row.photo)
    every = list(FaultReportPhoto.objects.values_list("photo_id", flat=True))
    assert len(every) == MAX_SHOWN_PER_STYLE + 1
    with pytest.raises(TooManyShown):
        lent.choose(*every)
    assert not FaultReportPhoto.objects.filter(is_shown=True).exists()
    assert lent.choose(*every[1:]) == MAX_SHOWN_PER_STYLE
    assert lent.choose(*every[1:]) == 0


def test_deactivated_reseller_shows_no_photo() -> None:
    lent = LentWish()
    lent.choose(lent.photo_id)
    Person.objects.filter(pk=lent.shop.daigou.actor.own_id).update(is_active=False)
    assert list_shown_photos(lent.shop.daigou.id, [lent.shop.coat]) == {}
    assert photos_to_look_at().items == []
    with set_to(SHIPPED):
        assert Client().get(f"{lent.forwarded}photos/{lent.photo_id}-320.jpg").status_code == 404


def test_reseller_and_ops_choose_a_screen_of_photos_at_once() -> None:
    lent = LentWish(jpeg("red"), jpeg("blue"))
    one, two = lent.photo_ids
    hers, ops = signed_in(lent.shop.daigou), Client()
    ops.force_login(Person.objects.get(pk=lent.shop.market.ops.own_id))
    with set_to(SHIPPED):
        assert f"/photos/{one}/320/" in hers.get("/shop/customer-photos/").content.decode()
        assert f"/photos/{one}/320/" in hers.get(f"/shop/customer-photos/?style={lent.shop.coat}").content.decode()
        assert f"/photos/{one}/320/" not in hers.get("/shop/customer-photos/?style=999999").content.decode()
        assert ops.get(f"/photos/{one}/320/").status_code == 404
        hers.post("/shop/customer-photos/", {"listed": [one, two], "shown": [one, two]})
        assert ops.get(f"/photos/{one}/320/").status_code == 200
        queue = ops.get("/console/customer-photos/").content.decode()
        assert f"/photos/{one}/320/" in queue
        ops.post("/console/customer-photos/", {"shown": [one, two], "logo": [two]})
        assert photos_to_look_at().items == []
        assert [each.id for each in photos_to_look_at(marked=True).items] == [two]
        hers.post("/shop/customer-photos/", {"listed": [one, two], "shown": [two]})
    shown = {each.photo_id: (each.is_shown, each.has_logo) for each in FaultReportPhoto.objects.all()}
    assert shown == {one: (False, False), two: (True, True)}
