"""ORDER-5: what was read from a pasted text is proposed, and entered only when the three fields were confirmed."""

import pytest
from django.test import Client

from accounts.models import Person
from orders.models.recipients import Recipient
from orders.services import recipients
from orders.services.recipients import InvalidRecipient
from tests.builders import NOW, Daigou, Marketplace

pytestmark = pytest.mark.django_db

PASTED = "王小美 13800138000 浙江省杭州市西湖区文三路478号 310012"
READ = {"name": "王小美", "phone": "13800138000", "address": "浙江省杭州市西湖区文三路478号"}


@pytest.fixture
def daigou() -> Daigou:
    return Marketplace().reseller()


def client_of(daigou: Daigou) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=daigou.actor.own_id))
    return client


def entered(daigou: Daigou) -> int:
    return Recipient.objects.filter(reseller=daigou.id).count()


def test_read_recipient_proposes_and_creates_nothing(daigou: Daigou) -> None:
    answer = client_of(daigou).post("/api/v1/recipients/read", {"pasted": PASTED}, content_type="application/json")
    parts = {"province": "浙江省", "city": "杭州市", "county": "西湖区", "street": "文三路478号"}
    proposal = READ | parts | {"pasted": PASTED, "unused_text": ["310012"], "is_complete": True}
    assert (answer.status_code, answer.json(), entered(daigou)) == (200, proposal, 1)


@pytest.mark.parametrize("given", [{}, {"name": "王美"}, {"name": "王美", "phone": "13800138000"}])
def test_add_recipient_with_a_pasted_text_only_is_refused_with_the_proposal(
    daigou: Daigou, given: dict[str, str]
) -> None:
    answer = client_of(daigou).post("/api/v1/recipients", {"pasted": PASTED} | given, content_type="application/json")
    told = answer.json()
    assert (answer.status_code, told["code"], entered(daigou)) == (422, "orders.recipient_not_confirmed", 1)
    assert told["fields"] == READ | given | {"pasted": PASTED, "unused_text": ["310012"]}


def test_add_recipient_with_confirmed_fields_and_the_pasted_text(daigou: Daigou) -> None:
    mended = READ | {"name": "王美", "phone": "+86 138-0013-8000"}
    answer = client_of(daigou).post("/api/v1/recipients", {"pasted": PASTED} | mended, content_type="application/json")
    told = answer.json()
    told.pop("id")
    assert (answer.status_code, told) == (201, READ | {"name": "王美"})


def test_add_recipient_with_an_invalid_number_says_so(daigou: Daigou) -> None:
    with pytest.raises(InvalidRecipient) as caught:
        recipients.add_recipient(actor=daigou.actor, name="王美", phone="12345", address="", now=NOW)
    assert caught.value.faulty == ["phone", "address"]
    assert caught.value.sentence("zh").startswith("收货信息不能用：电话“12345”不能用，请填 11 位手机号")
    assert "the address is missing" in caught.value.sentence("en")
    assert entered(daigou) == 1


def test_recipients_page_shows_the_proposal_and_the_unused_text(daigou: Daigou) -> None:
    page = client_of(daigou).post("/shop/recipients/", {"pasted": PASTED}).content.decode()
    assert all(f'value="{READ[name]}"' in page for name in ("name", "phone"))
    assert PASTED in page
    assert "没有用上的文字：310012" in page
    assert "浙江省 杭州市 西湖区" in " ".join(page.split())
    assert entered(daigou) == 1


def test_an_address_without_a_place_is_shown_for_checking(daigou: Daigou) -> None:
    page = (
        client_of(daigou)
        .post("/shop/recipients/", {"pasted": "王小美 13800138000 阳光花园3号楼1201室"})
        .content.decode()
    )
    assert "地址里没有认出省市区" in page
    assert entered(daigou) == 1
