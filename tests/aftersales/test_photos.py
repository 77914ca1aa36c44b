"""Photos of cases: stored without metadata, shown to those who may see them, erased in time (AFTER-13)."""

import io
from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from accounts.rules import Actor, NotAllowed
from aftersales.models.cases import Case, CasePhoto
from aftersales.models.photos import Photo
from aftersales.rules import CaseReason
from aftersales.selectors.cases import get_case
from aftersales.selectors.photos import NoSuchPhoto, PhotoView, photo_key, read_photo
from aftersales.services import cases
from aftersales.services.photos import (
    NotAPhoto,
    PhotoQuotaReached,
    PhotoTooLarge,
    TooManyPhotos,
    add_photos,
    erase_photos,
)
from aftersales.services.refunds import NoSuchOrderLine
from kernel import clock
from kernel.clock import set_to
from orders.services.refund import NothingToRefund
from storage.files import get_store
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.builders import Marketplace, item_of
from tests.violations import all_violations

pytestmark = pytest.mark.django_db


def jpeg(colour: str = "red", size: tuple[int, int] = (1600, 1200)) -> bytes:
    """A photo with the place where it was taken and the name of a telephone, lying on its side."""
    exif = Image.Exif()
    exif[0x0110], exif[0x0112] = "SECRETPHONE", 6
    exif.get_ifd(0x8825)[1] = "N"
    packed = io.BytesIO()
    Image.new("RGB", size, colour).save(packed, "JPEG", exif=exif)
    return packed.getvalue()


def sent(actor: Actor, *contents: bytes, now: datetime = SHIPPED) -> list[PhotoView]:
    return add_photos(actor=actor, files=[io.BytesIO(each) for each in contents], now=now)


def signed_in(actor: Actor) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=actor.own_id))
    return client


def case_with_photo(purchase: Purchase, key: str = "ask") -> tuple[int, int]:
    [photo] = sent(purchase.daigou.actor, jpeg())
    view = cases.open_case(
        actor=purchase.daigou.actor, line_id=purchase.line_id, units=1, reason=CaseReason.FAULTY, evidence="",
        photo_ids=[photo.id], key=key, now=SHIPPED,
    )  # fmt: skip
    return view.id, photo.id


class TestAdd:
    def test_add_photos_keeps_two_sizes_upright_and_without_metadata(self) -> None:
        purchase = Purchase()
        [view] = sent(purchase.daigou.actor, jpeg())
        assert (view.width, view.height) == (1200, 1600)
        for width, size in ((320, (320, 427)), (1280, (1200, 1600))):
            content = read_photo(purchase.daigou.actor, view.id, width)
            with Image.open(io.BytesIO(content)) as stored:
                assert (stored.format, stored.size, dict(stored.getexif())) == ("JPEG", size, {})
            assert b"SECRETPHONE" not in content

    def test_add_photos_of_the_same_picture_stores_its_files_once(self) -> None:
        purchase = Purchase()
        views = sent(purchase.daigou.actor, jpeg(), jpeg(), jpeg("blue"))
        hashes = [Photo.objects.get(pk=each.id).sha256 for each in views]
        assert (hashes[0] == hashes[1], hashes[0] == hashes[2]) == (True, False)

    def test_add_photos_refuses_what_is_no_photo_and_stores_nothing(self, settings: Settings) -> None:
        hers = Purchase().daigou.actor
        with pytest.raises(NotAPhoto) as refused:
            sent(hers, jpeg(), b"%PDF-1.7 no picture")
        assert refused.value.number == 2
        with pytest.raises(TooManyPhotos):
            sent(hers, *([jpeg()] * 10))
        settings.MAX_PHOTO_BYTES = 1024 * 1024
        with pytest.raises(PhotoTooLarge):
            sent(hers, b"\xff\xd8" + b"0" * (1024 * 1024))
        settings.MAX_PHOTOS_PER_DAY = 1
        with pytest.raises(PhotoQuotaReached):
            sent(hers, jpeg(), jpeg("blue"))
        assert not Photo.objects.exists()
        sent(hers, jpeg())
        with pytest.raises(PhotoQuotaReached):
            sent(hers, jpeg("blue"))
        assert sent(hers, jpeg("blue"), now=SHIPPED + DAY)

    def test_add_photos_of_finance_is_refused(self) -> None:
        with pytest.raises(NotAllowed):
            sent(Marketplace().finance, jpeg())


class TestOpen:
    def test_open_case_with_a_photo_needs_no_words(self) -> None:
        purchase = Purchase()
        case_id, photo_id = case_with_photo(purchase)
        assert list(CasePhoto.objects.values_list("case_id", "photo_id")) == [(case_id, photo_id)]

    def test_open_case_with_a_photo_of_somebody_else_is_refused(self) -> None:
        purchase = Purchase()
        [photo] = sent(purchase.market.reseller().actor, jpeg())
        with pytest.raises(NoSuchPhoto):
            cases.open_case(
                actor=purchase.daigou.actor, line_id=purchase.line_id, units=1, reason=CaseReason.FAULTY,
                evidence="坏了", photo_ids=[photo.id], key="k", now=SHIPPED,
            )  # fmt: skip
        assert not Case.objects.exists()

    def test_open_cases_of_several_lines_opens_all_or_none_and_once_per_key(self) -> None:
        purchase = Purchase()
        market = purchase.market
        sku = market.sku(units=9, base_price_fen=100_00)
        sale_id = market.sale(sku)
        other = market.paid_order(purchase.daigou, item_of(sale_id, sku), 2)
        lines = [cases.CaseLine(purchase.line_id, 2)]
        about: dict[str, Any] = {
            "actor": purchase.daigou.actor, "order_id": purchase.order.id, "reason": CaseReason.FAULTY,
            "evidence": "都起球", "key": "many", "now": SHIPPED,
        }  # fmt: skip
        for chosen in ([], lines * 2):
            with pytest.raises(cases.InvalidCaseLines):
                cases.open_cases(lines=chosen, **about)
        with pytest.raises(NoSuchOrderLine):
            cases.open_cases(lines=[*lines, cases.CaseLine(other.lines[0].id, 1)], **about)
        with pytest.raises(NothingToRefund):
            cases.open_cases(lines=[cases.CaseLine(purchase.line_id, 9)], **about)
        assert not Case.objects.exists()
        first = cases.open_cases(lines=lines, **about)
        assert [each.id for each in cases.open_cases(lines=lines, **about)] == [each.id for each in first]
        assert Case.objects.count() == 1


class TestSee:
    def test_read_photo_for_those_whose_case_it_is_and_nobody_else(self) -> None:
        purchase = Purchase()
        _, photo_id = case_with_photo(purchase)
        market = purchase.market
        for actor in (purchase.daigou.actor, market.ops, market.finance, market.clerk):
            assert read_photo(actor, photo_id, 320)
        for actor in (market.reseller().actor, market.new_clerk(market.brand())):
            with pytest.raises(NoSuchPhoto):
                read_photo(actor, photo_id, 320)
        with pytest.raises(NoSuchPhoto):
            read_photo(market.ops, photo_id, 5000)
        [unused] = sent(purchase.daigou.actor, jpeg("blue"))
        with pytest.raises(NoSuchPhoto):
            read_photo(market.ops, unused.id, 320)

    def test_photo_page_and_api_answer_private_jpeg(self) -> None:
        purchase = Purchase()
        case_id, photo_id = case_with_photo(purchase)
        with set_to(SHIPPED):
            page = signed_in(purchase.market.clerk).get(f"/photos/{photo_id}/320/")
            api = signed_in(purchase.market.ops).get(f"/api/v1/photos/{photo_id}")
            stranger = signed_in(purchase.market.reseller().actor)
            refused = [stranger.get(f"/photos/{photo_id}/320/"), stranger.get(f"/api/v1/photos/{photo_id}")]
            anonymous = Client().get(f"/photos/{photo_id}/320/")
            shown = signed_in(purchase.market.ops).get(f"/console/cases/{case_id}/").content.decode()
        assert (page.status_code, page["Content-Type"], page["Cache-Control"]) == (
            200, "image/jpeg", "no-store",
        )  # fmt: skip
        assert api.getvalue().startswith(b"\xff\xd8")
        assert [each.status_code for each in refused] == [404, 404]
        assert anonymous.status_code == 302
        assert f"/photos/{photo_id}/1280/" in shown

    def test_photos_are_sent_with_the_form_and_kept_where_it_is_refused(self) -> None:
        purchase = Purchase()
        hers = signed_in(purchase.daigou.actor)
        address = f"/shop/orders/{purchase.order.id}/lines/{purchase.line_id}/case/"
        files = [SimpleUploadedFile(f"{n}.jpg", jpeg(colour)) for n, colour in enumerate(("red", "blue"))]
        with set_to(SHIPPED):
            refused = hers.post(address, {"reason": "faulty", "units": "9", "key": "k", "photos": files})
            kept = list(Photo.objects.order_by("pk").values_list("pk", flat=True))
            assert all(f'name="photo_ids" value="{each}" checked' in refused.content.decode() for each in kept)
            bad = SimpleUploadedFile("3.jpg", b"nothing")
            again = hers.post(address, {"reason": "faulty", "units": "1", "key": "k", "photos": bad, "photo_ids": kept})
            assert "第 1 个文件不是能打开的照片" in again.content.decode()
            assert not Case.objects.exists()
            done = hers.post(address, {"reason": "faulty", "units": "1", "key": "k", "photo_ids": kept})
            assert done.status_code == 302
        assert sorted(CasePhoto.objects.values_list("photo_id", flat=True)) == kept
        assert all_violations() == []


class TestErase:
    def test_erase_photos_that_no_case_names_after_a_day(self) -> None:
        purchase = Purchase()
        now = clock.now()
        with set_to(now):
            [photo] = sent(purchase.daigou.actor, jpeg(), now=now)
        key = photo_key(Photo.objects.get().sha256, 320)
        assert erase_photos(now=now + DAY / 2) == 0
        assert get_store().head(key)
        assert erase_photos(now=now + 2 * DAY) >= 2
        assert (get_store().head(key), Photo.objects.get().erased_at) == (None, now + 2 * DAY)
        with pytest.raises(NoSuchPhoto):
            read_photo(purchase.daigou.actor, photo.id, 320)

    def test_erase_photos_of_a_case_after_it_ended_long_ago_and_not_of_an_open_one(self) -> None:
        purchase = Purchase()
        open_case, kept = case_with_photo(purchase)
        ended, erased = case_with_photo(purchase, "two")
        shared = Photo.objects.get(pk=kept).sha256
        assert Photo.objects.get(pk=erased).sha256 == shared
        cases.reject(actor=purchase.market.ops, case_id=ended, reason="不符", now=SHIPPED)
        erase_photos(now=SHIPPED + 179 * DAY)
        assert not Photo.objects.filter(erased_at__isnull=False).exists()
        erase_photos(now=SHIPPED + 181 * DAY)
        assert list(Photo.objects.filter(erased_at__isnull=False).values_list("pk", flat=True)) == [erased]
        # The same picture belongs to a case that is open: its files stay.
        assert read_photo(purchase.market.ops, kept, 320)
        assert [len(get_case(each, at=SHIPPED).photos) for each in (open_case, ended)] == [1, 0]
