"""A customer reports a fault from the page of her wish, without an account; her reseller makes a case of it or answers (AFTER-19)."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Person
from aftersales.models.cases import Case, CasePhoto
from aftersales.models.fault_reports import FaultReport, FaultReportPhoto
from aftersales.models.photos import Photo
from aftersales.rules import CaseReason, CaseState, FaultReportState
from aftersales.selectors.fault_reports import (
    FaultReportView,
    NoSuchFaultReport,
    count_open_fault_reports,
    list_fault_reports,
)
from aftersales.selectors.photos import NoSuchPhoto, read_photo
from aftersales.services import cases
from aftersales.services.fault_reports import (
    FaultAlreadyReported,
    FaultFields,
    FaultNotReportable,
    FaultReportEnded,
    FormReportEnded,
    InvalidFault,
    InvalidFaultAnswer,
    TooManyFaultReports,
    TooManyOpenFaultReports,
    answer_report,
    open_case_from_report,
)
from aftersales.services.photos import NotAPhoto, TooManyPhotos, add_photos, erase_photos
from events.models import Event
from forwarding.models import Wish, WishLine
from forwarding.selectors.wish_pages import get_wish_page
from forwarding.selectors.wishes import NoSuchWishPage
from forwarding.services.fault_reports import (
    NoSuchWishLine,
    read_own_photo,
    report_fault,
    set_consent,
    withdraw_report,
)
from forwarding.services.wishes import WishHasGoods, anonymize_wishes, link_order
from kernel.clock import set_to
from orders.models.shipping import Consignment
from orders.services.shipping import ship
from tests.aftersales.test_photos import jpeg
from tests.builders import HOUR, NOW, item_of
from tests.built_once import built_once_class
from tests.forwarding.forwarded_sale import ForwardedSale
from tests.forwarding.test_wish_pages import WANG, ordered
from tests.violations import all_violations

pytestmark = pytest.mark.django_db
SHIPPED = NOW + HOUR
DAY = timedelta(days=1)
FAULTY = FaultFields(units=1, reason="faulty", text="袖口脱线，青禾的吊牌还在")


@built_once_class
class ShippedWish:
    """A wish for two cut coats whose parcel is on its way."""

    def __init__(self) -> None:
        self.shop = ForwardedSale()
        self.wish_id = self.shop.wish(self.shop.forwarded_coat(), address=WANG, units=2)
        ordered(self.shop)
        self.token = Wish.objects.get(pk=self.wish_id).token
        self.line_id = WishLine.objects.get(wish=self.wish_id).pk
        ship(
            actor=self.shop.market.new_clerk(self.shop.market.brand_id),
            consignment_id=Consignment.objects.get().pk,
            carrier="中通快递",
            tracking_no="ZT1234567890",
            now=SHIPPED,
        )

    def report(
        self,
        fields: FaultFields = FAULTY,
        *contents: bytes,
        key: str = "k",
        network: str = "n",
        now: datetime = SHIPPED,
    ) -> int:
        return report_fault(
            token=self.token,
            wish_line_id=self.line_id,
            fields=fields,
            files=[io.BytesIO(each) for each in contents],
            network=network,
            key=key,
            now=now,
        )

    def listed(self) -> list[FaultReportView]:
        return list_fault_reports(self.shop.daigou.id).items

    @property
    def address(self) -> str:
        return f"/f/w/{self.token}/lines/{self.line_id}/fault/"

    def page(self, at: datetime = SHIPPED) -> str:
        with set_to(at):
            return Client().get(f"/f/w/{self.token}/").content.decode()


def reseller(wish: ShippedWish) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=wish.shop.daigou.actor.own_id))
    return client


def count_statements(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as seen:
        act()
    return len(seen)


class TestReport:
    def test_a_report_stays_on_the_page_whose_wish_is_linked_to_another_order(self) -> None:
        wish = ShippedWish()
        wish.report()
        shop = wish.shop
        other = shop.daigou.grab(item_of(shop.sale_id, shop.coat_sku), key="other")
        with pytest.raises(WishHasGoods):
            link_order(actor=shop.daigou.actor, wish_id=wish.wish_id, order_id=other.id, now=SHIPPED)
        [line] = get_wish_page(wish.token, at=SHIPPED).lines
        assert (len(line.faults.reports), len(line.parcels)) == (1, 1)

    def test_report_fault_reaches_the_reseller_with_its_photos(self) -> None:
        wish = ShippedWish()
        report_id = wish.report(FAULTY, jpeg(), jpeg("blue"))
        [view] = wish.listed()
        assert (view.id, view.state, view.units, view.reason) == (report_id, "open", 1, CaseReason.FAULTY)
        assert (view.text, view.recipient, len(view.photos), view.may_reuse) == (FAULTY.text, "王芳", 2, False)
        assert count_open_fault_reports(wish.shop.daigou.id) == 1
        content = read_photo(wish.shop.daigou.actor, view.photos[0].id, 1280)
        assert b"SECRETPHONE" not in content
        [event] = Event.objects.filter(kind="fault_reported")
        assert (event.subject_id, event.reseller_id, event.data["units"]) == (report_id, wish.shop.daigou.id, 1)
        assert all_violations() == []

    def test_report_fault_with_the_same_key_makes_one_report(self) -> None:
        wish = ShippedWish()
        first = wish.report(FAULTY, jpeg())
        assert wish.report(FAULTY, jpeg("blue")) == first
        assert (FaultReport.objects.count(), Photo.objects.count()) == (1, 1)

    def test_report_fault_with_the_key_of_an_open_report_and_other_words_is_refused(self) -> None:
        wish = ShippedWish()
        wish.report()
        with pytest.raises(FaultAlreadyReported):
            wish.report(FaultFields(2, "faulty", "两件都脱线"))
        assert FaultReport.objects.get().text == FAULTY.text

    def test_report_fault_sent_again_without_consent_takes_it_back(self) -> None:
        """AFTER-20."""
        wish = ShippedWish()
        first = wish.report(replace(FAULTY, may_reuse=True), jpeg())
        assert wish.report(replace(FAULTY, may_reuse=True), jpeg()) == first
        assert FaultReport.objects.get().may_reuse
        FaultReportPhoto.objects.update(is_shown=True)
        assert wish.report(FAULTY, jpeg()) == first
        assert (FaultReport.objects.get().may_reuse, FaultReportPhoto.objects.get().is_shown) == (False, False)

    def test_report_fault_refused_without_consent_takes_it_back_all_the_same(self) -> None:
        wish = ShippedWish()
        wish.report(replace(FAULTY, may_reuse=True), jpeg())
        with pytest.raises(FaultAlreadyReported):
            wish.report(replace(FAULTY, text="别的"), jpeg())
        row = FaultReport.objects.get()
        assert (row.may_reuse, row.text) == (False, FAULTY.text)

    def test_report_fault_sent_again_with_a_new_consent_or_other_photos_is_refused(self) -> None:
        wish = ShippedWish()
        wish.report(FAULTY, jpeg())
        for fields, photos in ((replace(FAULTY, may_reuse=True), [jpeg()]), (FAULTY, []), (FAULTY, [jpeg(), jpeg()])):
            with pytest.raises(FaultAlreadyReported):
                wish.report(fields, *photos)
        assert (FaultReport.objects.get().may_reuse, Photo.objects.count()) == (False, 1)

    def test_report_fault_of_words_with_consent_is_the_same_when_sent_again(self) -> None:
        wish = ShippedWish()
        first = wish.report(replace(FAULTY, may_reuse=True))
        assert wish.report(replace(FAULTY, may_reuse=True)) == first

    def test_report_fault_with_the_key_of_a_report_that_has_ended_is_refused(self) -> None:
        wish = ShippedWish()
        withdraw_report(token=wish.token, report_id=wish.report(FAULTY, jpeg()), now=SHIPPED)
        with pytest.raises(FormReportEnded):
            wish.report(FAULTY, jpeg())
        second = wish.report(key="second")
        answer_report(actor=wish.shop.daigou.actor, report_id=second, answer="好", now=SHIPPED)
        with pytest.raises(FormReportEnded):
            wish.report(FaultFields(1, "faulty", "又一处"), key="second")
        assert (FaultReport.objects.count(), Photo.objects.count()) == (2, 1)

    def test_report_fault_refuses_a_second_open_one_about_the_same_goods(self) -> None:
        wish = ShippedWish()
        wish.report()
        with pytest.raises(FaultAlreadyReported):
            wish.report(key="other")
        assert FaultReport.objects.count() == 1

    @pytest.mark.parametrize(
        "fields",
        [
            FaultFields(0, "faulty", "x"),
            FaultFields(3, "faulty", "x"),
            FaultFields(1, "no_longer_wanted", "x"),
            FaultFields(1, "", "x"),
            FaultFields(1, "faulty", " \u200b"),
            FaultFields(1, "faulty", "长" * 501),
        ],
    )
    def test_report_fault_refuses_fields_that_say_nothing_and_stores_nothing(self, fields: FaultFields) -> None:
        wish = ShippedWish()
        with pytest.raises(InvalidFault):
            wish.report(fields)
        assert not FaultReport.objects.exists()

    def test_report_fault_refuses_bad_photos_and_stores_nothing(self) -> None:
        wish = ShippedWish()
        with pytest.raises(NotAPhoto):
            wish.report(FAULTY, jpeg(), b"%PDF-1.7")
        with pytest.raises(TooManyPhotos):
            wish.report(FAULTY, *([jpeg()] * 7))
        assert (FaultReport.objects.count(), Photo.objects.count()) == (0, 0)

    def test_report_fault_is_refused_before_shipment_after_the_window_and_once_a_case_has_all_units(self) -> None:
        wish = ShippedWish()
        with pytest.raises(FaultNotReportable) as late:
            wish.report(now=SHIPPED + 7 * DAY)
        assert late.value.why == "too_late"
        line = wish.report(now=SHIPPED + 7 * DAY - timedelta(seconds=1))
        withdraw_report(token=wish.token, report_id=line, now=SHIPPED + 7 * DAY)
        cases.open_case(
            actor=wish.shop.daigou.actor,
            line_id=FaultReport.objects.get().line_id,
            units=2,
            reason=CaseReason.FAULTY,
            evidence="脱线",
            key="all",
            now=SHIPPED,
        )
        with pytest.raises(FaultNotReportable) as taken:
            wish.report(key="again")
        assert taken.value.why == "nothing_left"

    def test_report_fault_is_refused_where_nothing_was_ordered(self) -> None:
        shop = ForwardedSale()
        wish_id = shop.wish(shop.forwarded_coat(), address=WANG)
        token, line_id = Wish.objects.get(pk=wish_id).token, WishLine.objects.get(wish=wish_id).pk
        with pytest.raises(NoSuchWishLine):
            report_fault(token=token, wish_line_id=line_id, fields=FAULTY, files=[], network="n", key="k", now=SHIPPED)
        with pytest.raises(NoSuchWishPage):
            report_fault(token="x", wish_line_id=line_id, fields=FAULTY, files=[], network="n", key="k", now=SHIPPED)

    def test_report_fault_is_limited_by_page_network_and_open_reports(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wish = ShippedWish()
        for turn in range(5):
            report_id = wish.report(key=f"k{turn}", now=SHIPPED + turn * timedelta(minutes=1))
            withdraw_report(token=wish.token, report_id=report_id, now=SHIPPED)
        with pytest.raises(TooManyFaultReports) as refused:
            wish.report(key="sixth", now=SHIPPED + HOUR - timedelta(seconds=1))
        assert refused.value.again_at == SHIPPED + HOUR
        settings.MAX_FAULT_REPORTS_PER_NETWORK_AND_HOUR = 1
        with pytest.raises(TooManyFaultReports):
            wish.report(key="network", now=SHIPPED + HOUR)
        other = wish.report(key="other network", network="m", now=SHIPPED + HOUR)
        withdraw_report(token=wish.token, report_id=other, now=SHIPPED + HOUR)
        monkeypatch.setattr("aftersales.services.fault_reports.MAX_OPEN_REPORTS", 0)
        with pytest.raises(TooManyOpenFaultReports):
            wish.report(key="open", network="o", now=SHIPPED + 3 * HOUR)

    def test_photos_of_customers_do_not_use_up_what_the_reseller_may_send(self, settings: Settings) -> None:
        wish = ShippedWish()
        settings.MAX_PHOTOS_PER_DAY = 1
        wish.report(FAULTY, jpeg(), jpeg("blue"))
        [own] = add_photos(actor=wish.shop.daigou.actor, files=[io.BytesIO(jpeg("green"))], now=SHIPPED)
        assert read_photo(wish.shop.daigou.actor, own.id, 320)


class TestAnswer:
    def test_open_case_from_report_takes_words_and_photos_along_once(self) -> None:
        wish = ShippedWish()
        report_id = wish.report(FAULTY, jpeg())
        case = open_case_from_report(actor=wish.shop.daigou.actor, report_id=report_id, now=SHIPPED)
        assert (case.units, case.reason, case.evidence) == (1, CaseReason.FAULTY, FAULTY.text)
        assert [each.id for each in case.photos] == [each.id for each in wish.listed()[0].photos]
        again = open_case_from_report(actor=wish.shop.daigou.actor, report_id=report_id, now=SHIPPED)
        assert (again.id, Case.objects.count(), CasePhoto.objects.count(), Photo.objects.count()) == (case.id, 1, 1, 1)
        [view] = wish.listed()
        assert (view.state, view.case_id, view.case_state) == (FaultReportState.CASE, case.id, CaseState.REQUESTED)
        assert count_open_fault_reports(wish.shop.daigou.id) == 0
        assert "卖家已申请售后" in wish.page()
        assert all_violations() == []

    def test_open_case_from_report_that_is_refused_leaves_it_open(self) -> None:
        wish = ShippedWish()
        report_id = wish.report()
        with pytest.raises(cases.NotReturnable):
            open_case_from_report(actor=wish.shop.daigou.actor, report_id=report_id, now=SHIPPED + 7 * DAY)
        assert (wish.listed()[0].state, Case.objects.count()) == (FaultReportState.OPEN, 0)

    def test_answer_report_is_read_by_the_customer_without_the_brand(self) -> None:
        wish = ShippedWish()
        report_id = wish.report()
        for said in ("", "长" * 301):
            with pytest.raises(InvalidFaultAnswer):
                answer_report(actor=wish.shop.daigou.actor, report_id=report_id, answer=said, now=SHIPPED)
        said = "青禾 QH-88011 的线头剪掉就好，补您五元"
        view = answer_report(actor=wish.shop.daigou.actor, report_id=report_id, answer=said, now=SHIPPED)
        assert (view.state, view.answer) == (FaultReportState.ANSWERED, said)
        [report] = get_wish_page(wish.token, at=SHIPPED).lines[0].faults.reports
        assert report.answer == "的线头剪掉就好，补您五元"
        assert answer_report(actor=wish.shop.daigou.actor, report_id=report_id, answer=said, now=SHIPPED + DAY) == view
        with pytest.raises(FaultReportEnded):
            answer_report(actor=wish.shop.daigou.actor, report_id=report_id, answer="改口", now=SHIPPED)
        with pytest.raises(FaultReportEnded):
            open_case_from_report(actor=wish.shop.daigou.actor, report_id=report_id, now=SHIPPED)
        assert wish.report(key="a new one")

    def test_reports_of_another_reseller_do_not_exist(self) -> None:
        wish = ShippedWish()
        report_id = wish.report()
        stranger = wish.shop.market.reseller()
        with pytest.raises(NoSuchFaultReport):
            open_case_from_report(actor=stranger.actor, report_id=report_id, now=SHIPPED)
        with pytest.raises(NoSuchFaultReport):
            answer_report(actor=stranger.actor, report_id=report_id, answer="x", now=SHIPPED)
        assert list_fault_reports(stranger.id).items == []


class TestCustomer:
    def test_withdraw_report_erases_its_photos_and_is_refused_once_answered(self) -> None:
        wish = ShippedWish()
        report_id = wish.report(FaultFields(1, "faulty", "", may_reuse=True), jpeg())
        photo = Photo.objects.get()
        withdraw_report(token=wish.token, report_id=report_id, now=SHIPPED)
        withdraw_report(token=wish.token, report_id=report_id, now=SHIPPED)
        assert (wish.listed()[0].state, FaultReportPhoto.objects.count()) == (FaultReportState.WITHDRAWN, 0)
        with pytest.raises(NoSuchPhoto):
            read_photo(wish.shop.daigou.actor, photo.pk, 320)
        assert not get_wish_page(wish.token, at=SHIPPED).lines[0].faults.reports
        second = wish.report(key="second")
        answer_report(actor=wish.shop.daigou.actor, report_id=second, answer="好", now=SHIPPED)
        with pytest.raises(FaultReportEnded):
            withdraw_report(token=wish.token, report_id=second, now=SHIPPED)
        assert all_violations() == []

    def test_set_consent_holds_at_once_and_never_without_photos(self) -> None:
        """AFTER-20."""
        wish = ShippedWish()
        report_id = wish.report(FaultFields(1, "faulty", "", may_reuse=True), jpeg())
        assert wish.listed()[0].may_reuse
        set_consent(token=wish.token, report_id=report_id, may_reuse=False)
        assert not wish.listed()[0].may_reuse
        set_consent(token=wish.token, report_id=report_id, may_reuse=True)
        assert wish.listed()[0].may_reuse
        withdraw_report(token=wish.token, report_id=report_id, now=SHIPPED)
        words_only = wish.report(FaultFields(1, "faulty", "脱线", may_reuse=True), key="words")
        assert not wish.listed()[0].may_reuse
        with pytest.raises(FaultReportEnded):
            set_consent(token=wish.token, report_id=words_only, may_reuse=True)

    def test_photo_is_shown_on_its_own_page_only(self) -> None:
        wish = ShippedWish()
        wish.report(FAULTY, jpeg())
        photo_id = Photo.objects.get().pk
        assert read_own_photo(token=wish.token, photo_id=photo_id, width=320)
        other = wish.shop.wish(wish.shop.forward(wish.shop.coat), key="other", visitor="o")
        for token in (Wish.objects.get(pk=other).token, "no-such-page"):
            answer = Client().get(f"/f/w/{token}/photos/{photo_id}-320.jpg")
            assert answer.status_code == 404
        shown = Client().get(f"/f/w/{wish.token}/photos/{photo_id}-320.jpg")
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        assert shown["Cache-Control"] == "no-store"

    def test_erasing_a_wish_erases_its_reports_and_photos_unless_a_case_has_them(self) -> None:
        wish = ShippedWish()
        kept = wish.report(FAULTY, jpeg())
        open_case_from_report(actor=wish.shop.daigou.actor, report_id=kept, now=SHIPPED)
        wish.report(FaultFields(1, "damaged", "压坏了", may_reuse=True), jpeg("blue"), key="open", network="m")
        with_case, alone = Photo.objects.order_by("pk")
        assert anonymize_wishes(now=NOW + 30 * DAY, retention=30 * DAY) == 1
        states = [(each.state, each.text, each.may_reuse, each.network) for each in FaultReport.objects.order_by("pk")]
        assert states == [("case", "", False, ""), ("expired", "", False, "")]
        erase_photos(now=NOW + 30 * DAY)
        assert [Photo.objects.get(pk=each.pk).erased_at is None for each in (with_case, alone)] == [True, False]
        assert all_violations() == []


class TestPages:
    def test_the_form_reports_without_a_script_and_the_page_tells_of_it(self) -> None:
        wish = ShippedWish()
        assert "货有问题？告诉卖家" in wish.page()
        client = Client()
        with set_to(SHIPPED):
            form = client.get(wish.address).content.decode()
            assert 'name="may_reuse"' in form
            assert "checked" not in form.split('name="may_reuse"')[1].split(">")[0]
            photo = SimpleUploadedFile("IMG_2201 王芳.jpg", jpeg(), "image/jpeg")
            sent: dict[str, Any] = {
                "key": "page", "units": "1", "reason": "faulty", "text": "脱线", "photos": [photo],
            }  # fmt: skip
            answer = client.post(wish.address, sent)
            assert (answer.status_code, answer["Location"]) == (302, f"/f/w/{wish.token}/?reported=1")
        source = wish.page()
        assert "已反馈：质量问题 ×1" in source
        assert "等卖家处理" in source
        assert "货有问题？告诉卖家" not in source
        assert "王芳" not in source

    def test_a_refused_form_keeps_what_was_typed_and_names_the_fault(self) -> None:
        wish = ShippedWish()
        with set_to(SHIPPED):
            answer = Client().post(wish.address, {"key": "page", "units": "2", "reason": "", "text": "袖子开线"})
        source = answer.content.decode()
        assert answer.status_code == 422
        assert "袖子开线" in source
        assert "data-faults" in source
        assert not FaultReport.objects.exists()

    def test_a_form_that_is_sent_again_after_its_report_was_withdrawn_makes_a_new_one(self) -> None:
        wish = ShippedWish()
        sent = {"key": "page", "units": "1", "reason": "faulty", "text": "袖子开线"}
        with set_to(SHIPPED):
            client = Client()
            client.post(wish.address, sent)
            client.post(f"/f/w/{wish.token}/reports/{FaultReport.objects.get().pk}/", {"act": "withdraw"})
            refused = client.post(wish.address, {**sent, "text": "袖子开线，扣子也掉了"})
            source = refused.content.decode()
            [key] = re.findall(r'name="key"[^>]* value="([^"]+)"', source)
            again = client.post(wish.address, {**sent, "key": key, "text": "袖子开线，扣子也掉了"})
        assert (refused.status_code, "袖子开线，扣子也掉了" in source, "请再提交一次" in source) == (409, True, True)
        assert again["Location"].endswith("?reported=1")
        reports = FaultReport.objects.order_by("pk").values_list("state", "text")
        assert list(reports) == [("withdrawn", "袖子开线"), ("open", "袖子开线，扣子也掉了")]

    def test_too_many_posts_of_a_network_are_refused_before_photos_are_decoded(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wish = ShippedWish()
        monkeypatch.setattr("shop.pages.wish_faults.POSTS_PER_MINUTE", 1)
        with set_to(SHIPPED + timedelta(days=3)):
            client = Client(REMOTE_ADDR="203.0.113.77")
            statuses = [client.post(wish.address, {"units": "1"}).status_code for _ in range(2)]
        assert statuses == [422, 429]

    def test_the_page_withdraws_and_takes_consent_back(self) -> None:
        wish = ShippedWish()
        report_id = wish.report(FaultFields(1, "faulty", "", may_reuse=True), jpeg())
        address = f"/f/w/{wish.token}/reports/{report_id}/"
        with set_to(SHIPPED):
            client = Client()
            assert client.post(address, {"act": "take_back"}).status_code == 302
            assert not FaultReport.objects.get().may_reuse
            client.post(address, {"act": "lend"})
            assert FaultReport.objects.get().may_reuse
            client.post(address, {"act": "withdraw"})
        assert FaultReport.objects.get().state == "withdrawn"
        with set_to(SHIPPED):
            assert Client().post("/f/w/no-such-page/reports/1/", {"act": "withdraw"}).status_code == 404

    def test_the_pages_of_a_deactivated_reseller_take_no_report(self) -> None:
        wish = ShippedWish()
        Person.objects.filter(pk=wish.shop.daigou.actor.own_id).update(is_active=False)
        with set_to(SHIPPED):
            assert Client().post(wish.address, {"units": "1", "reason": "faulty", "text": "x"}).status_code == 410
        with pytest.raises(NoSuchWishPage):
            wish.report()

    def test_consent_is_taken_back_and_not_given_while_the_reseller_is_deactivated(self) -> None:
        """AFTER-20."""
        wish = ShippedWish()
        report_id = wish.report(FaultFields(1, "faulty", "", may_reuse=True), jpeg())
        Person.objects.filter(pk=wish.shop.daigou.actor.own_id).update(is_active=False)
        address = f"/f/w/{wish.token}/reports/{report_id}/"
        with set_to(SHIPPED):
            client = Client()
            closed = client.get(f"/f/w/{wish.token}/")
            taken = client.post(address, {"act": "take_back"})
            kept = FaultReport.objects.get().may_reuse
            after = client.get(f"/f/w/{wish.token}/")
            lent = client.post(address, {"act": "lend"})
        assert (closed.status_code, address in closed.content.decode()) == (410, True)
        assert (taken.status_code, kept) == (302, False)
        assert (after.status_code, address in after.content.decode()) == (410, False)
        assert (lent.status_code, FaultReport.objects.get().may_reuse) == (404, False)

    def test_the_reseller_opens_a_case_with_one_post_or_answers(self) -> None:
        wish = ShippedWish()
        report_id = wish.report(FAULTY, jpeg())
        client = reseller(wish)
        with set_to(SHIPPED):
            assert "1 条待处理" in client.get("/shop/me/").content.decode()
            listed = client.get("/shop/fault-reports/?state=open").content.decode()
            assert "袖口脱线" in listed
            blank = client.post(f"/shop/fault-reports/{report_id}/answer/", {"answer": " "})
            assert "data-faults" in blank.content.decode()
            opened = client.post(f"/shop/fault-reports/{report_id}/case/")
            assert opened["Location"] == f"/shop/cases/{Case.objects.get().pk}/"
            second = wish.report(key="second")
            client.post(f"/shop/fault-reports/{second}/answer/", {"answer": "稍等"})
        assert "稍等" in wish.page()

    def test_the_pages_take_as_many_statements_for_many_reports_as_for_one(self) -> None:
        wish = ShippedWish()
        client, counts = reseller(wish), []
        for turn in range(4):
            report_id = wish.report(FAULTY, jpeg(), key=f"k{turn}")
            answer_report(actor=wish.shop.daigou.actor, report_id=report_id, answer="好", now=SHIPPED)
            if turn in (0, 3):
                with set_to(SHIPPED):
                    counts.append(
                        (
                            count_statements(lambda: client.get("/shop/fault-reports/")),
                            count_statements(lambda: Client().get(f"/f/w/{wish.token}/")),
                        )
                    )
        assert counts[0] == counts[1]
