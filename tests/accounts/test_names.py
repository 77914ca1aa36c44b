"""ACCOUNT-6: which names and logins are refused, of people, recipients and whoever leaves a wish."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.models import Person
from accounts.rules import SYSTEM, Role, identifies_owner, is_reserved_name, normalized_login
from accounts.services import names, sign_in
from accounts.services import people as accounts_people
from brands import services as brands
from forwarding.models import Wish
from forwarding.rules.wishes import PickedUnits
from forwarding.services import forwards, prices, wishes
from inventory.models import Sku
from orders.models.recipients import Recipient
from orders.services import recipients as orders_recipients
from tests.builders import NOW, PASSWORD, Marketplace, item_of

RESERVED = [
    "系统",
    "OPS",
    "Finance",
    " 系 统 ",
    "ｏｐｓ",
    "o.p.s",
    "「系统」",
    "财务",
    "运营",
    "weicang",
    "尾仓",
    "官方",
    "尾仓 客服",
]


@pytest.mark.parametrize("name", RESERVED)
def test_names_of_the_platform_are_reserved_however_they_are_written(name: str) -> None:
    assert is_reserved_name(name)
    assert is_reserved_name(name, Role.RESELLER)
    assert is_reserved_name(name, Role.BRAND)


def test_the_platforms_own_staff_may_have_its_names_and_nobody_has_those_of_the_system() -> None:
    assert not is_reserved_name("ops", Role.OPS)
    assert not is_reserved_name("财务", Role.FINANCE)
    assert is_reserved_name("系统", Role.OPS)
    assert is_reserved_name("System", Role.FINANCE)


@pytest.mark.parametrize("name", ["ops1", "小运", "财务小吴", "系统集成王工", "Finn"])
def test_names_that_only_hold_such_a_word_are_not_reserved(name: str) -> None:
    assert not is_reserved_name(name)


@given(st.text())
def test_normalized_login_has_one_form(login: str) -> None:
    once = normalized_login(login)
    assert normalized_login(once) == once
    assert normalized_login(login.upper()) == normalized_login(login.upper().lower())


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "86", "+86 ", "0086-"]))
def test_a_phone_number_is_one_login_however_it_is_written(phone: str, prefix: str) -> None:
    assert normalized_login(f"{prefix}{phone[:3]} {phone[3:7]}-{phone[7:]}") == phone
    assert normalized_login(phone) == phone


@pytest.mark.parametrize("login", ["li li", "138 0013 800", "shop-13800138000", "010-6234 5678"])
def test_normalized_login_keeps_spaces_and_hyphens_of_other_logins(login: str) -> None:
    assert normalized_login(f" {login} ") == login


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["", "86", "+86 ", "0086-"]))
def test_a_phone_number_is_found_in_a_password_however_it_is_written(phone: str, prefix: str) -> None:
    spaced = f"{prefix}{phone[:3]} {phone[3:7]}-{phone[7:]}"
    assert identifies_owner(spaced, login=phone, name="丽丽")
    assert identifies_owner(phone, login=prefix + phone, name="丽丽")
    assert not identifies_owner(phone + "a", login=phone, name="丽丽")
    assert not identifies_owner(phone[::-1] + "1", login=phone, name="丽丽")


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["login", "name"])
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "accounts.invalid_name"),
        ("   ", "accounts.invalid_name"),
        ("长" * 81, "accounts.invalid_name"),
        ("丽\u200b丽", "accounts.invisible_character"),
        ("丽\x00丽", "accounts.invisible_character"),
        ("系统", "accounts.reserved_name"),
        ("ops", "accounts.reserved_name"),
        ("finance", "accounts.reserved_name"),
    ],
)
def test_add_person_refuses_names_and_logins_that_mislead(field: str, typed: str, code: str) -> None:
    typed_names = {"login": "lily", "name": "丽丽"} | {field: typed}
    with pytest.raises(names.NameRefusal) as refused:
        accounts_people.add_person(actor=SYSTEM, role=Role.RESELLER, password=PASSWORD, now=NOW, **typed_names)
    assert refused.value.code == code
    assert refused.value.field == field
    assert refused.value.sentence("zh").startswith({"login": "登录名", "name": "姓名"}[field])
    assert not Person.objects.exists()


@pytest.mark.django_db
def test_logins_in_two_spellings_of_unicode_are_one() -> None:
    added = accounts_people.add_person(
        actor=SYSTEM, login="Ame\u0301lie", name="Ame\u0301lie", role=Role.RESELLER, password=PASSWORD, now=NOW
    )
    row = Person.objects.get(pk=added.own_id)
    assert (row.login, row.name) == ("amélie", "Amélie")
    with pytest.raises(accounts_people.LoginTaken):
        accounts_people.add_person(
            actor=SYSTEM, login="AMÉLIE", name="别人", role=Role.RESELLER, password=PASSWORD, now=NOW
        )
    assert sign_in.verify_sign_in(login="AME\u0301LIE", password=PASSWORD, address="", now=NOW) == row


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["王\u200b小美", "王\n小美", "系统", "ops", "Finance"])
def test_names_of_recipients_customers_and_clerks_follow_the_same_rule(name: str) -> None:
    market = Marketplace()
    sku = market.sku()
    sale_id, style_id = market.sale(sku), Sku.objects.get(pk=sku).style_id
    daigou = market.reseller()
    prices.set_retail_price(actor=daigou.actor, sale_id=sale_id, style_id=style_id, price_fen=199_00, now=NOW)
    token = forwards.create_forward(actor=daigou.actor, sale_id=sale_id, style_id=style_id, now=NOW).token
    people, recipients = Person.objects.count(), Recipient.objects.count()
    with pytest.raises(names.NameRefusal):
        orders_recipients.add_recipient(
            actor=daigou.actor, name=name, phone="13912345678", address="杭州市西湖区文三路 1 号", now=NOW
        )
    with pytest.raises(names.NameRefusal):
        wishes.create_wish(
            token=token,
            lines=[PickedUnits(item_of(sale_id, sku), 1)],
            fields=wishes.WishFields(name),
            visitor="v",
            network="",
            key="k",
            now=NOW,
        )
    with pytest.raises(names.NameRefusal):
        brands.add_clerk(
            actor=market.ops, brand_id=market.brand_id, login="clerk", name=name, password=PASSWORD, now=NOW
        )
    assert (Person.objects.count(), Recipient.objects.count(), Wish.objects.count()) == (people, recipients, 0)


@pytest.mark.django_db
def test_a_brand_name_with_an_invisible_character_is_refused() -> None:
    market = Marketplace()
    with pytest.raises(brands.InvalidFigure):
        market.brand(name="青\u200b禾")
    market.brand(name="Cafe\u0301  Noir")
    with pytest.raises(brands.BrandNameTaken):
        market.brand(name="Café Noir")


@pytest.mark.django_db
def test_an_address_from_a_phones_contacts_is_kept_without_what_cannot_be_seen() -> None:
    daigou = Marketplace().reseller()
    pasted = "林小姐\u200b \u202d13800138000\u202c 浙江省杭州市\ufeff西湖区文三路478号"
    read = orders_recipients.propose_recipient(pasted)
    assert (read.name, read.phone, read.address) == ("林小姐", "13800138000", "浙江省杭州市西湖区文三路478号")
    typed = orders_recipients.add_recipient(
        actor=daigou.actor,
        name="林小姐\u3000",
        phone="\u202d138 0013 8000\u202c",
        address="浙江省杭州市\ufeff西湖区文三路 478 号",
        now=NOW,
    )
    assert (typed.name, typed.phone, typed.address) == ("林小姐", "13800138000", "浙江省杭州市西湖区文三路 478 号")


# ACCOUNT-7
@pytest.mark.django_db
def test_recipients_of_one_person_are_limited_and_the_refusal_says_what_to_do(settings: Settings) -> None:
    settings.MAX_RECIPIENTS = 3
    daigou = Marketplace().reseller()  # who has one

    def add(number: int, later: timedelta = timedelta()) -> int:
        return orders_recipients.add_recipient(
            actor=daigou.actor,
            name=f"顾客{number}",
            phone="13912345678",
            address="浙江省杭州市西湖区文三路 478 号",
            now=NOW + later,
        ).id

    first, second = add(1), add(2)
    with pytest.raises(orders_recipients.TooManyRecipients) as refused:
        add(3)
    assert (refused.value.status, refused.value.limit) == (409, 3)
    assert "移除" in refused.value.sentence("zh")
    assert add(1) == first
    orders_recipients.hide_recipient(actor=daigou.actor, recipient_id=second, now=NOW)
    with pytest.raises(orders_recipients.TooManyRecipients):
        add(3, later=timedelta(hours=24) - timedelta(seconds=1))
    assert Recipient.objects.count() == 3
    add(3, later=timedelta(hours=24))
    assert Recipient.objects.count() == 4
