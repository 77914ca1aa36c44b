"""AFTER-15: ops pass an enquiry to the brand, and the brand answers in the thread."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Person
from accounts.rules import NotAllowed
from accounts.services.tokens import issue_token
from aftersales.models.enquiries import Enquiry, EnquiryMessage
from aftersales.rules import EnquiryState
from aftersales.selectors.brand_enquiries import count_brand_enquiries, get_brand_enquiry, list_brand_enquiries
from aftersales.selectors.cases import list_brand_cases
from aftersales.selectors.enquiries import NoSuchEnquiry, count_unread_enquiries, get_enquiry, get_own_enquiry
from aftersales.selectors.photos import NoSuchPhoto, read_photo
from aftersales.services import enquiries
from aftersales.services.brand_enquiries import EnquiryIsClosed, NoBrandToAsk, answer_as_brand, pass_to_brand
from events.models import Event
from kernel.clock import set_to
from orders.rules.states import ConsignmentState
from orders.selectors.consignments import list_consignments
from tests.aftersales.purchases import DAY, SHIPPED, Purchase
from tests.aftersales.test_enquiries import ask, write
from tests.aftersales.test_photos import jpeg, sent
from tests.builders import HOUR

pytestmark = pytest.mark.django_db


def passed(purchase: Purchase, text: str = "这件有内衬吗？", note: str = "") -> int:
    """An enquiry about the order that was passed to its brand."""
    enquiry_id = ask(purchase.daigou.actor, text, order_id=purchase.order.id)
    pass_to_brand(
        actor=purchase.market.ops, enquiry_id=enquiry_id, brand_id=purchase.market.brand_id, note=note, now=SHIPPED
    )
    return enquiry_id


def told(**who: bool) -> list[str]:
    return list(Event.objects.filter(**who).order_by("pk").values_list("kind", flat=True))


def test_pass_to_brand_asks_it_and_its_answer_reaches_the_reseller() -> None:
    purchase = Purchase()
    brand_id, clerk = purchase.market.brand_id, purchase.market.clerk
    enquiry_id = passed(purchase, note="请看一下实物")
    summary = get_enquiry(enquiry_id, at=SHIPPED).summary
    assert (summary.state, summary.brand_id, summary.brand_due_at, summary.due_at) == (
        EnquiryState.OPEN,
        brand_id,
        SHIPPED + DAY,
        SHIPPED + DAY,
    )
    [item] = list_brand_enquiries(brand_id, at=SHIPPED + 2 * DAY, waiting_only=True).items
    assert (item.id, item.note, item.is_late, item.last_text) == (enquiry_id, "请看一下实物", True, "这件有内衬吗？")
    for _ in range(2):
        answer_as_brand(actor=clerk, enquiry_id=enquiry_id, text="有内衬", key="a", now=SHIPPED + HOUR)
    seen = get_own_enquiry(purchase.daigou.id, enquiry_id, at=SHIPPED)
    assert [(each.text, each.brand_name) for each in seen.messages] == [
        ("这件有内衬吗？", ""),
        ("有内衬", seen.summary.brand_name),
    ]
    assert (seen.summary.state, seen.summary.due_at, seen.summary.brand_due_at) == (EnquiryState.ANSWERED, None, None)
    assert (count_unread_enquiries(purchase.daigou.id), count_brand_enquiries(brand_id)) == (1, 0)
    write(purchase.daigou.actor, enquiry_id, "什么材质？", "more", now=SHIPPED + 2 * HOUR)
    assert get_enquiry(enquiry_id, at=SHIPPED).summary.brand_due_at == SHIPPED + 2 * HOUR + DAY
    assert told(for_brand=True)[-2:] == ["enquiry_passed", "enquiry_passed"]
    for who in ({"for_reseller": True}, {"for_platform": True}):
        assert told(**who).count("enquiry_answered_by_brand") == 1


# PRIVACY-2
def test_a_brand_sees_neither_the_reseller_nor_a_contact_in_the_thread() -> None:
    purchase = Purchase()
    recipient = purchase.order.lines[0].recipient
    enquiry_id = passed(
        purchase, f"{recipient.name} {recipient.phone} {recipient.address} 另一个 13712345678，单号 12345678901"
    )
    view = get_brand_enquiry(purchase.market.brand_id, enquiry_id, at=SHIPPED)
    assert view.messages[0].text == "*** *** *** 另一个 ***，单号 12345678901"
    assert view.summary.last_text == view.messages[0].text
    client = Client()
    client.force_login(Person.objects.get(pk=purchase.market.clerk.own_id))
    with set_to(SHIPPED):
        page = client.get(reverse("portal:enquiry", args=[enquiry_id])).content.decode()
        listed = client.get(reverse("portal:enquiries")).content.decode()
    for text in (recipient.name, recipient.phone, recipient.address, purchase.daigou.actor.name):
        assert (text in page, text in listed) == (False, False)


def test_pass_to_brand_refuses_other_brands_roles_and_closed_enquiries() -> None:
    purchase = Purchase()
    enquiry_id, market = ask(purchase.daigou.actor, order_id=purchase.order.id), purchase.market
    general = ask(purchase.daigou.actor, key="general")
    for subject, brand_id in ((enquiry_id, market.brand()), (general, market.brand_id)):
        with pytest.raises(NoBrandToAsk):
            pass_to_brand(actor=market.ops, enquiry_id=subject, brand_id=brand_id, now=SHIPPED)
    for actor in (market.clerk, purchase.daigou.actor):
        with pytest.raises(NotAllowed):
            pass_to_brand(actor=actor, enquiry_id=enquiry_id, brand_id=market.brand_id, now=SHIPPED)
    enquiries.close_enquiry(actor=market.ops, enquiry_id=enquiry_id, now=SHIPPED)
    with pytest.raises(EnquiryIsClosed):
        pass_to_brand(actor=market.ops, enquiry_id=enquiry_id, brand_id=market.brand_id, now=SHIPPED)
    assert not Enquiry.objects.exclude(brand=None, brand_due_at=None).exists()


def test_answer_as_brand_needs_an_open_enquiry_that_was_passed_to_it() -> None:
    purchase = Purchase()
    market, other = purchase.market, ask(purchase.daigou.actor, key="other", order_id=purchase.order.id)
    enquiry_id = passed(purchase)
    stranger = market.new_clerk(market.brand())
    for actor, subject in ((market.clerk, other), (stranger, enquiry_id)):
        with pytest.raises(NoSuchEnquiry):
            answer_as_brand(actor=actor, enquiry_id=subject, text="答", key="a", now=SHIPPED)
    enquiries.close_enquiry(actor=market.ops, enquiry_id=enquiry_id, now=SHIPPED)
    with pytest.raises(EnquiryIsClosed):
        answer_as_brand(actor=market.clerk, enquiry_id=enquiry_id, text="答", key="a", now=SHIPPED)
    assert not EnquiryMessage.objects.filter(is_from_reseller=False).exists()


# AFTER-13
def test_photos_of_a_thread_are_seen_by_the_brand_that_it_was_passed_to() -> None:
    purchase = Purchase()
    market, hers = purchase.market, purchase.daigou.actor
    asked = sent(hers, jpeg())[0].id
    enquiry_id = ask(hers, order_id=purchase.order.id, photo_ids=[asked])
    with pytest.raises(NoSuchPhoto):
        read_photo(market.clerk, asked, 320)
    pass_to_brand(actor=market.ops, enquiry_id=enquiry_id, brand_id=market.brand_id, now=SHIPPED)
    assert read_photo(market.clerk, asked, 320)
    answered = sent(market.clerk, jpeg())[0].id
    answer_as_brand(actor=market.clerk, enquiry_id=enquiry_id, text="", photo_ids=[answered], key="a", now=SHIPPED)
    assert read_photo(hers, answered, 320)
    with pytest.raises(NoSuchPhoto):
        read_photo(market.new_clerk(market.brand()), asked, 320)


def test_ops_pass_it_and_the_clerk_answers_on_pages_and_by_api() -> None:
    purchase = Purchase()
    market, enquiry_id = purchase.market, ask(purchase.daigou.actor, order_id=purchase.order.id)
    ops, clerk = Client(), Client()
    ops.force_login(Person.objects.get(pk=market.ops.own_id))
    clerk.force_login(Person.objects.get(pk=market.clerk.own_id))
    with set_to(SHIPPED):
        sent_form = {"brand": str(market.brand_id), "note": "请看实物"}
        ops.post(reverse("console:enquiry", args=[enquiry_id]), sent_form)
        assert "已转给" in ops.get(reverse("console:enquiry", args=[enquiry_id])).content.decode()
        page = clerk.get(reverse("portal:enquiry", args=[enquiry_id])).content.decode()
        assert "请看实物" in page
        refused = clerk.post(reverse("portal:enquiry", args=[enquiry_id]), {"text": " ", "key": "k"})
        assert "请写几个字" in refused.content.decode()
        answered = clerk.post(reverse("portal:enquiry", args=[enquiry_id]), {"text": "有内衬", "key": "k"}, follow=True)
        assert "已答复，代购和平台都能看到。" in answered.content.decode()
        api = Client(headers={"authorization": f"Bearer {issue_token(actor=market.clerk, label='erp', now=SHIPPED)}"})
        answer = api.post(
            f"/api/v1/brand/enquiries/{enquiry_id}/messages",
            {"text": "还有口袋", "key": "api"},
            content_type="application/json",
        )
        assert answer.status_code == 201
        shown = api.get("/api/v1/brand/enquiries").json()["items"]
    assert [(each["id"], each["note"], each["last_text"]) for each in shown] == [(enquiry_id, "请看实物", "还有口袋")]
    texts = EnquiryMessage.objects.order_by("pk").values_list("text", "brand")
    assert list(texts) == [("什么时候发货？", None), ("有内衬", market.brand_id), ("还有口袋", market.brand_id)]


# PRIVACY-2
def test_a_brand_sees_no_contact_while_a_case_is_open() -> None:
    purchase = Purchase()
    purchase.open_case()
    [consignment] = list_consignments(at=SHIPPED, brand_id=purchase.market.brand_id).items
    recipient = purchase.order.lines[0].recipient
    assert consignment.state is ConsignmentState.SHIPPED
    assert consignment.name == f"{recipient.name[:1]}*"
    assert recipient.phone not in consignment.phone
    [case] = list_brand_cases(purchase.market.brand_id).items
    assert not any(text in str(case) for text in (recipient.name, recipient.phone, recipient.address))
