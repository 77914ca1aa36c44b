"""Packs of pictures: asked for, drawn by a worker, kept by content, and shown to their reseller alone (FORWARD-15 to FORWARD-17)."""

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import segno
from django.test import Client
from PIL import Image, ImageDraw
from pytest_django import Settings

from accounts.models import Person
from flashsales.models import SaleItem
from forwarding.models import Forward, Pack
from forwarding.rules.packs import ChangeKind, PackState, SoldOut
from forwarding.selectors.forwards import NoSuchForward, get_customer_page
from forwarding.selectors.packs import NoSuchPackFile, get_latest_pack, open_pack_file
from forwarding.services import forwards, packs
from forwarding.services.packs import InvalidDisplay, NothingToDraw, TooManyPacks
from forwarding.tasks import retry_waiting_packs
from inventory.models import Picture, Style
from inventory.picture_models import StylePicture
from inventory.rules import PictureSource
from inventory.services.style_pictures import NewPicture, add_pictures
from inventory.uploads.pictures import make_picture_sizes, store_pictures
from kernel.clock import set_to
from tests.builders import NOW, Daigou
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_pages import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "https://weicang.example/f/abc/"


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}"


def photo(seed: int, size: tuple[int, int] = (600, 800)) -> bytes:
    """A JPEG with metadata, as a camera writes it."""
    picture = Image.new("RGB", size, (seed * 40 % 256, 90, 120))
    ImageDraw.Draw(picture).ellipse((50, 50, 300, 400 + seed), fill="white")
    exif = Image.Exif()
    exif[0x010E] = "青禾 QINGHE"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, comment="青禾".encode())
    return out.getvalue()


def give_pictures(style_id: int, *seeds: int) -> list[str]:
    """Pictures of a style with their web sizes; returns their hashes in order."""
    new = []
    for order, seed in enumerate(seeds):
        sha256 = f"{style_id:032x}{seed:032x}"
        store_pictures({sha256: photo(seed)}, now=NOW)
        new.append(NewPicture(style_id, sha256, "", order))
    assert add_pictures(pictures=new, source=PictureSource.ARCHIVE, now=NOW) == []
    make_picture_sizes(clock=lambda: NOW)
    assert Picture.objects.filter(width=0).count() == 0
    return [each.sha256 for each in new]


class Shop(ForwardedSale):
    """A forwarded coat, whose label is cut, with three pictures of which the second shows a logo."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pictures = give_pictures(self.coat, 1, 2, 3)
        StylePicture.objects.filter(sha256=self.pictures[1]).update(has_logo=True, looked_at=NOW)
        self.token = self.forwarded_coat()
        self.forward_id = Forward.objects.get(token=self.token).pk

    def ask(self, *, by: Daigou | None = None, after: timedelta = timedelta(0)) -> int:
        actor = (by or self.daigou).actor
        return packs.request_pack(actor=actor, forward_id=self.forward_id, address=ADDRESS, now=NOW + after).id

    def drawn(self) -> int:
        pack_id = self.ask()
        assert packs.make_pack(pack_id=pack_id, clock=lambda: NOW)
        return pack_id

    def file(self, pack_id: int, name: str) -> bytes:
        with open_pack_file(self.daigou.id, self.forward_id, pack_id, name).content as content:
            return content.read()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


# FORWARD-15
def test_a_pack_of_a_style_has_its_pictures_without_logos_as_squares_and_a_poster() -> None:
    shop = Shop()
    pack_id = shop.drawn()
    view = get_latest_pack(shop.daigou.id, shop.forward_id, address=ADDRESS, at=NOW)
    assert view is not None
    assert (view.state, view.changes) == (PackState.READY, [])
    assert [each.name for each in view.pictures] == ["01.jpg", "02.jpg", "poster.jpg"]
    for each in view.pictures:
        picture = opened(shop.file(pack_id, each.name))
        assert (picture.format, each.size_bytes) == ("JPEG", len(shop.file(pack_id, each.name)))
        assert dict(picture.getexif()) == {}
        assert not {"exif", "comment", "xmp", "icc_profile"} & set(picture.info)
        assert picture.size == (960, 960) if each.name != "poster.jpg" else picture.width == 1080
    with zipfile.ZipFile(io.BytesIO(shop.file(pack_id, "pack.zip"))) as archive:
        assert archive.namelist() == ["01.jpg", "02.jpg", "poster.jpg"]
        assert archive.read("poster.jpg") == shop.file(pack_id, "poster.jpg")
        assert {each.date_time[0] for each in archive.infolist()} == {1980}
    assert view.archive_bytes == len(shop.file(pack_id, "pack.zip"))


def test_a_browser_asks_before_it_shows_a_picture_again() -> None:
    shop, client = Shop(), Client()
    client.force_login(Person.objects.get(pk=shop.daigou.actor.own_id))
    pack_id = shop.drawn()
    address = f"/shop/forwards/{shop.forward_id}/pack/{pack_id}/poster.jpg"
    answer = client.get(address)
    assert answer["Cache-Control"] == "private, no-cache"
    assert sent(answer) == shop.file(pack_id, "poster.jpg")
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = client.get(address.replace("poster", "01"), headers={"If-None-Match": answer["ETag"]})
    assert (other.status_code, sent(other)) == (200, shop.file(pack_id, "01.jpg"))
    Pack.objects.all().delete()
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 404


def test_the_poster_has_the_code_of_the_page() -> None:
    shop = Shop()
    poster = opened(shop.file(shop.drawn(), "poster.jpg")).convert("L")
    points: Any = poster.load()
    code = segno.make(f"{ADDRESS}?c=p", error="m")
    modules, scale = code.symbol_size(border=2)[0], 300 // code.symbol_size(border=2)[0]
    left, top = 1080 - 60 - modules * scale, poster.height - 48 - 300 + (300 - modules * scale) // 2
    for y, row in enumerate(code.matrix_iter(border=2)):
        for x, dark in enumerate(row):
            place = int(left + x * scale + scale // 2), int(top + y * scale + scale // 2)
            assert (points[place] < 128) is bool(dark), (x, y)


def test_the_same_content_is_drawn_once_and_other_content_anew() -> None:
    shop = Shop()
    first = shop.drawn()
    assert shop.ask(after=timedelta(hours=1)) == first
    assert not packs.make_pack(pack_id=first, clock=lambda: NOW)
    shop.price(shop.coat, 599_00)
    second = shop.ask(after=timedelta(hours=2))
    assert second != first
    assert Pack.objects.filter(state="waiting").count() == 1
    assert packs.waiting_packs(now=NOW) == [second]
    assert packs.make_pack(pack_id=second, clock=lambda: NOW)
    assert packs.waiting_packs(now=NOW) == []
    assert shop.file(first, "poster.jpg") != shop.file(second, "poster.jpg")
    assert shop.file(first, "01.jpg") == shop.file(second, "01.jpg")


def test_a_pack_whose_worker_died_is_drawn_by_another_and_given_up_after_three() -> None:
    shop = Shop()
    pack_id = shop.ask()
    for attempt in (1, 2, 3):
        Pack.objects.filter(pk=pack_id).update(attempts=attempt, lease_until=NOW + timedelta(seconds=60))
        assert packs.waiting_packs(now=NOW + timedelta(seconds=59)) == []
        assert packs.waiting_packs(now=NOW + timedelta(seconds=60)) == [pack_id]
    assert packs.make_pack(pack_id=pack_id, clock=lambda: NOW + timedelta(seconds=60))
    assert Pack.objects.get().state == "failed"
    shop.ask()
    assert (Pack.objects.get().state, Pack.objects.get().attempts) == ("waiting", 0)
    retry_waiting_packs()


# FORWARD-17
def test_what_changed_since_a_pack_was_drawn_is_told() -> None:
    shop = Shop()
    shop.drawn()
    SaleItem.objects.filter(sku_id=shop.coat_sku).update(available=0, held=5)
    shop.price(shop.coat, 599_00)
    view = get_latest_pack(shop.daigou.id, shop.forward_id, address=ADDRESS, at=NOW)
    assert view is not None
    assert [each.kind for each in view.changes] == [ChangeKind.PRICE, ChangeKind.SOLD_OUT]


# FORWARD-16
def test_sizes_that_are_sold_out_are_shown_as_she_chooses() -> None:
    shop = Shop()
    SaleItem.objects.filter(sku_id=shop.coat_sku).update(available=0, held=5)

    def shown(after: timedelta = timedelta(0)) -> int:
        return len(get_customer_page(shop.token, at=NOW + after).view.styles[0].items)

    def choose(sold_out: SoldOut, hours: int = 3, remark: str = "") -> None:
        packs.set_display(
            actor=shop.daigou.actor, forward_id=shop.forward_id, sold_out=sold_out, sold_out_hours=hours,
            remark=remark, now=NOW,
        )  # fmt: skip

    assert shown() == 1
    choose(SoldOut.NEVER, remark=" 青禾 今晚截单 ")
    assert shown() == 0
    assert get_customer_page(shop.token, at=NOW).view.remark == "今晚截单"
    choose(SoldOut.FIRST_HOURS)
    assert (shown(timedelta(hours=2)), shown(timedelta(hours=3))) == (1, 0)
    before = Forward.objects.values().get()
    for hours, remark in ((0, ""), (49, ""), (3, "字" * 201)):
        with pytest.raises(InvalidDisplay):
            choose(SoldOut.NEVER, hours, remark)
    stranger = shop.market.reseller()
    with pytest.raises(NoSuchForward):
        packs.set_display(
            actor=stranger.actor,
            forward_id=shop.forward_id,
            sold_out=SoldOut.NEVER,
            sold_out_hours=3,
            remark="",
            now=NOW,
        )
    assert Forward.objects.values().get() == before


def test_a_pack_is_refused_for_a_page_that_shows_nothing_and_to_others() -> None:
    shop = Shop()
    stranger = shop.market.reseller()
    with pytest.raises(NoSuchForward):
        shop.ask(by=stranger)
    forwards.stop_forward(actor=shop.daigou.actor, forward_id=shop.forward_id, now=NOW)
    with pytest.raises(NothingToDraw):
        shop.ask()
    assert Pack.objects.count() == 0


def test_a_reseller_has_a_limited_number_of_packs_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "MAX_PACKS_PER_DAY", 1)
    shop = Shop()
    first = shop.ask()
    assert shop.ask() == first
    shop.price(shop.coat, 599_00)
    with pytest.raises(TooManyPacks):
        shop.ask()
    assert Pack.objects.count() == 1


def test_files_of_a_pack_are_her_own_and_have_no_other_names() -> None:
    shop = Shop()
    pack_id = shop.drawn()
    stranger = shop.market.reseller()
    with pytest.raises(NoSuchPackFile):
        open_pack_file(stranger.id, shop.forward_id, pack_id, "01.jpg")
    for name in ("../01.jpg", "1.jpg", "09.jpg", "pack.zip/01.jpg", ""):
        with pytest.raises(NoSuchPackFile):
            open_pack_file(shop.daigou.id, shop.forward_id, pack_id, name)


def test_old_packs_are_deleted_with_their_files() -> None:
    shop = Shop()
    pack_id = shop.drawn()
    assert packs.purge_packs(now=NOW + timedelta(days=6)) == 0
    assert shop.file(pack_id, "01.jpg")
    assert packs.purge_packs(now=NOW + timedelta(days=400)) == 4
    assert Pack.objects.count() == 0


def test_a_selection_has_a_numbered_square_of_each_style_and_one_poster() -> None:
    shop = Shop()
    shop.price(shop.scarf, 499_00)
    token = shop.forward(None)
    forward = Forward.objects.get(token=token)
    view = packs.request_pack(actor=shop.daigou.actor, forward_id=forward.pk, address=ADDRESS, now=NOW)
    assert packs.make_pack(pack_id=view.id, clock=lambda: NOW)
    content = Pack.objects.get().content
    assert [(each["price_fen"], each["tag_price_fen"]) for each in content["styles"]] == [
        (499_00, 1000_00),
        (699_00, None),
    ]
    names = [each["name"] for each in Pack.objects.get().files]
    assert names == ["01.jpg", "02.jpg", "poster.jpg", "pack.zip"]


def test_the_pages_of_a_pack() -> None:
    shop = Shop()
    hers, other = signed_in(shop.daigou), signed_in(shop.market.reseller())
    page = f"/shop/forwards/{shop.forward_id}/"
    with set_to(NOW):
        assert "做九宫格和海报" in hers.get(page).content.decode()
        assert other.post(f"{page}pack/").status_code == 404
        assert hers.post(f"{page}pack/").status_code == 302
        pack_id = Pack.objects.get().pk
        assert "正在做图" in hers.get(f"{page}pack/").content.decode()
        assert packs.make_pack(pack_id=pack_id, clock=lambda: NOW)
        ready = hers.get(page).content.decode()
        assert f"{page}pack/{pack_id}/01.jpg" in ready
        picture = hers.get(f"{page}pack/{pack_id}/01.jpg")
        assert (picture["Content-Type"], sent(picture)[:2]) == ("image/jpeg", b"\xff\xd8")
        archive = hers.get(f"{page}pack/{pack_id}/pack.zip")
        assert f'filename="{shop.forward_id}-{pack_id}.zip"' in archive["Content-Disposition"]
        assert sent(archive)[:2] == b"PK"
        assert other.get(f"{page}pack/{pack_id}/01.jpg").status_code == 404
        code = hers.get(f"{page}qr.png")
        assert (code["Content-Type"], opened(code.content).format) == ("image/png", "PNG")
        saved = hers.post(f"{page}display/", {"sold_out": "never", "hours": "5", "remark": "今晚截单"})
        assert saved.status_code == 302
        assert "今晚截单" in hers.get(f"{page}?tone=short").content.decode()
        shop.price(shop.coat, 599_00)
        assert "现在 ¥599.00" in hers.get(page).content.decode()


def test_pages_for_customers_offer_each_size_of_a_picture() -> None:
    """A telephone fetches the size that it shows: 640 points on one with 1.75 points to a pixel, not 960."""
    shop = Shop()
    shop.price(shop.scarf, 499_00)
    sale = shop.forward(None)
    sizes = ", ".join(f"/pictures/{shop.pictures[0]}-{width}.jpg {width}w" for width in (320, 640, 960))
    with set_to(NOW):
        for address in (f"/f/{shop.token}/", f"/f/{shop.token}/poster/", f"/f/{sale}/", f"/f/{sale}/poster/"):
            assert f'srcset="{sizes}" sizes="(min-width' in Client().get(address).content.decode(), address


def test_the_living_poster_shows_the_sizes_that_are_left_now() -> None:
    shop = Shop()
    with set_to(NOW):
        shown = Client().get(f"/f/{shop.token}/poster/")
        assert (shown.status_code, shown["X-Robots-Tag"]) == (200, "noindex, nofollow")
        assert "售罄" not in shown.content.decode()
        assert shop.pictures[0] in shown.content.decode()
        addresses = (f"/f/{shop.token}/", f"/f/{shop.token}/poster/")
        opened_ahead = [Client().get(each, headers={"Sec-Purpose": "prefetch"}).content.decode() for each in addresses]
        cards = [re.findall(r'property="og:[^>]+', each) for each in opened_ahead]
        assert cards[0] == cards[1] != []
        SaleItem.objects.filter(sku_id=shop.coat_sku).update(available=0, held=5)
        part = Client().get(f"/f/{shop.token}/poster/", headers={"HX-Request": "true"}).content.decode()
        assert "售罄" in part
        assert "<html" not in part
        assert Client().get("/f/nothing/poster/").status_code == 404
        assert Forward.objects.get().views == 0
        forwards.stop_forward(actor=shop.daigou.actor, forward_id=shop.forward_id, now=NOW)
        assert Client().get(f"/f/{shop.token}/poster/").status_code == 410
    assert Style.objects.filter(pk=shop.coat).exists()
