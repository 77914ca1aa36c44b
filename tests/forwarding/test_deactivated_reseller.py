"""FORWARD-7: what a deactivated reseller passed on is closed, and open again when she is let in again."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.services import people
from flashsales.services.ending import end_early
from forwarding.models import Forward, Wish
from forwarding.rules.wishes import PickedUnits
from forwarding.selectors import forwards
from forwarding.services import forwards as forwarding_forwards
from forwarding.services import prices, wishes
from inventory.models import Sku
from membership.models import Reseller
from membership.selectors.people import InvalidCode
from membership.services import invitations
from tests.builders import NOW, Marketplace, item_of

pytestmark = pytest.mark.django_db


def test_forwards_of_a_deactivated_reseller_are_not_available_and_take_no_wishes() -> None:
    market = Marketplace()
    sku = market.sku()
    sale_id, style_id = market.sale(sku), Sku.objects.get(pk=sku).style_id
    daigou = market.reseller()
    prices.set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=199_00, now=NOW)
    token = forwarding_forwards.create_forward(actor=daigou.actor, sale_id=sale_id, style_id=style_id, now=NOW).token
    assert forwards.get_customer_page(token, at=NOW).is_open
    people.deactivate(actor=market.ops, person_id=daigou.actor.own_id, reason="违规", now=NOW)
    assert not forwards.get_customer_page(token, at=NOW).is_open
    page = Client().get(f"/f/{token}/")
    assert page.status_code == 410
    assert "这个分享现在打不开" in page.content.decode()
    with pytest.raises(wishes.PageClosed):
        wishes.create_wish(
            token=token,
            lines=[PickedUnits(item_of(sale_id, sku), 1)],
            fields=wishes.WishFields("小王"),
            visitor="v",
            network="n",
            key="k",
            now=NOW,
        )
    assert not Wish.objects.exists()
    people.reactivate(actor=market.ops, person_id=daigou.actor.own_id, reason="查清", now=NOW)
    assert forwards.get_customer_page(token, at=NOW).is_open


def test_codes_of_a_deactivated_reseller_do_not_work() -> None:
    market = Marketplace()
    daigou = market.reseller()
    Reseller.objects.filter(pk=daigou.id).update(tier=1, earned_tier=1)
    code = invitations.issue_code(actor=daigou.actor, uses=2, now=NOW).code
    invitations.join(login="first", name="甲", password="wei-cang-77", code=code, now=NOW)
    people.deactivate(actor=market.ops, person_id=daigou.actor.own_id, reason="违规", now=NOW)
    with pytest.raises(InvalidCode):
        invitations.join(login="second", name="乙", password="wei-cang-77", code=code, now=NOW)
    assert Reseller.objects.count() == 2
    people.reactivate(actor=market.ops, person_id=daigou.actor.own_id, reason="查清", now=NOW)
    invitations.join(login="second", name="乙", password="wei-cang-77", code=code, now=NOW)


# ACCOUNT-7
def test_forwards_of_one_person_are_limited_and_those_of_ended_sales_do_not_count(settings: Settings) -> None:
    settings.MAX_FORWARDS = 2
    market = Marketplace()
    skus = [market.sku() for _ in range(4)]
    sale_id = market.sale(*skus)
    styles = list(Sku.objects.filter(pk__in=skus).order_by("pk").values_list("style_id", flat=True))
    daigou = market.reseller()

    def forward(style_id: int, later: timedelta = timedelta()) -> forwards.ForwardView:
        return forwarding_forwards.create_forward(
            actor=daigou.actor, sale_id=sale_id, style_id=style_id, now=NOW + later
        )

    for style_id in styles:
        prices.set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=199_00, now=NOW)
    first, second = forward(styles[0]), forward(styles[1])
    with pytest.raises(forwarding_forwards.TooManyForwards) as refused:
        forward(styles[2])
    assert (refused.value.status, refused.value.limit) == (409, 2)
    assert "收回" in refused.value.sentence("zh")
    assert forward(styles[0]).id == first.id
    forwarding_forwards.stop_forward(actor=daigou.actor, forward_id=second.id, now=NOW)
    with pytest.raises(forwarding_forwards.TooManyForwards):
        forward(styles[2], later=timedelta(hours=24) - timedelta(seconds=1))
    assert Forward.objects.count() == 2
    assert forward(styles[2], later=timedelta(hours=24)).id not in (first.id, second.id)
    other = market.sale(market.sku(style_no="next"), starts_at=NOW)
    style_id = Sku.objects.get(style__style_no="next").style_id
    prices.set_retail_price(actor=daigou.actor, sale_id=other, style_id=style_id, price_fen=199_00, now=NOW)
    end_early(actor=market.ops, sale_id=sale_id, reason="品牌要求", now=NOW + timedelta(hours=25))
    forwarding_forwards.create_forward(
        actor=daigou.actor, sale_id=other, style_id=style_id, now=NOW + timedelta(hours=26)
    )
