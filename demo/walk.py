"""The walk of the goods, from the workbook to the settlement, played over HTTP as people would.

Ten steps, each through the same API that the pages and other programs use. Every step says one line with its figures, and checks them:
what does not add up raises StepFailed with the step's name.
"""

import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import httpx

from demo.environment import manage
from demo.evening import Cast, play_evening
from demo.people import Person, Refused, hold, instant, new_password, photo_of_a_fault, set_up_one_time_codes, soon
from demo.walk_record import SignIn, StepFailed

STOCK = Path(__file__).parent / "stock" / "青禾2026秋冬尾货.xlsx"
FAULTY_ROWS = 4
READ_SECONDS = 60.0
SALE_LENGTH = timedelta(hours=48)
TIERS = 6
RERUN = "青禾秋冬尾货返场"
SALES_LOOKED_AT = 100
CLOSE_SECONDS = 60.0
"""The sweep that gives back what is unsold comes every half a minute."""


def play(base_url: str, *, say: Callable[[str], None], data_folder: Path) -> list[SignIn]:
    """Play every step as people would, saying one line with its figures per step.

    The environment holds the settings of the service, for the commands that enter the first people
    (`demo.environment.manage`). Raises StepFailed with the step's name. Returns who may sign in.
    """
    with ExitStack() as stack:
        walk = _Walk(base_url, say, stack)
        walk.admit_a_brand()
        walk.upload_stock()
        walk.set_rules_and_publish_a_sale()
        walk.join_and_browse()
        walk.grab_and_pay()
        walk.ship()
        walk.decide_cases()
        walk.end_and_settle()
        walk.invoice()
        walk.open_the_next_sale()
        walk.play_an_evening()
        walk.check_integrity()
        return walk.people


def reopen(base_url: str, people: Sequence[SignIn]) -> str:
    """On a later start: where every sale is over, a rerun of the last one, so that there is something to see. Gives what to say of it.

    Silent ("") where a sale is open or to come, or where ops have another password by now: then somebody else is using this installation.
    """
    ops = next(person for person in people if person.path == "/console/")
    with ExitStack() as stack:
        try:
            desk = Person(base_url, ops, stack)
        except Refused:
            return ""
        sales = list(islice(desk.every("/sales"), SALES_LOOKED_AT))
        ended = [sale for sale in sales if sale["phase"] == "ended"]
        if not ended or any(sale["phase"] in ("waiting", "preview", "live") for sale in sales):
            return ""
        give_up_at = time.monotonic() + CLOSE_SECONDS
        while not desk.get(f"/sales/{ended[0]['id']}")["closed_at"]:
            if time.monotonic() > give_up_at:
                return ""
            time.sleep(0.5)
        try:
            rerun = desk.post(f"/sales/{ended[0]['id']}/rerun", {"starts_at": soon(), "title": RERUN})
            desk.post(f"/sales/{rerun['id']}/publish")
        except Refused as refused:
            return f"The last sale is over, and it has no rerun: {refused}"
        return f"The last sale was over; its rerun «{RERUN}» is live for the next 48 hours."


class _Walk:
    def __init__(self, base_url: str, say: Callable[[str], None], stack: ExitStack) -> None:
        self._base_url, self._say, self._stack = base_url, say, stack
        self.people: list[SignIn] = []

    def admit_a_brand(self) -> None:
        with self._step(1, "admit a brand"):
            self.ops = self._first_person("小运", "运营 ops", "ops", "/console/")
            self.finance = self._first_person("小财", "财务 finance", "finance", "/console/")
            second = "财务复核 second finance"
            self.second_finance = self._first_person("小核", second, "finance", "/console/", login="finance2")
            application = {
                "name": "青禾",
                "annual_sales": "36000000.00",
                "offline_shops": 86,
                "commission_rate": "0.20",
                "contact": "陈经理",
            }
            self.brand_id: int = self.ops.post("/brands", application)["id"]
            brand = f"/brands/{self.brand_id}"
            self.ops.put(f"{brand}/categories", {"categories": ["women", "shoes-bags", "accessories"]})
            self.ops.post(f"{brand}/admit")
            self._enter_and_approve(f"{brand}/deposits", "10000.00", "ICBC-20261122-001")
            admitted = self.ops.get(brand)
            hold(admitted["may_sell"], "the brand may sell once its deposit is in")
            password = new_password()
            self.ops.post(f"{brand}/clerks", {"login": "qinghe", "name": "青禾店员", "password": password})
            self.clerk = self._enter(SignIn("品牌 brand clerk 青禾", "/portal/", "qinghe", password))
            self._say(
                f"1 admitted 青禾: ¥{admitted['annual_sales']} a year, {admitted['offline_shops']} shops, "
                f"deposit ¥{admitted['deposit']} in"
            )

    def _enter_and_approve(self, path: str, amount: str, reference: str) -> None:
        entered = self.finance.post(path, {"amount": amount, "reference": reference})
        approved = self.second_finance.post("/ops/money-requests/approve", {"request_ids": [entered["id"]]})
        hold(approved[0]["state"] == "approved", "a second person approved the money")

    def upload_stock(self) -> None:
        with self._step(2, "upload stock"):
            upload = self.clerk.send("/uploads", STOCK)
            view = self._read_through(f"/uploads/{upload['id']}")
            hold(view["state"] == "preview", f"the workbook can be previewed, not {view['state']}")
            faults = list(self.clerk.every(f"/uploads/{upload['id']}/faults"))
            places = {(fault["sheet"], fault["row"]) for fault in faults}
            hold(len(places) == FAULTY_ROWS, f"{FAULTY_ROWS} rows are handed back, not {len(places)}: {sorted(places)}")
            self.clerk.post(f"/uploads/{upload['id']}/apply")
            self.skus = list(self.clerk.every("/stock"))
            hold(len(self.skus) >= 80, f"at least 80 SKUs are in stock, not {len(self.skus)}")
            self.units = sum(sku["on_hand"] for sku in self.skus)
            where = ", ".join(f"{fault['sheet']}!{fault['col']}{fault['row']} {fault['code']}" for fault in faults[:4])
            self._say(f"2 uploaded {STOCK.name}: {len(self.skus)} SKUs, {self.units} units; handed back {where}")

    def set_rules_and_publish_a_sale(self) -> None:
        with self._step(3, "price and publish"):
            today = datetime.now(UTC).date() - timedelta(days=1)
            floor = {"brand_id": self.brand_id, "starts_on": today.isoformat(), "floor_rate": "0.35"}
            coats = self._category("women-coats")
            self.ops.post("/price-controls", floor | {"action": "cut", "cut_rate": "0.03"})
            self.ops.post("/price-controls", floor | {"action": "raise", "floor_rate": "0.25", "category_id": coats})
            discounts = ["0", "0.02", "0.04", "0.06", "0.08", "0.10"]
            terms = {"discounts": discounts, "margin_rate": "0.02", "ending": "jiao"}
            self.ops.post("/platform-terms", terms)
            self.sale_id = self._draft("青禾秋冬尾货专场", preview_hours=2)
            seen = self._look_at_prices(tier=1)
            published = self.ops.post(f"/sales/{self.sale_id}/publish")
            hold(published["skus"] == len(self.skus), "all SKUs are on sale")
            sale = self.ops.get(f"/sales/{self.sale_id}")
            rows = list(self.ops.every(f"/price-lists/{sale['price_list_id']}/rows"))
            hold(len(rows) == len(self.skus) * TIERS, "every SKU has a price for every tier")
            frozen = {row["sku_id"]: row["wholesale"] for row in rows if row["tier"] == 1}
            hold(frozen == seen, "what was published is what was looked at before")
            cut = sum(row["labelling"] == "cut" for row in rows if row["tier"] == 0)
            why = self.ops.get(f"/price-lists/{sale['price_list_id']}/why", sku_id=rows[0]["sku_id"], tier=1)
            self._say(
                f"3 published «{sale['title']}» for 48 hours: {len(rows)} prices for {TIERS} tiers, {cut} SKUs with their "
                f"label cut; e.g. ¥{why[-1]['after']} by {' → '.join(step['rule'] for step in why)}"
            )

    def join_and_browse(self) -> None:
        with self._step(4, "join and browse"):
            code = self.ops.post("/invitation-codes", {"uses": 5})["code"]
            password = new_password()
            stranger = httpx.post(
                f"{self._base_url}/api/v1/join",
                json={"login": "13800138000", "name": "丽丽", "password": password, "code": code},
                timeout=60,
            )
            hold(stranger.status_code == 201, f"a stranger with a code joins: {stranger.text[:200]}")
            self.daigou = self._enter(SignIn("代购 reseller 丽丽", "/shop/", "13800138000", password))
            [member] = [row for row in self.ops.every("/resellers") if row["name"] == "丽丽"]
            path = f"/resellers/{member['id']}/top-ups"
            self._enter_and_approve(path, "3000.00", "WX-20261122-0001")
            balance = self.daigou.get("/wallet")["balance"]
            filters = {"category_id": self._category("women"), "size": "M", "min_price": "50.00", "max_price": "300.00"}
            found = list(self.daigou.every("/styles", **filters))
            hold(bool(found), "there are women's goods in M between ¥50 and ¥300")
            style = found[0]
            path = f"/sales/{self.sale_id}/styles/{style['style_id']}"
            asked = _ask(style["from_price"], style["tag_price"])
            self.daigou.put(f"{path}/retail-price", {"price": asked})
            self._say(
                f"4 丽丽 joined with {code}, has ¥{balance}; {len(found)} styles fit «女装 M ¥50–300»; "
                f"she asks ¥{asked} for {style['name']} at ¥{style['from_price']} (tag ¥{style['tag_price']})"
            )

    def grab_and_pay(self) -> None:
        with self._step(5, "grab and pay"):
            pasted = "王小美 13912345678 浙江省杭州市西湖区文三路478号华星时代广场A座1201"
            read = self.daigou.post("/recipients/read", {"pasted": pasted})
            confirmed = {name: read[name] for name in ("name", "phone", "address", "pasted")}
            recipient = self.daigou.post("/recipients", confirmed)
            lines = self._choose(recipient["id"], at_least=Decimal(560))
            order = self.daigou.post("/orders", {"key": secrets.token_hex(8), "lines": lines})
            cart = self.daigou.get("/cart")
            hold(cart["total"] == order["total"], "what she grabbed stands in her cart")
            payment = self.daigou.post("/payments", {"order_ids": cart["order_ids"], "expected_total": cart["total"]})
            [paid] = payment["orders"]
            standing = self.daigou.get("/membership")
            hold(paid["state"] == "paid", "the order is paid")
            hold(Decimal(paid["total"]) >= 500, "the order is worth at least ¥500")
            hold(standing["tier"] == 1, f"she is VIP1, not tier {standing['tier']}")
            self.order = paid
            units = sum(line["units"] for line in paid["lines"])
            self._say(
                f"5 丽丽 grabbed {units} pieces for {recipient['name']}, paid her cart of ¥{payment['total']} from her wallet; "
                f"growth {standing['growth']}, now VIP{standing['tier']}"
            )

    def ship(self) -> None:
        with self._step(6, "ship"):
            waiting = list(self.clerk.every("/consignments", state="to_ship"))
            hold(len(waiting) == 1, f"one consignment waits, not {len(waiting)}")
            path = f"/consignments/{waiting[0]['id']}/ship"
            shipped = self.clerk.post(path, {"carrier": "顺丰速运", "tracking_no": "SF1380013800012"})
            hold(not shipped["is_late"], "it is shipped within 24 hours")
            seen = self.daigou.get(f"/orders/{self.order['id']}")["lines"][0]
            hold(seen["tracking_no"] == shipped["tracking_no"], "she sees the tracking number")
            to_cut = sum(line["units"] for line in shipped["lines"] if line["label_cut"])
            self._say(
                f"6 青禾 shipped consignment {shipped['id']} to {shipped['name']} by {shipped['carrier']} "
                f"{shipped['tracking_no']}; {to_cut} labels cut"
            )

    def decide_cases(self) -> None:
        """Two complaints with a photo, decided with one request: a part of the price each, at the cost of brand and carrier."""
        with self._step(6, "decide cases"):
            address = "青禾退货组 0571-88880000 浙江省杭州市余杭区仓前路 1 号"
            self.clerk.put("/brands/mine/return-address", {"return_address": address})
            [photo] = self.daigou.send_photo(photo_of_a_fault())
            opened = []
            for reason, line in zip(("faulty", "damaged"), self.order["lines"], strict=False):
                body = {
                    "reason": reason,
                    "evidence": "袖口脱线",
                    "photo_ids": [photo["id"]],
                    "key": secrets.token_hex(8),
                }
                lines = [{"line_id": line["id"], "units": 1}]
                opened += self.daigou.post(f"/orders/{self.order['id']}/cases", body | {"lines": lines})
            decisions = [{"case_id": case["id"], "action": "refund_only", "amount": "4.00"} for case in opened]
            results = self.ops.post("/cases/decide", {"key": secrets.token_hex(8), "decisions": decisions})
            hold([each["is_done"] for each in results] == [True, True], f"both cases are decided: {results}")
            borne = [self.ops.get(f"/cases/{case['id']}")["borne_by"] for case in opened]
            hold(borne == ["brand", "carrier"], f"the brand bears the fault and the carrier the damage, not {borne}")
            self._say(
                f"6 ops saw a photo of two faults and refunded ¥4.00 each with one request, at the cost of {' and '.join(borne)}"
            )

    def end_and_settle(self) -> None:
        with self._step(7, "end and settle"):
            self.ops.post(f"/sales/{self.sale_id}/end-early", {"reason": "演示：提前结束 demo: end early"})
            units = self.ops.get(f"/sales/{self.sale_id}/totals")
            hold(units["available"] == 0, "nothing is left in the sale")
            hold(units["returned"] + units["sold"] == self.units, "every unit was sold or went back")
            statement = self.finance.post(f"/sales/{self.sale_id}/statement")
            totals = {name: Decimal(value) for name, value in statement["totals"].items() if isinstance(value, str)}
            hold(totals["sold"] == Decimal(self.order["total"]), "what was sold is what was paid")
            hold(
                totals["sold"] - totals["refunded"] + totals["carrier_claims"]
                == totals["commission"] + totals["payable"],
                "sold − refunded + carrier claims = commission + payable",
            )
            self._say(
                f"7 the sale is over: {units['sold']} sold, {units['returned']} back in stock; statement {statement['id']}: "
                f"sold ¥{totals['sold']} − refunded ¥{totals['refunded']} + claims ¥{totals['carrier_claims']} = "
                f"commission ¥{totals['commission']} + owed to the brand ¥{totals['payable']}"
            )

    def invoice(self) -> None:
        with self._step(7, "invoice"):
            company = {"kind": "company", "name": "杭州小美商贸有限公司", "tax_number": "91330106MA2B1C3D45"}
            title = self.daigou.post("/invoices/titles", company)
            body = {"title_id": title["id"], "order_ids": [self.order["id"]], "key": secrets.token_hex(8)}
            [asked] = self.daigou.post("/invoices/goods", body)
            [made] = self.finance.post("/ops/invoice-files")
            hold(made["amount"] == asked["amount"], "the file for the brand holds what she asked for")
            day = (datetime.now(UTC) + timedelta(hours=8)).date().isoformat()
            issued = {"number": "26332000000012345678", "issued_on": day}
            view = self.finance.post(f"/invoices/{asked['id']}/issue", issued)
            hold(view["state"] == "issued", f"the invoice is issued, not {view['state']}")
            self._say(
                f"7 the reseller has an invoice of the brand over ¥{view['amount']}, which is what she paid less refunds"
            )

    def check_integrity(self) -> None:
        with self._step(10, "check the integrity"):
            check = subprocess.run(manage("check_integrity"), capture_output=True, text=True, check=False, timeout=120)
            hold(check.returncode == 0, f"the integrity check:\n{check.stdout}{check.stderr}")
            laws = [line for line in check.stdout.splitlines() if line.startswith("invariant ")]
            held = sum("holds:" in law for law in laws)
            self._say(f"10 the integrity check: {held} of {len(laws)} invariants hold over the whole database")

    def open_the_next_sale(self) -> None:
        """Something to look at: a rerun that is live for the next 48 hours, for those who sign in now."""
        with self._step(8, "rerun"):
            rerun = self.ops.post(f"/sales/{self.sale_id}/rerun", {"starts_at": soon(), "title": RERUN})
            self.ops.post(f"/sales/{rerun['id']}/publish")
            self.rerun_id: int = rerun["id"]
            [live] = self.daigou.get("/sales/open")["items"]
            hold(live["phase"] == "live", f"the rerun is live, not {live['phase']}")
            hold(instant(live["ends_at"]) - instant(live["starts_at"]) == SALE_LENGTH, "a rerun is 48 hours long")
            self._say(f"8 «{rerun['title']}» is live for the next 48 hours, for whoever signs in below")

    def play_an_evening(self) -> None:
        """Something to look at on every page: wishes, orders by text and by workbook, parcels, a shortage, cases and questions."""
        with self._step(9, "an evening"):
            [member] = [row for row in self.ops.every("/resellers") if row["name"] == "丽丽"]
            cast = Cast(
                self.daigou,
                self.clerk,
                self.ops,
                self.finance,
                self.second_finance,
                member["id"],
                self.rerun_id,
                self.order,
            )
            for line in play_evening(cast):
                self._say(line)

    def _first_person(self, name: str, who: str, role: str, path: str, *, login: str = "") -> Person:
        login = login or role
        password = new_password()
        command = manage("add_person", "--login", login, "--name", name, "--role", role)
        entered = subprocess.run(
            command, input=password + "\n", capture_output=True, text=True, check=False, timeout=120
        )
        hold(entered.returncode == 0, f"{login} is entered: {entered.stderr[-300:]}")
        person = self._enter(SignIn(who, path, login, password))
        set_up_one_time_codes(person, password)
        return person

    def _enter(self, sign_in: SignIn) -> Person:
        self.people.append(sign_in)
        return Person(self._base_url, sign_in, self._stack)

    def _read_through(self, path: str) -> Any:
        """Poll an upload, as its page does, until it has been read."""
        give_up_at = time.monotonic() + READ_SECONDS
        while (view := self.clerk.get(path))["state"] in ("received", "reading"):
            hold(time.monotonic() < give_up_at, f"the workbook is read within {READ_SECONDS:.0f} seconds")
            time.sleep(0.2)
        return view

    def _look_at_prices(self, *, tier: int) -> dict[int, str]:
        """The draft's prices before anything is published, each with its steps."""
        body = {"sku_ids": [sku["id"] for sku in self.skus], "at": soon(), "tiers": [tier]}
        prices = self.ops.post("/price-simulations", body)
        hold(all(price["steps"] and not price["broken"] for price in prices), "every price is whole and explained")
        return {price["sku_id"]: price["wholesale"] for price in prices}

    def _draft(self, title: str, *, preview_hours: int) -> int:
        now = datetime.now(UTC)
        body = {
            "brand_id": self.brand_id,
            "title": title,
            "preview_at": (now - timedelta(hours=preview_hours)).isoformat(),
            "starts_at": now.isoformat(),
            "limit_units": 50,
        }
        sale = self.ops.post("/sales", body)
        hold(instant(sale["ends_at"]) - instant(sale["starts_at"]) == SALE_LENGTH, "a sale is 48 hours long")
        self.ops.post(f"/sales/{sale['id']}/items", {"all_free_stock": True, "limit_units": 5})
        return int(sale["id"])

    def _category(self, code: str) -> int:
        [found] = [row["id"] for row in self.ops.get("/categories") if row["code"] == code]
        return int(found)

    def _choose(self, recipient_id: int, *, at_least: Decimal) -> list[dict[str, int]]:
        """One piece each of the cheapest styles until they are worth enough."""
        lines: list[dict[str, int]] = []
        worth = Decimal(0)
        for listed in self.daigou.every("/styles", sale_id=self.sale_id):
            style = self.daigou.get(f"/sales/{self.sale_id}/styles/{listed['style_id']}")
            item = next(item for item in style["items"] if item["max_units"])
            lines.append({"item_id": item["item_id"], "units": 1, "recipient_id": recipient_id})
            worth += Decimal(item["price"])
            if worth >= at_least:
                return lines
        raise Refused(f"the whole sale is worth only ¥{worth}")

    @contextmanager
    def _step(self, number: int, name: str) -> Iterator[None]:
        try:
            yield
        except (Refused, httpx.HTTPError, subprocess.SubprocessError) as problem:
            raise StepFailed(f"step {number} ({name}): {problem}") from problem


def _ask(wholesale: str, tag: str) -> str:
    """A retail price between what she pays and the tag price, in whole yuan: twice as much, at most the tag."""
    return f"{min(int(Decimal(wholesale) * 2), int(Decimal(tag)))}.00"
