"""An evening of the reseller in the live sale, played over HTTP after the walk: every page has something real on it for those who sign in.

A group list becomes wishes, wishes become one order, addresses are pasted, a workbook is ordered; the brand ships a part, says what it
does not have, and ops find complaints with photos and questions. What does not add up raises Refused.
"""

import io
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, islice
from typing import Any

import httpx
import openpyxl

from demo.customer import Customer
from demo.people import Person, hold, photo_of_a_fault

PRICED_STYLES = 4
READ_SECONDS = 60.0
GROUP = (
    "王芳 13912340001 浙江省杭州市西湖区文三路 1 号",
    "李雷 13912340002 上海市徐汇区漕溪北路 2 号",
    "赵敏 13912340003 广东省深圳市南山区科技园 3 栋",
    "钱多 13912340004 江苏省南京市鼓楼区中山路 4 号",
)
UNSURE = ("孙倩 13912340005 文三路 5 号 周末前要", "周洁 四川省成都市武侯区人民南路 6 号")
PASTED = (
    "吴迪 13912340007 湖北省武汉市洪山区珞喻路 7 号\n郑爽 18412345678-7804 福建省厦门市思明区湖滨南路 8 号\n"
    "冯远 13912340009 四川省成都市武侯区人民南路 9 号"
)
ON_SHEET = ("陈露", "褚红", "卫平")
WAITING = (("孙倩", "孙倩 13912340021 浙江省杭州市西湖区文三路 5 号"), ("何娜", ""))
"""Customers who wait for a size, and the address that each of them leaves."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part, the sale, and the order of the walk that was shipped."""

    daigou: Person
    clerk: Person
    ops: Person
    finance: Person
    second_finance: Person
    reseller_id: int
    sale_id: int
    shipped_order: dict[str, Any]


def play_evening(cast: Cast) -> Iterator[str]:
    """Play each act, and give the line that says its figures."""
    top_up = {"amount": "6000.00", "reference": "WX-20261122-0002"}
    entered = cast.finance.post(f"/resellers/{cast.reseller_id}/top-ups", top_up)
    cast.second_finance.post("/ops/money-requests/approve", {"request_ids": [entered["id"]]})
    goods = _price_and_forward(cast)
    yield _order_wishes(cast, goods)
    yield _order_for_pasted(cast, goods)
    yield _order_by_workbook(cast, goods)
    yield _ship_parts(cast)
    yield _ask_and_complain(cast)
    if os.environ.get("WEICANG_WECHAT_PAY_URL", "").startswith("http://127.0.0.1:"):
        yield _pay_online_and_refund(cast, goods)
    yield _let_customers_wait(cast)
    yield _fill_cart(cast, goods)


def _price_and_forward(cast: Cast) -> list[dict[str, Any]]:
    """Set the retail prices of a few styles; their items that she may buy, in turns."""
    found = []
    styles = islice(cast.daigou.every("/styles", sale_id=cast.sale_id, available=True), PRICED_STYLES)
    for number, listed in enumerate(styles, 1):
        path = f"/sales/{cast.sale_id}/styles/{listed['style_id']}"
        asked = f"{min(int(Decimal(listed['from_price']) * 2), int(Decimal(listed['tag_price'])))}.00"
        cast.daigou.put(f"{path}/retail-price", {"price": asked, "below_cost_confirmed": True})
        style = cast.daigou.get(path)
        found.append(
            [
                item | {"style_no": style["style_no"], "number": number}
                for item in style["items"]
                if item["max_units"] > 2
            ]
        )
    return [item for items in zip(*found, strict=False) for item in items]


def _order_wishes(cast: Cast, goods: Sequence[dict[str, Any]]) -> str:
    forward = cast.daigou.post("/forwards", {"sale_id": cast.sale_id})
    wanted = islice(cycle(goods), len(GROUP) + len(UNSURE))
    entries = [
        f"{place}. {item['number']}号 {item['colour']} {item['size']} 1件 {contact}"
        for place, (item, contact) in enumerate(zip(wanted, GROUP + UNSURE, strict=False), 1)
    ]
    text = "\n".join(["#接龙 今晚返场", *entries])
    path = f"/forwards/{forward['id']}/group-list"
    preview = cast.daigou.post(f"{path}/preview", {"text": text})
    made = cast.daigou.post(path, {"text": text, "version": preview["version"], "key": secrets.token_hex(8)})
    open_wishes = cast.daigou.get("/wishes/open")["items"]
    ready = [each for each in open_wishes if each["can_be_ordered"]]
    hold(
        len(ready) == len(GROUP),
        f"{len(GROUP)} wishes can be ordered at once, not {len(ready)} of {len(made['wishes'])}",
    )
    choices = [{"wish_id": each["wish"]["id"], "version": each["version"], "prices": each["prices"]} for each in ready]
    result = cast.daigou.post("/wishes/order", {"wishes": choices, "key": secrets.token_hex(8)})
    hold(result["order"]["state"] == "paid", "the wishes are one order, which is paid")
    return (
        f"9 a group list became {len(made['wishes'])} wishes; {len(ready)} of them one order of ¥{result['order']['total']}, "
        f"{len(open_wishes) - len(ready)} wait for a correction"
    )


def _order_for_pasted(cast: Cast, goods: Sequence[dict[str, Any]]) -> str:
    """Many addresses at once; two goods for the first recipient, so that a parcel can hold a part of them."""
    read = cast.daigou.post("/recipients/read-list", {"pasted": PASTED})
    hold(all(not each["unsure"] for each in read), "the pasted addresses are read without doubt")
    fields = [{name: each["recipient"][name] for name in ("name", "phone", "address")} for each in read]
    people = [cast.daigou.post("/recipients", each)["id"] for each in fields]
    lines = [_line(item, person) for item, person in zip(goods, [people[0], *people], strict=False)]
    total = _place_and_pay(cast, lines)
    return f"9 {len(people)} addresses pasted at once, ordered and paid: ¥{total}"


def _order_by_workbook(cast: Cast, goods: Sequence[dict[str, Any]]) -> str:
    """The template of orders, filled in and sent back."""
    book = openpyxl.load_workbook(io.BytesIO(cast.daigou.file("/order-uploads/template")))
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    for place, (name, item) in enumerate(zip(ON_SHEET, goods, strict=False)):
        line = {
            "订单号": f"微店{2026113000 + place}", "收货人": name, "电话": f"1391234001{place}",
            "收货地址": "浙江省宁波市鄞州区天童南路 10 号", "款号": item["style_no"], "颜色": item["colour"],
            "尺码": item["size"], "数量": 1, "备注": "礼物，不要放价签",
        }  # fmt: skip
        for column, heading in enumerate(headings, 1):
            sheet.cell(place + 2, column, line.get(str(heading).rstrip("*")))
    filled = io.BytesIO()
    book.save(filled)
    upload = cast.daigou.send_bytes("/order-uploads", "今晚订单.xlsx", filled.getvalue())
    path = f"/order-uploads/{upload['id']}"
    give_up_at = time.monotonic() + READ_SECONDS
    while (view := cast.daigou.get(path))["state"] in ("received", "reading"):
        hold(time.monotonic() < give_up_at, f"the workbook of orders is read within {READ_SECONDS:.0f} seconds")
        time.sleep(0.1)
    hold(view["state"] == "preview", f"the workbook of orders can be previewed, not {view['state']}")
    done = cast.daigou.post(f"{path}/commit", {"take": "all", "repeats": "order"})
    return f"9 a workbook of {len(ON_SHEET)} lines became order {done['order']['id']}, ¥{done['order']['total']}"


def _ship_parts(cast: Cast) -> str:
    """Ship one of two lines of a consignment and others whole, report a shortage, and leave the rest to ship."""
    waiting = list(cast.clerk.every("/consignments", state="to_ship"))
    [two, *whole] = sorted(waiting, key=lambda each: -len(each["lines"]))
    first = two["lines"][0]["line_id"]
    parcels = [_parcel(two["id"], "SF1380013800101") | {"lines": [{"line_id": first}]}]
    parcels += [_parcel(each["id"], f"SF13800138002{place:02}") for place, each in enumerate(whole[:4])]
    outcomes = cast.clerk.post("/consignments/ship", {"shipments": parcels})
    hold(len(outcomes) == len(parcels), "every parcel has its outcome")
    short = whole[4]["lines"][0]
    shortage = {"lines": [{"line_id": short["line_id"], "units": 1}], "note": "盘点少一件", "key": secrets.token_hex(8)}
    cast.clerk.post("/shortages", shortage)
    left = len(list(cast.clerk.every("/consignments", state="to_ship")))
    return f"9 青禾 shipped {len(parcels)} parcels, one of them a part of a consignment, and 1 unit short; {left} wait to be shipped"


def _parcel(consignment_id: int, tracking_no: str) -> dict[str, Any]:
    return {"consignment_id": consignment_id, "carrier": "顺丰速运", "tracking_no": tracking_no}


def _ask_and_complain(cast: Cast) -> str:
    """A case that waits for ops, one whose goods are on their way back, and two questions, one of them answered."""
    daigou, ops = cast.daigou, cast.ops
    [photo] = daigou.send_photo(photo_of_a_fault())
    faults = ("扣子掉了", "领口有污渍")
    lines = cast.shipped_order["lines"][-len(faults) :]
    cases = [
        daigou.post(
            "/cases",
            {
                "line_id": line["id"], "units": 1, "reason": "faulty", "evidence": evidence, "photo_ids": [photo["id"]],
                "key": secrets.token_hex(8),
            },
        )
        for line, evidence in zip(lines, faults, strict=True)
    ]  # fmt: skip
    on_its_way = cases[0]["id"]
    ops.post(f"/cases/{on_its_way}/approve", {})
    daigou.post(f"/cases/{on_its_way}/send-back", {"carrier": "顺丰速运", "tracking_no": "SF1380013800301"})
    asked = {"text": "这单能不能赶在周末前到？", "order_id": cast.shipped_order["id"], "key": secrets.token_hex(8)}
    answered = daigou.post("/enquiries", asked)
    answer = {"text": "已经在派送，预计明天到。", "key": secrets.token_hex(8)}
    ops.post(f"/enquiries/{answered['summary']['id']}/messages", answer)
    daigou.post("/enquiries", {"text": "这件有没有平铺尺寸？", "photo_ids": [photo["id"]], "key": secrets.token_hex(8)})
    return f"9 case {cases[1]['id']} waits for ops, goods of case {on_its_way} are on their way back; 1 of 2 questions answered"


def _pay_online_and_refund(cast: Cast, goods: Sequence[dict[str, Any]]) -> str:
    """A piece that is paid through WeChat Pay, on the page of its stand-in, and refunded: the money goes back there by itself."""
    recipient = next(iter(cast.daigou.every("/recipients")))
    order = cast.daigou.post("/orders", {"key": secrets.token_hex(8), "lines": [_line(goods[0], recipient["id"])]})
    asked = {
        "order_ids": [order["id"]],
        "expected_total": order["total"],
        "way": "wechat_qr",
        "key": secrets.token_hex(8),
    }
    begun = cast.daigou.post("/provider-payments", asked)
    httpx.post(begun["pay_address"]).raise_for_status()
    paid = cast.daigou.get(f"/orders/{order['id']}")
    hold(paid["state"] == "paid", f"what she paid through WeChat Pay is paid, not {paid['state']}")
    refund = {"line_id": paid["lines"][0]["id"], "units": 1, "note": "下错了", "key": secrets.token_hex(8)}
    refunded = cast.ops.post("/refunds", refund)
    [back] = cast.daigou.get("/wallet/refunds")
    hold(back["amount"] == refunded["amount"], f"¥{refunded['amount']} go back to their source, not ¥{back['amount']}")
    return f"9 she paid ¥{order['total']} through WeChat Pay; ¥{back['amount']} of it are on their way back there"


def _fill_cart(cast: Cast, goods: Sequence[dict[str, Any]]) -> str:
    recipient = next(iter(cast.daigou.every("/recipients")))
    cast.daigou.post(
        "/orders", {"key": secrets.token_hex(8), "lines": [_line(item, recipient["id"]) for item in goods[-2:]]}
    )
    cart = cast.daigou.get("/cart")
    return f"9 ¥{cart['total']} wait in her cart for their payment"


def _let_customers_wait(cast: Cast) -> str:
    """A size is bought up; customers who see that on her page leave that they wait for it, and she queues for them."""
    item = _buy_up_a_size(cast)
    page = cast.daigou.post("/forwards", {"sale_id": cast.sale_id})["address"]
    for name, address in WAITING:
        Customer(name).wait_for(page, style_id=item["style_id"], item_id=item["item_id"], address=address)
    [waited] = cast.daigou.get("/wishes/waiting")
    hold(waited["units"] == len(WAITING), f"{len(WAITING)} units are waited for, not {waited['units']}")
    line = {"item_id": item["item_id"], "units": 1, "source": waited["wait_source"]}
    [entry] = cast.daigou.post("/waiting-list", {"lines": [line]})
    return (
        f"9 {len(WAITING)} customers wait for {item['style_no']} {item['colour']} {item['size']}, which is sold out; "
        f"丽丽 is number {entry['place']} in line for 1"
    )


def _buy_up_a_size(cast: Cast) -> dict[str, Any]:
    """Order and pay all that is left of the size of which the least is left, and price its style; the item."""
    found = []
    for listed in cast.daigou.every("/styles", sale_id=cast.sale_id, available=True):
        style = cast.daigou.get(f"/sales/{cast.sale_id}/styles/{listed['style_id']}")
        left = [item for item in style["items"] if item["available"]]
        named = {"style_id": listed["style_id"], "style_no": style["style_no"], "tag_price": listed["tag_price"]}
        found += [item | named for item in left if len(left) > 1 and item["available"] == item["max_units"]]
    hold(found, "there is a size that one reseller can buy up")
    item: dict[str, Any] = min(found, key=lambda each: (each["available"], Decimal(each["price"])))
    recipient = next(iter(cast.daigou.every("/recipients")))
    _place_and_pay(cast, [_line(item, recipient["id"]) | {"units": item["available"]}])
    asked = f"{min(int(Decimal(item['price']) * 2), int(Decimal(item['tag_price'])))}.00"
    path = f"/sales/{cast.sale_id}/styles/{item['style_id']}/retail-price"
    cast.daigou.put(path, {"price": asked, "below_cost_confirmed": True})
    return item


def _line(item: dict[str, Any], recipient_id: int) -> dict[str, Any]:
    return {"item_id": item["item_id"], "units": 1, "recipient_id": recipient_id, "expected_price": item["price"]}


def _place_and_pay(cast: Cast, lines: Sequence[dict[str, Any]]) -> str:
    cast.daigou.post("/orders", {"key": secrets.token_hex(8), "lines": list(lines)})
    cart = cast.daigou.get("/cart")
    payment = cast.daigou.post("/payments", {"order_ids": cart["order_ids"], "expected_total": cart["total"]})
    return str(payment["total"])
