"""The table of carriers, which ops edit (ORDER-9)."""

from dataclasses import replace

import pytest
from django.test import Client

from accounts.models import AuditEntry, Person
from accounts.rules import NotAllowed
from orders.models.shipping import Carrier
from orders.selectors.carriers import CarrierDraft, carrier_table, get_carrier
from orders.services.carriers import (
    CarrierSpellingTaken,
    InvalidCarrier,
    InvalidNumberPattern,
    change_carrier,
    create_carrier,
)
from tests.builders import NOW, Marketplace

pytestmark = pytest.mark.django_db
NEW = CarrierDraft(
    code="ABC", name="飞毛腿快递", name_en="Swift Express", aliases=("飞毛腿",), number_patterns=(r"FMT\d{10}",)
)

# The names and codes that brands write, with the carrier that each means; "" where it is none of the table.
WRITTEN = {
    "SF": "顺丰速运", "HTKY": "百世快递", "YZPY": "邮政快递包裹", "HHTT": "天天快递", "JTSD": "极兔速递",
    "shunfeng": "顺丰速运", "youzhengguonei": "邮政快递包裹", "jtexpress": "极兔速递", "ＳＦ Express": "顺丰速运",
    "邮政特快专递": "邮政EMS", "EMS特快专递": "邮政EMS", "中国邮政快递包裹": "邮政快递包裹", "汇通快递": "百世快递",
    "丹鸟快递": "菜鸟速递", "ZTO Express": "中通快递", "J&T Express": "极兔速递", "JD Logistics": "京东快递", "Deppon": "德邦快递",
    "中通快运": "中通快运", "顺丰同城急送": "顺丰同城", "圆通": "圆通速递", "圆通快": "", "顺丰速运公司": "", "快递": "", "": "",
}  # fmt: skip


def test_carriers_are_found_by_whole_spellings_only() -> None:
    table = carrier_table()
    found = {text: carrier.name if (carrier := table.find(text)) else "" for text in WRITTEN}
    assert found == WRITTEN


def test_numbers_suggest_carriers() -> None:
    table = carrier_table()
    assert [each.code for each in table.suggest("SF1234567890123")] == ["SF"]
    assert table.suggest("X1") == []


def test_create_carrier_is_known_at_once_and_audited() -> None:
    market = Marketplace()
    view = create_carrier(actor=market.ops, draft=NEW, now=NOW)
    found = carrier_table().find("飞毛腿")
    assert found is not None
    assert found.id == view.id
    [entry] = AuditEntry.objects.filter(action="orders.create_carrier")
    assert (entry.subject_id, entry.details["name"]) == (view.id, "飞毛腿快递")


def test_change_carrier_records_what_changed() -> None:
    market = Marketplace()
    view = create_carrier(actor=market.ops, draft=NEW, now=NOW)
    change_carrier(actor=market.ops, carrier_id=view.id, draft=replace(NEW, is_active=False), now=NOW)
    assert not get_carrier(view.id).is_active
    [entry] = AuditEntry.objects.filter(action="orders.change_carrier")
    assert entry.details == {"is_active": {"from": True, "to": False}}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"aliases": ("顺丰",)}, CarrierSpellingTaken),
        ({"code": "sf"}, CarrierSpellingTaken),
        ({"name": ""}, InvalidCarrier),
        ({"name": "飞" * 31}, InvalidCarrier),
        ({"aliases": ("x" * 41,)}, InvalidCarrier),
        ({"number_patterns": ("(",)}, InvalidNumberPattern),
        ({"number_patterns": ("(a+)+",)}, InvalidNumberPattern),
        ({"number_patterns": ("a" * 101,)}, InvalidNumberPattern),
    ],
)
def test_create_carrier_refuses(change: dict[str, object], refusal: type[Exception]) -> None:
    market, before = Marketplace(), Carrier.objects.count()
    with pytest.raises(refusal):
        create_carrier(actor=market.ops, draft=replace(NEW, **change), now=NOW)  # type: ignore[arg-type]
    assert Carrier.objects.count() == before


def test_create_carrier_by_a_brand_is_refused() -> None:
    with pytest.raises(NotAllowed):
        create_carrier(actor=Marketplace().clerk, draft=NEW, now=NOW)


def test_ops_change_a_carrier_on_its_page() -> None:
    market = Marketplace()
    client = Client()
    client.force_login(Person.objects.get(pk=market.ops.own_id))
    row = Carrier.objects.get(code="SF")
    assert "顺丰速运" in client.get("/console/carriers/").content.decode()
    fields = {
        "name": row.name, "name_en": row.name_en, "code": row.code, "aliases": "顺丰\r\n顺丰特惠", "kuaidi100_code": "shunfeng",
        "kdniao_code": "SF", "number_patterns": r"SF\d{13}", "is_active": "on",
    }  # fmt: skip
    sent = {f"change-{name}": value for name, value in fields.items()} | {"form_action": "change"}
    assert client.post(f"/console/carriers/{row.pk}/", sent).status_code == 302
    assert get_carrier(row.pk).aliases == ["顺丰", "顺丰特惠"]
