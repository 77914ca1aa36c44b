"""The page on which everybody chooses notices, the binding of WeChat, the log, and the figures of ops."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Person
from accounts.rules import Actor, Role
from notices.models import Address, Notice, Preference
from notices.rules import Channel, Choices, QuietHours, Topic
from notices.selectors.own import get_settings
from tests.builders import NOW, person
from tests.notices.people import has_address, wants
from tests.notices.sms_server import SmsService
from tests.notices.smtp_server import Smtp
from tests.wechat.wechat_server import APP_ID, WeChat

pytestmark = pytest.mark.django_db

FORM = {"max_per_day": "9", "language": "en", "quiet_from": "22:00", "quiet_until": "08:00", "urgent_passes": "on"}


def signed_in(actor: Actor) -> Client:
    client = Client(headers={"accept": "text/html"})
    client.force_login(Person.objects.get(pk=actor.own_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


def said(client: Client, address: str = "/notices/") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def notice(actor: Actor, *, number: int = 1, state: str = "failed", why: str = "bad_address:550") -> None:
    Notice.objects.create(
        event_id=number, person_id=actor.own_id, channel="mail", topic="wish", subject_kind="wish", subject_id=1, state=state,
        why=why, occurred_at=NOW, created_at=NOW, due_at=NOW, next_attempt_at=NOW, attempts=1, claimed_at=NOW, ended_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("role", "own", "others"),
    [
        (Role.RESELLER, "wish/mail", "to_ship/mail"),
        (Role.BRAND, "to_ship/mail", "wish/mail"),
        (Role.OPS, "case/mail", "wish/mail"),
        (Role.FINANCE, "case/mail", "wish/mail"),
    ],
)
def test_each_role_chooses_among_its_topics_and_the_channels_that_are_on(
    smtp: Smtp, role: Role, own: str, others: str
) -> None:
    page = said(signed_in(person(role)))
    assert f'value="{own}"' in page
    assert f'value="{others}"' not in page
    assert "/sms" not in page


def test_what_is_chosen_is_kept_and_shown(smtp: Smtp, sms: SmsService) -> None:
    amy = person(Role.RESELLER)
    client = signed_in(amy)
    answer = client.post("/notices/", FORM | {"wanted": ["wish/mail", "paid/sms", "to_ship/mail", "nonsense"]})
    assert answer.status_code == 302
    view = get_settings(amy, at=NOW)
    assert view.wanted == {(Topic.WISH, Channel.MAIL), (Topic.PAID, Channel.SMS)}
    assert view.choices == Choices(QuietHours(22 * 60, 8 * 60), True, 9, "en")
    page = said(client)
    assert page.count("checked") == 3
    assert 'value="22:00"' in page


def test_a_channel_that_is_off_for_now_keeps_what_was_chosen(smtp: Smtp) -> None:
    amy = person(Role.RESELLER)
    wants(amy, (Topic.PAID, Channel.SMS))
    signed_in(amy).post("/notices/", FORM | {"wanted": ["wish/mail"]})
    assert get_settings(amy, at=NOW).wanted == {(Topic.WISH, Channel.MAIL), (Topic.PAID, Channel.SMS)}


@pytest.mark.parametrize(
    "change", [{"quiet_until": ""}, {"max_per_day": "0"}, {"quiet_from": "25:00"}, {"language": "fr"}]
)
def test_a_refused_form_changes_nothing_and_keeps_what_was_ticked(smtp: Smtp, change: dict[str, str]) -> None:
    amy = person(Role.RESELLER)
    answer = signed_in(amy).post("/notices/", FORM | change | {"wanted": ["wish/mail"]})
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "data-faults" in page
    assert page.count("checked") == 2
    assert Preference.objects.count() == 0


def test_an_address_is_entered_verified_and_removed_on_the_page(sms: SmsService) -> None:
    amy = person(Role.RESELLER)
    client = signed_in(amy)
    client.post("/notices/address/", {"channel": "sms", "value": "13912345678"})
    page = said(client)
    assert "139****5678" in page
    assert "13912345678" not in page
    assert "待验证" in page
    client.post("/notices/address/verify/", {"channel": "sms", "code": sms.messages[0]["code"]})
    assert "可用" in said(client)
    client.post("/notices/address/remove/", {"channel": "sms"})
    assert Address.objects.count() == 0


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("/notices/address/", {"channel": "sms", "value": "12"}),
        ("/notices/address/", {"channel": "wechat", "value": "o-amy"}),
        ("/notices/address/", {}),
        ("/notices/address/verify/", {"channel": "sms", "code": "1"}),
        ("/notices/address/verify/", {"channel": "nonsense", "code": "1"}),
    ],
)
def test_what_is_refused_is_said_on_the_page(sms: SmsService, address: str, form: dict[str, str]) -> None:
    client = signed_in(person(Role.RESELLER))
    answer = client.post(address, form, follow=True)
    assert answer.status_code == 200
    assert "alert" in answer.content.decode()
    assert Address.objects.count() == 0


def test_wechat_is_bound_only_with_the_state_that_this_session_gave_out(wechat: WeChat) -> None:
    amy = person(Role.RESELLER)
    client = signed_in(amy)
    answer = client.post("/notices/wechat/authorize/")
    sent = urlsplit(answer["Location"])
    query = {name: values[0] for name, values in parse_qs(sent.query).items()}
    assert (sent.netloc, sent.path, sent.fragment) == (
        "open.weixin.qq.com",
        "/connect/oauth2/authorize",
        "wechat_redirect",
    )
    assert (query["appid"], query["scope"], query["redirect_uri"]) == (
        APP_ID, "snsapi_base", "http://testserver/notices/wechat/",
    )  # fmt: skip
    wechat.codes["c1"] = "o-amy"
    for state in ("", "forged"):
        client.get("/notices/wechat/", {"code": "c1", "state": state})
        assert Address.objects.count() == 0
    # A state that came back once is used up, even with a forged one.
    client.get("/notices/wechat/", {"code": "c1", "state": query["state"]})
    assert Address.objects.count() == 0
    state = parse_qs(urlsplit(client.post("/notices/wechat/authorize/")["Location"]).query)["state"][0]
    other = signed_in(person(Role.RESELLER))
    other.get("/notices/wechat/", {"code": "c1", "state": state})
    assert Address.objects.count() == 0
    client.get("/notices/wechat/", {"code": "c1", "state": state})
    assert Address.objects.get().person_id == amy.own_id


def test_an_address_that_a_provider_switched_off_says_why(smtp: Smtp) -> None:
    amy = person(Role.RESELLER)
    has_address(amy, Channel.MAIL)
    Address.objects.update(off_at=NOW, off_code="550")
    page = said(signed_in(amy))
    assert "已停用" in page
    assert "地址收不到或已拒收 (550)" in page


def test_the_log_shows_ones_own_notices_only(smtp: Smtp) -> None:
    amy, bea = person(Role.RESELLER), person(Role.RESELLER)
    notice(amy)
    assert "未送达" in said(signed_in(amy))
    assert "未送达" not in said(signed_in(bea))
    body = signed_in(amy).get("/api/v1/notices?state=failed").json()
    assert [(each["channel"], each["why"]) for each in body["items"]] == [("mail", "bad_address:550")]
    assert signed_in(amy).get("/api/v1/notices?state=sent").json()["items"] == []


def test_ops_see_figures_and_nobody_else_does(smtp: Smtp) -> None:
    amy, ops = person(Role.RESELLER), person(Role.OPS)
    for number in (1, 2):
        notice(amy, number=number)
    Notice.objects.update(created_at="2026-11-30T00:00:00Z")
    figures = signed_in(ops).get("/api/v1/ops/notices/figures")
    assert figures.status_code == 200
    assert signed_in(amy).get("/api/v1/ops/notices/figures").status_code == 403
    assert "通知发送情况" in said(signed_in(ops), "/console/notice-figures/")
