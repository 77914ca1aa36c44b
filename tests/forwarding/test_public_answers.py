"""Whatever a customer can fetch of goods whose label is cut: nothing tells the brand, a supply price or another's data (FORWARD-3).

The names of the goods are drawn by Hypothesis with the brand in them, spaced, torn or in other case; the answers are those of the pages.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from accounts.models import Person
from aftersales.models.fault_reports import FaultReport, FaultReportPhoto
from aftersales.models.photos import Photo
from aftersales.services import fault_reports
from aftersales.services.customer_photos import choose_photos, mark_photo_logos
from aftersales.services.fault_reports import FaultFields
from flashsales.models import SaleItem
from forwarding.models import Forward, Pack, RetailPrice, Storefront, Wish
from forwarding.rules.packs import SoldOut
from forwarding.rules.redaction import fold_text
from forwarding.selectors.packs import open_pack_file
from forwarding.services import forwards, packs, prices, storefronts
from inventory.models import Sku, Style
from inventory.picture_models import StylePicture
from kernel.clock import set_to
from orders.services.grab import cancel_unpaid
from tests.aftersales.test_photos import jpeg
from tests.builders import NOW, item_of
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_fault_reports import SHIPPED, ShippedWish
from tests.forwarding.test_packs import give_pictures
from tests.forwarding.test_pages import said_to_a_customer, wish_for
from tests.own_cache import clear_own_cache

pytestmark = pytest.mark.django_db

SECRETS = ("青禾女装", "青禾", "QH88011", "QH88022")
BASE_FEN = 217_31
OTHERS = ("林间小铺", "赵女士", "888.88")
told = st.builds(
    lambda before, way, after: before + way + after,
    st.text("羊毛大衣 轻暖", max_size=4),
    st.sampled_from(["青禾", "青 禾", "青·禾女装", "青青禾禾", "青禾女装", "QH-88011", "qh 88011", ""]),
    st.text("新款垂感 ", max_size=4),
)


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> ForwardedSale:
    """A cut coat and a labelled scarf on one page, with pictures; another reseller forwards the same sale."""
    settings.STORAGE_URL = f"file://{tmp_path}"
    shop = ForwardedSale()
    pictures = give_pictures(shop.coat, 1, 2) + give_pictures(shop.scarf, 3)
    StylePicture.objects.filter(sha256=pictures[1]).update(has_logo=True, looked_at=NOW)
    shop.price(shop.coat, 699_00)
    shop.price(shop.scarf, 499_00)
    other = shop.market.reseller()
    Person.objects.filter(pk=other.actor.own_id).update(name="林间小铺")
    prices.set_retail_price(
        actor=other.actor,
        sale_id=shop.sale_id,
        style_id=shop.coat,
        price_fen=888_88,
        below_cost_confirmed=False,
        now=NOW,
    )
    hers = forwards.create_forward(actor=other.actor, sale_id=shop.sale_id, style_id=shop.coat, now=NOW)
    shop.wish(hers.token, name="赵女士", key="other", visitor="o", network="o")
    return shop


@pytest.fixture
def shipped(settings: Settings, tmp_path: Path) -> ShippedWish:
    """A cut coat that a customer wished for and got."""
    settings.STORAGE_URL = f"file://{tmp_path}"
    shipped = ShippedWish()
    Sku.objects.filter(pk=shipped.shop.coat_sku).update(base_price_fen=BASE_FEN)
    return shipped


def public_answers(shop: ForwardedSale, token: str, address: str) -> Iterator[str]:
    """What the pages of a forward and of a storefront say, headers and addresses included."""
    yield from answers_of_storefront(shop, address)
    client = Client()
    for address in (
        f"/f/{token}/", f"/f/{token}/?style={shop.coat}", f"/f/{token}/?style={shop.scarf}", f"/f/{token}/poster/",
    ):  # fmt: skip
        answer = client.get(address)
        assert answer.status_code == 200, address
        yield said_to_a_customer(answer)
    yield said_to_a_customer(client.post(f"/f/{token}/address/", {"address": "浙江省杭州市文三路1号"}))
    sent = client.post(f"/f/{token}/", wish_for(shop, key=f"form-{token}"))
    assert sent.status_code == 302
    yield said_to_a_customer(client.get(sent["Location"]))


def answers_while_sold_out(shop: ForwardedSale, pages: tuple[str, ...]) -> Iterator[str]:
    """What a customer is told who waits for a size, and who corrects the address of her wish (FORWARD-29, FORWARD-5)."""
    item = item_of(shop.sale_id, shop.coat_sku)
    holder = shop.market.reseller()
    order = holder.grab(item, SaleItem.objects.get(pk=item).available)
    client = Client()
    for page in pages:
        yield said_to_a_customer(client.get(f"{page}?style={shop.coat}&wait={item}"))
        yield said_to_a_customer(client.post(page, wish_for(shop, wait=item, name="", key=f"bad-{page}")))
        sent = client.post(page, wish_for(shop, wait=item, key=f"wait-{page}"))
        yield said_to_a_customer(sent)
        if sent.status_code == 302:  # Where sold-out sizes are hidden, nobody can wait for one.
            yield said_to_a_customer(client.get(sent["Location"]))
            yield said_to_a_customer(client.post(sent["Location"], {"address": "浙江省杭州市文三路1号"}))
            yield said_to_a_customer(client.get(f"{sent['Location']}&moved=1"))
    cancel_unpaid(actor=holder.actor, order_id=order.id, now=NOW)


def answers_of_storefront(shop: ForwardedSale, token: str) -> Iterator[str]:
    client = Client()
    for query in ("", f"?style={shop.coat}", f"?style={shop.scarf}", "?sort=dearest&category=0", "?q=%E9%9D%92"):
        answer = client.get(f"/s/{token}/{query}")
        assert answer.status_code == 200, query
        yield said_to_a_customer(answer)
    yield said_to_a_customer(client.post(f"/s/{token}/address/", {"address": "浙江省杭州市文三路1号"}))
    yield said_to_a_customer(client.post(f"/s/{token}/", wish_for(shop, item="0")))
    sent = client.post(f"/s/{token}/", wish_for(shop, key=f"form-{token}"))
    assert sent.status_code == 302
    yield said_to_a_customer(client.get(sent["Location"]))


@hypothesis_settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(answer=told)
def test_no_page_of_a_fault_report_tells_the_brand_or_a_supply_price(shipped: ShippedWish, answer: str) -> None:
    clear_own_cache()  # Each example posts, and posts of a network are limited.
    person = Person.objects.filter(pk=shipped.shop.daigou.actor.own_id)
    person.update(is_active=True)
    FaultReportPhoto.objects.all().delete()
    FaultReport.objects.all().delete()
    lent = FaultFields(1, "faulty", "脱线", may_reuse=True)
    report_id = shipped.report(lent, jpeg())
    fault_reports.answer_report(actor=shipped.shop.daigou.actor, report_id=report_id, answer=f"{answer}。", now=SHIPPED)
    client, page = Client(), f"/f/w/{shipped.token}/"
    with set_to(SHIPPED):
        answers = [client.get(page), client.get(shipped.address), client.post(shipped.address, {"text": "脱线"})]
        shipped.report(lent, jpeg(), key="open")
        answers += [client.get(page), client.get(shipped.address)]
        photo = Photo.objects.filter(report_photos__isnull=False).latest("pk")
        picture: Any = client.get(f"{page}photos/{photo.pk}-320.jpg")
        choose_photos(actor=shipped.shop.daigou.actor, shown=[photo.pk], now=SHIPPED)
        mark_photo_logos(actor=shipped.shop.market.ops, with_logo=[], without_logo=[photo.pk], now=SHIPPED)
        forwarded = f"/f/{Forward.objects.get(style_id=shipped.shop.coat).token}/"
        answers.append(client.get(forwarded))
        shown = client.get(f"{forwarded}photos/{photo.pk}-1280.jpg")
        assert shown.status_code == 200
        person.update(is_active=False)
        answers.append(client.get(page))
    assert [each.status_code for each in answers] == [200, 200, 422, 200, 200, 200, 410]
    for number, each in enumerate(answers):
        assert_tells_nothing(said_to_a_customer(each), f"answer {number}")
    for content, headers in ((picture.getvalue(), picture.headers), (shown.content, shown.headers)):
        for text in (*texts_of_picture(content), repr(headers)):
            assert_tells_nothing(text, "photo", short=True)


def pictures_in(text: str) -> set[str]:
    return set(re.findall(r"/pictures/[0-9a-f]{64}-[0-9]+\.jpg", text))


def texts_of_picture(data: bytes) -> list[str]:
    """Whatever text the bytes of a picture carry besides its points: metadata, comments, and letters as they stand."""
    with Image.open(io.BytesIO(data)) as picture:
        kept: dict[Any, Any] = dict(picture.info) | dict(picture.getexif())
    return [*(str(each) for each in kept.values()), data.decode("utf-8", "ignore"), data.decode("utf-16-le", "ignore")]


def assert_tells_nothing(text: str, what: str, *, short: bool = False) -> None:
    folded = fold_text(text)
    assert [secret for secret in SECRETS if fold_text(secret) in folded] == [], what
    assert [each for each in OTHERS if each in text] == [], what
    if not short:
        assert "217.31" not in text, what


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    # Each example draws a pack and opens six pages: to shrink one would take minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    facts=st.fixed_dictionaries(dict.fromkeys(("name", "defects", "fabric", "origin", "selling_point"), told)),
    colour=told,
    seller=told,
    remark=told,
    sold_out=st.sampled_from(SoldOut),
)
def test_no_public_answer_tells_the_brand_a_supply_price_or_another_reseller(
    shop: ForwardedSale, facts: dict[str, str], colour: str, seller: str, remark: str, sold_out: SoldOut
) -> None:
    Style.objects.filter(pk__in=(shop.coat, shop.scarf)).update(**{**facts, "origin": facts["origin"][:60]})
    Sku.objects.filter(pk=shop.coat_sku).update(colour=colour, base_price_fen=BASE_FEN)
    Person.objects.filter(pk=shop.daigou.actor.own_id).update(name=seller or "小鹿")
    token = shop.forward(None)
    forward = Forward.objects.get(token=token)
    packs.set_display(
        actor=shop.daigou.actor, forward_id=forward.pk, sold_out=sold_out, sold_out_hours=5, remark=remark, now=NOW
    )
    address_of_storefront = storefronts.open_storefront(actor=shop.daigou.actor, now=NOW).token
    Storefront.objects.update(name=seller or "小鹿", notice=remark)
    view = packs.request_pack(
        actor=shop.daigou.actor, forward_id=forward.pk, address="https://weicang.example/f/x/", now=NOW
    )
    packs.make_pack(pack_id=view.id, clock=lambda: NOW)
    with set_to(NOW):
        clear_own_cache()  # Each example posts, and posts of a network are limited.
        answers = list(public_answers(shop, token, address_of_storefront))
        answers += answers_while_sold_out(shop, (f"/f/{token}/", f"/s/{address_of_storefront}/"))
        assert Wish.objects.filter(is_waiting=True).exists()  # By the storefront, which shows sold-out sizes.
        for number, text in enumerate(answers):
            assert_tells_nothing(text, f"answer {number}")
        addresses = {address for text in answers for address in pictures_in(text)}
        assert len({address.rsplit("-", 1)[0] for address in addresses}) == 2
        for address in sorted(addresses):
            content = b"".join(Client().get(address).streaming_content)  # type: ignore[attr-defined]
            for text in texts_of_picture(content):
                assert_tells_nothing(text, address, short=True)
    for name in ("01.jpg", "02.jpg", "poster.jpg"):
        file = open_pack_file(shop.daigou.id, forward.pk, view.id, name)
        assert_tells_nothing(file.name, name, short=True)
        with file.content as content_of:
            for text in texts_of_picture(content_of.read()):
                assert_tells_nothing(text, name, short=True)
    front = Forward.objects.get(token=address_of_storefront)
    of_front = packs.request_pack(
        actor=shop.daigou.actor, forward_id=front.pk, address="https://weicang.example/s/x/", now=NOW
    )
    packs.make_pack(pack_id=of_front.id, clock=lambda: NOW)
    assert_tells_nothing(str(Pack.objects.get(pk=of_front.id).content), "storefront")
    with open_pack_file(shop.daigou.id, front.pk, of_front.id, "poster.jpg").content as content_of:
        for text in texts_of_picture(content_of.read()):
            assert_tells_nothing(text, "poster of the storefront", short=True)
    archive = open_pack_file(shop.daigou.id, forward.pk, view.id, "pack.zip")
    assert_tells_nothing(archive.name, "pack.zip", short=True)
    with archive.content as content_of, zipfile.ZipFile(content_of) as packed:
        assert packed.comment == b""
        for each in packed.infolist():
            assert_tells_nothing(f"{each.filename} {each.comment!r} {each.extra!r}", each.filename, short=True)


def test_the_search_finds_what_is_planted(shop: ForwardedSale) -> None:
    shop.market.sku(units=1)
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "QH-88011"
    Image.new("RGB", (9, 9)).save(out, "JPEG", exif=exif)
    with pytest.raises(AssertionError):
        assert_tells_nothing(" ".join(texts_of_picture(out.getvalue())), "planted", short=True)
    with pytest.raises(AssertionError):
        assert_tells_nothing("<b>217.31</b>", "planted")
    assert RetailPrice.objects.filter(price_fen=888_88).exists()
