"""Enquiries: asked, answered, closed; limits, unread marks, photos, and what is told of cases (AFTER-14, EVENT-1)."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings

from accounts.rules import Actor, NotAllowed
from aftersales.models.enquiries import Enquiry, EnquiryMessage
from aftersales.models.photos import Photo
from aftersales.rules import EnquiryState
from aftersales.selectors.enquiries import (
    NoSuchEnquiry,
    count_unread_enquiries,
    count_waiting_enquiries,
    get_enquiry,
    get_own_enquiry,
    list_enquiries,
    list_own_enquiries,
)
from aftersales.selectors.photos import NoSuchPhoto, read_photo
from aftersales.services import cases, enquiries
from aftersales.services.enquiries import (
    EnquiryKeyConflict,
    InvalidMessage,
    InvalidSubject,
    TooManyEnquiries,
    TooManyMessages,
)
from aftersales.services.photos import erase_photos
from aftersales.tasks import close_answered
from events.models import Event
from inventory.models import Sku
from kernel.clock import set_to
from orders.selectors.orders import NoSuchOrder
from tests.aftersales.purchases import DAY, HOME, SHIPPED, Purchase
from tests.aftersales.test_photos import jpeg, sent, signed_in
from tests.builders import HOUR

pytestmark = pytest.mark.django_db


def ask(actor: Actor, text: str = "什么时候发货？", key: str = "ask", **options: Any) -> int:
    return enquiries.open_enquiry(actor=actor, text=text, key=key, **({"now": SHIPPED} | options)).summary.id


def write(actor: Actor, enquiry_id: int, text: str, key: str, **options: Any) -> None:
    enquiries.add_message(actor=actor, enquiry_id=enquiry_id, text=text, key=key, **({"now": SHIPPED} | options))


class TestThread:
    def test_open_enquiry_about_an_order_waits_for_ops_until_its_deadline(self) -> None:
        purchase = Purchase()
        enquiry_id = ask(purchase.daigou.actor, order_id=purchase.order.id)
        view = get_enquiry(enquiry_id, at=SHIPPED)
        assert (view.summary.state, view.summary.order_id, view.summary.due_at) == (
            EnquiryState.OPEN,
            purchase.order.id,
            SHIPPED + DAY,
        )
        assert [(each.is_from_reseller, each.text) for each in view.messages] == [(True, "什么时候发货？")]
        assert count_waiting_enquiries(at=SHIPPED + 2 * DAY).late == 1
        assert [each.is_late for each in list_enquiries(at=SHIPPED + 2 * DAY).items] == [True]

    def test_an_answer_is_unread_until_she_looks_and_a_question_opens_it_again(self) -> None:
        purchase = Purchase()
        hers, ops = purchase.daigou.actor, purchase.market.ops
        enquiry_id = ask(hers)
        write(ops, enquiry_id, "今天发", "answer", now=SHIPPED + HOUR)
        assert get_enquiry(enquiry_id, at=SHIPPED).summary.state is EnquiryState.ANSWERED
        assert (count_unread_enquiries(purchase.daigou.id), count_waiting_enquiries(at=SHIPPED).waiting) == (1, 0)
        enquiries.mark_enquiry_read(actor=hers, enquiry_id=enquiry_id)
        assert count_unread_enquiries(purchase.daigou.id) == 0
        write(hers, enquiry_id, "还没有", "more", now=SHIPPED + 3 * HOUR)
        assert get_enquiry(enquiry_id, at=SHIPPED).summary.due_at == SHIPPED + 3 * HOUR + DAY
        enquiries.close_enquiry(actor=ops, enquiry_id=enquiry_id, now=SHIPPED + 4 * HOUR)
        assert list_own_enquiries(purchase.daigou.id, at=SHIPPED).items[0].state is EnquiryState.CLOSED
        write(hers, enquiry_id, "又有问题", "again", now=SHIPPED + 5 * HOUR)
        assert Enquiry.objects.get().closed_at is None

    def test_the_same_key_opens_and_writes_once(self) -> None:
        purchase = Purchase()
        hers = purchase.daigou.actor
        enquiry_id = ask(hers)
        assert ask(hers) == enquiry_id
        with pytest.raises(EnquiryKeyConflict):
            ask(hers, order_id=purchase.order.id)
        for _ in range(2):
            write(purchase.market.ops, enquiry_id, "今天发", "answer")
        assert (Enquiry.objects.count(), EnquiryMessage.objects.count()) == (1, 2)

    def test_enquiries_of_others_do_not_exist_and_other_roles_are_refused(self) -> None:
        purchase = Purchase()
        enquiry_id, stranger = ask(purchase.daigou.actor), purchase.market.reseller()
        with pytest.raises(NoSuchEnquiry):
            write(stranger.actor, enquiry_id, "看看", "k")
        with pytest.raises(NoSuchEnquiry):
            get_own_enquiry(stranger.id, enquiry_id, at=SHIPPED)
        with pytest.raises(NoSuchOrder):
            ask(stranger.actor, order_id=purchase.order.id)
        for actor in (purchase.market.clerk, purchase.market.finance):
            with pytest.raises(NotAllowed):
                write(actor, enquiry_id, "看看", "k")
        assert EnquiryMessage.objects.count() == 1

    def test_messages_without_words_strange_subjects_and_floods_are_refused(self, settings: Settings) -> None:
        purchase = Purchase()
        hers = purchase.daigou.actor
        for text in (" ", "字" * 1001):
            with pytest.raises(InvalidMessage):
                ask(hers, text)
        with pytest.raises(InvalidSubject):
            ask(hers, style_id=10**9)
        with pytest.raises(InvalidSubject):
            ask(hers, style_id=purchase.order.lines[0].style_id, order_id=purchase.order.id)
        # What no sale has shown yet is a secret of its brand: neither its number nor its name may be learnt by asking.
        hidden = Sku.objects.get(pk=purchase.market.sku(units=1)).style_id
        with pytest.raises(InvalidSubject):
            ask(hers, style_id=hidden)
        assert not Enquiry.objects.exists()
        settings.MAX_OPEN_ENQUIRIES = 1
        enquiry_id = ask(hers)
        with pytest.raises(TooManyEnquiries):
            ask(hers, key="second")
        settings.MAX_MESSAGES_PER_HOUR = 2
        write(hers, enquiry_id, "在吗", "two")
        with pytest.raises(TooManyMessages):
            write(hers, enquiry_id, "在吗", "three")
        write(purchase.market.ops, enquiry_id, "在", "answer")
        write(hers, enquiry_id, "在吗", "three", now=SHIPPED + HOUR)


class TestErase:
    def test_answered_enquiries_close_after_a_week_and_lose_words_and_photos_in_time(self) -> None:
        purchase = Purchase()
        hers = purchase.daigou.actor
        [photo] = sent(hers, jpeg())
        enquiry_id = ask(hers, "看照片", photo_ids=[photo.id])
        for outsider in (purchase.market.clerk, purchase.market.finance, purchase.market.reseller().actor):
            with pytest.raises(NoSuchPhoto):
                read_photo(outsider, photo.id, 320)
        assert read_photo(purchase.market.ops, photo.id, 320)
        write(purchase.market.ops, enquiry_id, "可以退", "answer")
        erase_photos(now=SHIPPED + 400 * DAY)
        assert not Photo.objects.filter(erased_at__isnull=False).exists()
        with set_to(SHIPPED + 6 * DAY):
            assert close_answered() == 0
        with set_to(SHIPPED + 8 * DAY):
            assert (close_answered(), close_answered()) == (1, 0)
        later = SHIPPED + 189 * DAY
        assert enquiries.erase_messages(now=SHIPPED + 180 * DAY) == 0
        assert enquiries.erase_messages(now=later) == 2
        erase_photos(now=later)
        view = get_enquiry(enquiry_id, at=later)
        assert [(each.text, each.photos, each.is_erased) for each in view.messages] == [("", (), True)] * 2


class TestPagesAndApi:
    def test_she_asks_with_a_photo_and_ops_answer_and_see_the_next(self) -> None:
        purchase = Purchase()
        hers, desk = signed_in(purchase.daigou.actor), signed_in(purchase.market.ops)
        with set_to(SHIPPED):
            assert "发送" in hers.get(f"/shop/enquiries/new/?order={purchase.order.id}").content.decode()
            refused = hers.post("/shop/enquiries/new/", {"text": " ", "key": "k"}).content.decode()
            assert "请写几个字" in refused
            photo = SimpleUploadedFile("a.jpg", jpeg())
            typed = {"text": "这件起球吗？", "key": "k", "photos": photo}
            answer = hers.post(f"/shop/enquiries/new/?order={purchase.order.id}", typed)
            enquiry_id = int(answer["Location"].split("/")[-2])
            second = ask(purchase.daigou.actor, key="second")
            assert ">2</span>" in desk.get("/console/cases/").content.decode()
            page = desk.get(f"/console/enquiries/{enquiry_id}/").content.decode()
            assert ("这件起球吗？" in page, "/320/" in page) == (True, True)
            done = desk.post(f"/console/enquiries/{enquiry_id}/", {"text": "不起球", "key": "a"})
            assert done["Location"] == f"/console/enquiries/{second}/"
            closed = desk.post(f"/console/enquiries/{second}/", {"close": "1"})
            assert closed["Location"] == "/console/enquiries/"
            assert "有新答复" in hers.get("/shop/me/").content.decode()
            assert "不起球" in hers.get(f"/shop/enquiries/{enquiry_id}/").content.decode()
            assert "有新答复" not in hers.get("/shop/enquiries/").content.decode()
            hers.post(f"/shop/enquiries/{enquiry_id}/", {"text": "谢谢", "key": "b"})
            hers.post(f"/shop/enquiries/{enquiry_id}/close/")
        assert Enquiry.objects.get(pk=enquiry_id).state == EnquiryState.CLOSED

    def test_the_same_over_the_api(self) -> None:
        purchase = Purchase()
        hers, ops = signed_in(purchase.daigou.actor), signed_in(purchase.market.ops)
        json: Any = {"content_type": "application/json"}
        with set_to(SHIPPED):
            body = {"text": "有 XL 吗", "style_id": purchase.order.lines[0].style_id, "key": "k"}
            asked = hers.post("/api/v1/enquiries", body, **json)
            path = f"/api/v1/enquiries/{asked.json()['summary']['id']}"
            listed = ops.get("/api/v1/ops/enquiries").json()["items"]
            assert (asked.status_code, [each["style_no"] for each in listed]) == (201, ["QH9"])
            assert ops.post(f"{path}/messages", {"text": "没有", "key": "a"}, **json).status_code == 201
            assert hers.get("/api/v1/enquiries").json()["items"][0]["has_unread"] is True
            assert hers.post(f"{path}/read").status_code == 204
            assert hers.get(path).json()["summary"]["has_unread"] is False
            assert hers.post(f"{path}/close").json()["summary"]["state"] == "closed"
            refused = hers.post(f"{path}/messages", {"key": "z"}, **json)
        assert (refused.status_code, refused.json()["code"]) == (422, "aftersales.invalid_message")


class TestEvents:
    def test_each_step_of_a_case_is_published_to_those_whom_it_concerns(self) -> None:
        purchase = Purchase()
        case_id = purchase.sent_back_case()
        cases.receive_and_refund(actor=purchase.market.ops, case_id=case_id, now=SHIPPED + 2 * DAY)
        other = purchase.open_case(key="two")
        cases.reject(actor=purchase.market.ops, case_id=other, reason="穿过", now=SHIPPED)
        told = Event.objects.filter(subject_kind="case").order_by("pk")
        assert list(told.values_list("kind", "subject_id", "for_reseller", "for_brand", "for_platform")) == [
            ("case_opened", case_id, False, False, True),
            ("case_decided", case_id, True, False, False),
            ("case_sent_back", case_id, False, True, False),
            ("case_refunded", case_id, True, False, False),
            ("case_opened", other, False, False, True),
            ("case_decided", other, True, False, False),
        ]
        # A brand does not see what the reseller paid (AFTER-8).
        assert all("refund" not in each.data for each in told if each.for_brand)

    def test_nothing_is_told_of_a_step_that_was_refused(self) -> None:
        purchase = Purchase()
        case_id = purchase.open_case()
        before = Event.objects.count()
        with pytest.raises(cases.ReturnAddressRequired):
            cases.approve(actor=purchase.market.ops, case_id=case_id, now=SHIPPED)
        cases.approve(actor=purchase.market.ops, case_id=case_id, return_address=HOME, now=SHIPPED)
        assert Event.objects.count() == before + 1
