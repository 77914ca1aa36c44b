"""The private page of a wish names no brand that was hidden from its customer, whatever carriers, sellers and pictures say (FORWARD-10)."""

import pytest
from django.test import Client

from forwarding.models import Wish, WishLine
from forwarding.rules.redaction import fold_text
from forwarding.selectors.wish_pages import get_wish_page
from inventory.models import Picture, Style
from inventory.picture_models import StylePicture
from kernel.clock import set_to
from tests.builders import NOW
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_wish_pages import WANG

pytestmark = pytest.mark.django_db


COVER, SECOND, THIRD = ("a" * 64, "b" * 64, "c" * 64)


@pytest.mark.parametrize(
    ("logos", "unready", "shown"),
    [
        ("", "", COVER),
        (COVER, "", SECOND),
        ("", COVER, SECOND),
        (COVER, SECOND, THIRD),
        (COVER + SECOND + THIRD, "", ""),
        ("", COVER + SECOND + THIRD, ""),
    ],
)
def test_picture_is_the_first_without_a_logo(logos: str, unready: str, shown: str) -> None:
    """FORWARD-3."""
    shop = ForwardedSale()
    for place, sha256 in enumerate((COVER, SECOND, THIRD)):
        width = 0 if sha256 in unready else 1280
        Picture.objects.create(sha256=sha256, size_bytes=9, stored_at=NOW, sized_at=NOW, width=width, height=width)
        StylePicture.objects.create(
            style_id=shop.coat, sha256=sha256, position=place, source="archive", added_at=NOW, has_logo=sha256 in logos
        )
    Style.objects.filter(pk=shop.coat).update(picture=COVER)
    wish = Wish.objects.get(pk=shop.wish(shop.forwarded_coat(), address=WANG))
    assert [each.picture for each in get_wish_page(wish.token, at=NOW).lines] == [shown]
    with set_to(NOW):
        source = Client().get(f"/f/w/{wish.token}/").content.decode()
        source += Client().get(f"/f/w/{wish.token}/lines/{WishLine.objects.get().pk}/fault/").content.decode()
    assert {each for each in (COVER, SECOND, THIRD) if each in source} == ({shown} if shown else set())
    assert "青禾" not in fold_text(source)
