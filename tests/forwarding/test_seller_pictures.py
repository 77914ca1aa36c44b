"""The reseller's own picture: set, shown to her customers and on posters, replaced and removed (FORWARD-27)."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from aftersales.services.photos import NotAPhoto, PhotoTooLarge
from forwarding.models import Pack, SellerPicture, Wish
from forwarding.rules.packs import ChangeKind
from forwarding.selectors.packs import get_latest_pack
from forwarding.services import packs, storefronts
from forwarding.services.seller_pictures import purge_seller_pictures, remove_seller_picture, set_seller_picture
from kernel.clock import set_to
from tests.aftersales.test_photos import jpeg
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_packs import ADDRESS, Shop, opened, sent
from tests.forwarding.test_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}"


def put(shop: ForwardedSale, content: bytes | None = None, *, after: timedelta = timedelta(0)) -> str:
    return set_seller_picture(actor=shop.daigou.actor, file=io.BytesIO(content or jpeg()), now=NOW + after)


def halves(upper: str, lower: str) -> bytes:
    """A portrait whose middle is half of one colour and half of another."""
    picture = Image.new("RGB", (600, 1000), lower)
    picture.paste(Image.new("RGB", (600, 500), upper), (0, 0))
    packed = io.BytesIO()
    picture.save(packed, "PNG")
    return packed.getvalue()


# FORWARD-27
def test_picture_is_the_middle_of_the_photo_as_a_square_without_metadata() -> None:
    shop = ForwardedSale()
    address = f"/sellers/{put(shop, halves('red', 'blue'))}.jpg"
    answer = Client().get(address)
    assert (answer["Content-Type"], answer["X-Robots-Tag"]) == ("image/jpeg", "noindex, nofollow")
    assert answer["Cache-Control"] == "no-store"
    picture = opened(sent(answer))
    assert (picture.format, picture.size, dict(picture.getexif())) == ("JPEG", (240, 240), {})
    points: Any = picture.load()
    assert points[120, 20][0] > 200 > points[120, 220][0]
    lying = opened(sent(Client().get(f"/sellers/{put(shop)}.jpg")))
    assert (lying.size, dict(lying.getexif())) == ((240, 240), {})
    assert Client().get(address).status_code == 404
    assert SellerPicture.objects.count() == 1


@pytest.mark.parametrize(("content", "refusal"), [(b"GIF89a, not really", NotAPhoto), (b"0" * 2_000, PhotoTooLarge)])
def test_file_that_is_no_picture_is_refused_and_changes_nothing(
    settings: Settings, content: bytes, refusal: type[Exception]
) -> None:
    shop = ForwardedSale()
    before = put(shop)
    settings.MAX_PHOTO_BYTES = 1_000
    with pytest.raises(refusal):
        put(shop, content)
    assert SellerPicture.objects.get().sha256 == before


def test_picture_stands_on_each_page_of_hers_until_she_removes_it() -> None:
    shop = ForwardedSale()
    token = shop.forwarded_coat()
    wish = Wish.objects.get(pk=shop.wish(token))
    front = storefronts.open_storefront(actor=shop.daigou.actor, now=NOW).token
    pages = [
        f"/f/{token}/",
        f"/f/{token}/poster/",
        f"/s/{front}/",
        f"/s/{front}/?style={shop.coat}",
        f"/f/w/{wish.token}/",
    ]
    with set_to(NOW):
        for page in pages:
            assert "/sellers/" not in Client().get(page).content.decode(), page
        address = f"/sellers/{put(shop)}.jpg"
        for page in pages:
            assert f'src="{address}"' in Client().get(page).content.decode(), page
        remove_seller_picture(actor=shop.daigou.actor)
        remove_seller_picture(actor=shop.daigou.actor)
        for page in pages:
            assert "/sellers/" not in Client().get(page).content.decode(), page
        assert Client().get(address).status_code == 404


def test_picture_of_a_deactivated_reseller_is_not_shown() -> None:
    shop = ForwardedSale()
    address = f"/sellers/{put(shop)}.jpg"
    person = Person.objects.filter(pk=shop.daigou.actor.own_id)
    person.update(is_active=False)
    assert Client().get(address).status_code == 404
    person.update(is_active=True)
    assert Client().get(address).status_code == 200


def test_poster_shows_the_picture_and_a_removed_one_is_in_no_pack() -> None:
    shop = Shop()
    plain = opened(shop.file(shop.drawn(), "poster.jpg"))
    put(shop, halves("red", "red"))
    view = get_latest_pack(shop.daigou.id, shop.forward_id, address=ADDRESS, at=NOW)
    assert view is not None
    assert [each.kind for each in view.changes] == [ChangeKind.SELLER_PICTURE]
    shown = shop.drawn()
    poster = opened(shop.file(shown, "poster.jpg"))
    assert poster.size == plain.size
    # Beside her name, left of the code: the disc is 80 points wide, 48 below the line above the footer.
    face: Any = poster.getpixel((100, poster.height - 300 - 48 + 56))
    assert face[0] > 200 > 60 > face[1]
    assert plain.getpixel((100, poster.height - 300 - 48 + 18)) == (255, 255, 255)
    remove_seller_picture(actor=shop.daigou.actor)
    assert not Pack.objects.filter(pk=shown).exists()
    assert Pack.objects.count() == 1


def test_pack_that_is_drawn_while_the_picture_is_removed_never_becomes_ready() -> None:
    shop = Shop()
    put(shop)
    pack_id = shop.ask()
    remove_seller_picture(actor=shop.daigou.actor)
    assert not packs.make_pack(pack_id=pack_id, clock=lambda: NOW)
    assert not Pack.objects.exists()


def test_replaced_files_are_deleted_a_day_later() -> None:
    shop = ForwardedSale()
    other = shop.market.reseller()
    put(shop)
    kept = put(shop, halves("red", "blue"))
    set_seller_picture(actor=other.actor, file=io.BytesIO(halves("green", "blue")), now=NOW)
    remove_seller_picture(actor=other.actor)
    assert purge_seller_pictures(now=NOW - timedelta(days=1)) == 0
    assert purge_seller_pictures(now=NOW + timedelta(days=400)) == 2
    assert Client().get(f"/sellers/{kept}.jpg").status_code == 200


def test_she_sets_and_removes_it_on_the_page_of_her_storefront() -> None:
    shop = ForwardedSale()
    hers = signed_in(shop.daigou)
    with set_to(NOW):
        for is_open in (False, True):
            if is_open:
                storefronts.open_storefront(actor=shop.daigou.actor, now=NOW)
            assert 'name="remove"' not in hers.get("/shop/storefront/").content.decode()
            nothing = hers.post("/shop/storefront/picture/", follow=True).content.decode()
            assert "请先选一张照片" in nothing
            bad = SimpleUploadedFile("cat.jpg", b"no picture")
            refused = hers.post("/shop/storefront/picture/", {"picture": bad}, follow=True).content.decode()
            assert "不是能打开的照片" in refused
            good = SimpleUploadedFile("cat.jpg", jpeg())
            done = hers.post("/shop/storefront/picture/", {"picture": good}, follow=True).content.decode()
            assert f'/sellers/{SellerPicture.objects.get().sha256}.jpg"' in done
            removed = hers.post("/shop/storefront/picture/", {"remove": "1"}, follow=True).content.decode()
            assert "/sellers/" not in removed
            assert not SellerPicture.objects.exists()


def test_programs_set_and_remove_it() -> None:
    shop = ForwardedSale()
    hers = signed_in(shop.daigou)
    storefronts.open_storefront(actor=shop.daigou.actor, now=NOW)
    with set_to(NOW):
        answer = hers.post("/api/v1/storefront/picture", {"picture": SimpleUploadedFile("cat.jpg", jpeg())})
        assert answer.status_code == 200, answer.content
        address = answer.json()["address"]
        assert hers.get("/api/v1/storefront").json()["picture"] == address
        assert address.endswith(f"/sellers/{SellerPicture.objects.get().sha256}.jpg")
        assert hers.delete("/api/v1/storefront/picture").status_code in (200, 204)
        assert hers.get("/api/v1/storefront").json()["picture"] == ""
