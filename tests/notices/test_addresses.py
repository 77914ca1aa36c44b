"""Addresses: verified by a code, bound through WeChat, removed by their owner, erased with her account (NOTICE-3, NOTICE-9)."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import AuditEntry
from accounts.rules import Actor, Role
from accounts.services.attempts import TooManyAttempts
from accounts.services.people import deactivate
from kernel.refusal import Refusal
from notices.models import Address, DeliveryChoice, Notice, Preference
from notices.rules import CODE_LIFE, MAX_CODE_ATTEMPTS, Channel, Choices, QuietHours, Topic
from notices.selectors.own import get_settings
from notices.services.addresses import (
    AddressInvalid,
    AddressUnreachable,
    ChannelNotOffered,
    CodeNotSent,
    CodeOver,
    CodeWrong,
    NotBound,
    bind_wechat,
    enter_address,
    erase_of_deactivated,
    remove_address,
    verify_address,
)
from notices.services.choices import Chosen, DailyLimitInvalid, QuietHoursInvalid, TopicNotYours, choose
from tests.builders import HOUR, NOW, Marketplace, person
from tests.notices.people import has_address, wants
from tests.notices.sms_server import SmsService
from tests.notices.smtp_server import Smtp
from tests.wechat.wechat_server import WeChat

pytestmark = pytest.mark.django_db


def enter_phone(actor: Actor, value: str = "139 1234 5678", *, now: datetime = NOW) -> None:
    enter_address(actor=actor, channel=Channel.SMS, value=value, now=now)


def test_a_phone_is_verified_by_the_code_that_was_sent_to_it(sms: SmsService) -> None:
    amy = person(Role.RESELLER)
    enter_phone(amy, "+86 139-1234-5678")
    [message] = sms.messages
    assert message["to"] == "13912345678"
    view = get_settings(amy, at=NOW).addresses[Channel.SMS]
    assert (view.shown, view.is_verified, view.is_waiting) == ("139****5678", False, True)
    verify_address(actor=amy, channel=Channel.SMS, code=f" {message['code']} ", now=NOW + CODE_LIFE / 2)
    view = get_settings(amy, at=NOW).addresses[Channel.SMS]
    assert (view.is_verified, view.is_waiting) == (True, False)
    row = Address.objects.get()
    assert (row.code_digest, message["code"] in str(vars(row))) == ("", False)


def test_a_mail_address_is_verified_in_her_language(smtp: Smtp) -> None:
    amy = person(Role.BRAND)
    wants(amy, language="en")
    enter_address(actor=amy, channel=Channel.MAIL, value=" Amy@Example.COM ", now=NOW)
    [mail] = smtp.mails
    assert mail["To"] == "Amy@example.com"
    code = mail.get_content().split("code is ")[1][:6]
    verify_address(actor=amy, channel=Channel.MAIL, code=code, now=NOW)
    assert get_settings(amy, at=NOW).addresses[Channel.MAIL].shown == "A***@example.com"


def test_a_wrong_code_is_refused_and_after_some_any_code(sms: SmsService) -> None:
    amy = person(Role.RESELLER)
    enter_phone(amy)
    right = sms.messages[0]["code"]
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for left in reversed(range(MAX_CODE_ATTEMPTS)):
        with pytest.raises(CodeWrong) as refused:
            verify_address(actor=amy, channel=Channel.SMS, code=wrong, now=NOW)
        assert refused.value.attempts_left == left
    with pytest.raises(CodeOver):
        verify_address(actor=amy, channel=Channel.SMS, code=right, now=NOW)
    assert Address.objects.get().verified_at is None


@pytest.mark.parametrize("who", ["late", "other", "none"])
def test_a_code_works_in_time_and_for_its_person_only(sms: SmsService, who: str) -> None:
    amy, bea = person(Role.RESELLER), person(Role.RESELLER)
    if who != "none":
        enter_phone(amy)
    code = sms.messages[0]["code"] if sms.messages else "123456"
    actor, at = (bea, NOW) if who == "other" else (amy, NOW + (CODE_LIFE if who == "late" else 0 * HOUR))
    with pytest.raises(CodeOver):
        verify_address(actor=actor, channel=Channel.SMS, code=code, now=at)
    assert not Address.objects.filter(verified_at__isnull=False).exists()


@pytest.mark.parametrize(
    "value", ["", "12345", "23912345678", "139123456789", "amy@example.com", "１３９１２３４５６７８x"]
)
def test_what_is_no_mobile_number_is_refused(sms: SmsService, value: str) -> None:
    with pytest.raises(AddressInvalid):
        enter_phone(person(Role.RESELLER), value)
    assert (Address.objects.count(), sms.messages) == (0, [])


@pytest.mark.parametrize(
    "value",
    ["", "amy", "amy@", "@x.com", "amy@localhost", "a b@x.com", "amy@x.com\nBcc: bea@x.com", f"{'a' * 65}@x.com"],
)
def test_what_is_no_mail_address_is_refused(smtp: Smtp, value: str) -> None:
    with pytest.raises(AddressInvalid):
        enter_address(actor=person(Role.RESELLER), channel=Channel.MAIL, value=value, now=NOW)
    assert (Address.objects.count(), smtp.mails) == (0, [])


@pytest.mark.parametrize(
    ("fault", "refusal"), [("isv.MOBILE_NUMBER_ILLEGAL", AddressUnreachable), ("isv.AMOUNT_NOT_ENOUGH", CodeNotSent)]
)
def test_an_address_to_which_no_code_can_be_sent_is_refused_and_the_old_one_stays(
    sms: SmsService, fault: str, refusal: type[Refusal]
) -> None:
    amy = person(Role.RESELLER)
    has_address(amy, Channel.SMS, "13800138000")
    sms.faults = [fault]
    with pytest.raises(refusal):
        enter_phone(amy)
    row = Address.objects.get()
    assert (row.value, row.verified_at) == ("13800138000", NOW)


def test_codes_are_limited_per_address_and_per_person(sms: SmsService) -> None:
    amy, bea = person(Role.RESELLER), person(Role.RESELLER)
    for actor in (amy, bea, amy):
        enter_phone(actor)
    with pytest.raises(TooManyAttempts):
        enter_phone(bea)
    for tail in range(4):
        enter_phone(amy, f"1391234000{tail}")
    with pytest.raises(TooManyAttempts):
        enter_phone(amy, "13912340009")
    assert len(sms.messages) == 7
    enter_phone(bea, now=NOW + HOUR + timedelta(seconds=1))


def test_channels_that_are_not_offered_are_refused(settings: Settings) -> None:
    amy = person(Role.RESELLER)
    for channel in Channel:
        with pytest.raises(ChannelNotOffered):
            enter_address(actor=amy, channel=channel, value="13912345678", now=NOW)
    with pytest.raises(ChannelNotOffered):
        bind_wechat(actor=amy, code="c", now=NOW)
    assert Address.objects.count() == 0


def test_wechat_is_bound_by_a_code_that_works_once(wechat: WeChat) -> None:
    amy = person(Role.RESELLER)
    wechat.codes["c1"] = "o-amy"
    bind_wechat(actor=amy, code="c1", now=NOW)
    row = Address.objects.get()
    assert (row.value, row.verified_at) == ("o-amy", NOW)
    for code in ("c1", "nothing"):
        with pytest.raises(NotBound):
            bind_wechat(actor=amy, code=code, now=NOW)
    assert get_settings(amy, at=NOW).addresses[Channel.WECHAT].shown == "***-amy"


def test_the_audit_log_holds_no_address(sms: SmsService, wechat: WeChat) -> None:
    amy = person(Role.RESELLER)
    wechat.codes["c1"] = "o-amy"
    enter_phone(amy)
    verify_address(actor=amy, channel=Channel.SMS, code=sms.messages[0]["code"], now=NOW)
    bind_wechat(actor=amy, code="c1", now=NOW)
    remove_address(actor=amy, channel=Channel.SMS, now=NOW)
    remove_address(actor=amy, channel=Channel.SMS, now=NOW)
    entries = AuditEntry.objects.filter(action__startswith="notices.").order_by("pk")
    assert [(each.action, each.details) for each in entries] == [
        ("notices.enter_address", {"channel": "sms"}), ("notices.verify_address", {"channel": "sms"}),
        ("notices.bind_wechat", {"channel": "wechat"}), ("notices.remove_address", {"channel": "sms"}),
    ]  # fmt: skip
    assert Address.objects.get().channel == "wechat"


def test_everything_of_somebody_who_was_deactivated_is_erased(sms: SmsService) -> None:
    market = Marketplace()
    amy, bea = market.reseller(), market.reseller()
    for each in (amy, bea):
        wants(each.actor, (Topic.WISH, Channel.SMS))
        has_address(each.actor, Channel.SMS)
    deactivate(actor=market.ops, person_id=amy.actor.own_id, reason="test", now=NOW)
    assert erase_of_deactivated(now=NOW) == 1
    assert erase_of_deactivated(now=NOW) == 0
    for model in (Address, Preference, DeliveryChoice):
        assert [each.person_id for each in model.objects.all()] == [bea.actor.own_id]
    assert Notice.objects.count() == 0


def chosen(**changes: object) -> Chosen:
    usual = {
        "wanted": (),
        "quiet_from": None,
        "quiet_until": None,
        "urgent_passes": False,
        "max_per_day": 5,
        "language": "zh",
    }
    return Chosen(**usual | changes)  # type: ignore[arg-type]


def test_choices_replace_those_before_and_keep_their_periods() -> None:
    amy = person(Role.RESELLER)
    wants(amy, (Topic.WISH, Channel.SMS), (Topic.PAID, Channel.MAIL))
    wants(amy, (Topic.WISH, Channel.SMS), quiet=(1320, 480), language="en", now=NOW + HOUR)
    view = get_settings(amy, at=NOW)
    assert view.wanted == {(Topic.WISH, Channel.SMS)}
    assert view.choices == Choices(QuietHours(1320, 480), False, 20, "en")
    assert sorted(Preference.objects.values_list("topic", "on_at", "off_at")) == [
        ("paid", NOW, NOW + HOUR), ("wish", NOW, None),
    ]  # fmt: skip
    assert sorted(DeliveryChoice.objects.values_list("from_at", "until_at")) == [
        (NOW, NOW + HOUR), (NOW + HOUR, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"wanted": [(Topic.TO_SHIP, Channel.SMS)]}, TopicNotYours),
        ({"quiet_from": 60}, QuietHoursInvalid),
        ({"quiet_until": 60}, QuietHoursInvalid),
        ({"quiet_from": 60, "quiet_until": 60}, QuietHoursInvalid),
        ({"max_per_day": 0}, DailyLimitInvalid),
        ({"max_per_day": 201}, DailyLimitInvalid),
    ],
)
def test_choices_that_make_no_sense_are_refused(changes: dict[str, object], refusal: type[Refusal]) -> None:
    amy = person(Role.RESELLER)
    wants(amy, (Topic.WISH, Channel.SMS))
    with pytest.raises(refusal):
        choose(actor=amy, chosen=chosen(**changes), now=NOW + HOUR)
    assert get_settings(amy, at=NOW).wanted == {(Topic.WISH, Channel.SMS)}
    assert DeliveryChoice.objects.count() == 1
