"""The people, styles and sales of the browser tests, entered by the services that pages and endpoints call."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import Person
from accounts.rules import SYSTEM, Actor, Role
from accounts.selectors import actor_of
from accounts.services.people import add_person
from brands import services as brands
from flashsales.models import Reservation, SaleItem
from flashsales.services import draws, planning, publishing, reservations
from flashsales.services.head_start import set_head_start
from flashsales.services.waiting_room import set_waiting_room, take_place
from forwarding.rules.pricing import RuleFields
from forwarding.services.prices import price_by_rule
from inventory.models import Category, Sku, Style
from inventory.services.stock import adjust, set_brand_categories
from kernel import clock
from kernel.period import SHANGHAI
from membership.selectors.people import require_reseller
from membership.services import invitations
from orders.services import payment
from orders.services.grab import grab
from orders.services.placing import GrabLine
from orders.services.recipients import add_recipient
from pricing.rules.controls import Action, ControlFields
from pricing.services.price_rules import create_control
from tests.browser.seed_database import PASSWORD, SeedData
from tests.browser.seed_draws import DRAFT as DRAW_DRAFT
from tests.browser.seed_draws import DRAWN
from tests.browser.seed_draws import OPEN as DRAW_OPEN
from tests.browser.seed_openings import DRAFT, EARLY, FULL_FOR, WAITING
from tests.two_people import TwoPeople

STYLES = [
    # style_no, name, category, colours, sizes, tag and base price in yuan, units of each
    ("YS2401", "羊毛双面呢大衣 中长款", "women-coats", ["驼色", "黑色"], ["S", "M", "L"], 1299, 320, 6),
    ("YS2402", "轻薄羽绒服 连帽", "women-coats", ["米白"], ["M", "L", "XL"], 899, 210, 12),
    ("YS2403", "圆领针织衫", "women-tops", ["燕麦", "酒红", "藏青"], ["S", "M", "L"], 399, 79, 20),
    ("YS2404", "真丝衬衫", "women-tops", ["象牙白"], ["S", "M"], 699, 148, 3),
    ("YS2405", "法式碎花连衣裙", "women-dresses", ["红色碎花"], ["S", "M", "L"], 599, 118, 9),
    ("YS2406", "高腰直筒牛仔裤", "women-trousers", ["深蓝"], ["26", "27", "28", "29"], 459, 95, 15),
    ("YS2407", "羊绒围巾", "hats-scarves", ["灰色", "驼色"], ["均码"], 499, 129, 30),
    ("YS2408", "打底衫", "women-tops", ["黑色"], ["S", "M", "L"], 199, 39, 40),
]
MORE_STYLES = [
    (f"YS25{number:02}", name, "women-dresses", ["黑色", "杏色"], ["S", "M", "L"], tag, tag // 4, 8)
    for number, (name, tag) in enumerate(
        [
            ("针织半身裙", 359), ("灯芯绒连衣裙", 499), ("衬衫裙", 429), ("背带裙", 399), ("吊带裙", 299), ("百褶裙", 459),
            ("西装裙", 529), ("毛呢连衣裙", 699),
        ],
        start=1,
    )
]  # fmt: skip


def create_seed_data() -> SeedData:
    now = clock.now()
    ops = _person("ops", "运营小周", Role.OPS, now)
    money = TwoPeople(
        _person("finance", "财务小吴", Role.FINANCE, now), _person("finance2", "财务小郑", Role.FINANCE, now)
    )
    brand_id = _brand(ops, money, now)
    _stock(brand_id, STYLES, now)
    _rules(ops, brand_id, now)
    live = _sale(
        ops,
        brand_id,
        "云杉秋冬外套专场",
        now - timedelta(minutes=5),
        ("YS2401", "YS2402", "YS2403", "YS2404", "YS2405", "YS2406"),
        now,
    )
    preview = _sale(ops, brand_id, "云杉配饰返季专场", now + timedelta(hours=20), ("YS2407",), now)
    # Scheduled and not yet announced: the desk calls it off, and the shop never sees it.
    called_off = _sale(
        ops,
        brand_id,
        "云杉打底衫专场",
        now + timedelta(hours=90),
        ("YS2408",),
        now,
        preview_at=now + timedelta(hours=80),
    )
    code = invitations.issue_code(actor=ops, uses=20, now=now).code
    reseller = invitations.join(login="chen", name="陈小姐", password=PASSWORD, code=code, now=now)
    money.top_up(require_reseller(reseller).id, 3000_00, "BANK-0001", now=now)
    style_ids = dict(Style.objects.filter(brand_id=brand_id).values_list("style_no", "pk"))
    return SeedData("ops", "finance", "finance2", "clerk", "chen", code, live, preview, called_off, style_ids)


def _person(login: str, name: str, role: Role, now: datetime) -> Actor:
    return add_person(actor=SYSTEM, login=login, name=name, role=role, password=PASSWORD, now=now)


def _brand(ops: Actor, money: TwoPeople, now: datetime) -> int:
    brand = brands.create_application(
        actor=ops,
        name="云杉服饰",
        annual_sales_fen=30_000_000_00,
        offline_shops=80,
        commission_rate=Decimal("0.15"),
        now=now,
    )
    brands.admit_brand(actor=ops, brand_id=brand.id, now=now)
    money.deposit(brand.id, 10_000_00, "DEP-0001", now=now)
    brands.add_clerk(actor=ops, brand_id=brand.id, login="clerk", name="店员小林", password=PASSWORD, now=now)
    set_brand_categories(actor=ops, brand_id=brand.id, codes=["women", "accessories"], now=now)
    return brand.id


def create_more_styles() -> None:
    """A second live sale of the brand, with eight styles that keep no floor."""
    now = clock.now()
    ops = actor_of(Person.objects.get(login="ops"))
    brand_id = Style.objects.values_list("brand_id", flat=True)[0]
    _stock(brand_id, MORE_STYLES, now)
    numbers = tuple(each[0] for each in MORE_STYLES)
    sale_id = _sale(ops, brand_id, "云杉裙装专场", now - timedelta(minutes=5), numbers, now)
    _order_one(sale_id, now)


def create_openings() -> None:
    """A live sale with a waiting room that admits the next one in FULL_FOR, a preview with a head start, and a draft with both and a short
    preview."""
    now = clock.now()
    ops = actor_of(Person.objects.get(login="ops"))
    brand_id = Style.objects.get(style_no="YS2401").brand_id
    _stock(
        brand_id, [(f"YS27{n}", "羊绒大衣", "women-dresses", ["黑色"], ["S", "M"], 899, 200, 3) for n in range(3)], now
    )
    minutes = (0, 0, 0, 5, 10, 15)
    full = _sale(ops, brand_id, WAITING, now - timedelta(minutes=1), ("YS270",), now, admission_rate=1)
    _sale(ops, brand_id, EARLY, now + timedelta(minutes=40), ("YS271",), now, head_start=minutes)
    _sale(
        ops, brand_id, DRAFT, now + timedelta(hours=30), ("YS272",), now,
        preview_at=now + timedelta(hours=29, minutes=40), head_start=minutes, admission_rate=20, is_published=False,
    )  # fmt: skip
    code = invitations.issue_code(actor=ops, uses=1, now=now).code
    other = invitations.join(login="early", name="早到的", password=PASSWORD, code=code, now=now)
    take_place(actor=other, sale_id=full, now=now + FULL_FOR)


def create_draws() -> None:
    """A preview of which a style of two sizes is drawn, a live sale whose single unit the reseller chen won an hour after three had
    entered, and a draft."""
    now = clock.now()
    ops, chen = (actor_of(Person.objects.get(login=login)) for login in ("ops", "chen"))
    brand_id = Style.objects.get(style_no="YS2401").brand_id
    _stock(
        brand_id,
        [
            ("YS280", "联名羽绒服", "women-coats", ["黑色"], ["S", "M"], 1899, 400, 3),
            ("YS281", "联名大衣", "women-coats", ["黑色"], ["M"], 1899, 400, 1),
            ("YS282", "联名围巾", "hats-scarves", ["灰色"], ["均码"], 899, 200, 2),
        ],
        now - timedelta(hours=3),
    )
    before = now - timedelta(hours=2)
    _drawn_sale(ops, brand_id, DRAW_OPEN, now + timedelta(hours=1), "YS280", before)
    _drawn_sale(ops, brand_id, DRAW_DRAFT, now + timedelta(hours=30), "YS282", now, is_published=False)
    drawn = _drawn_sale(ops, brand_id, DRAWN, now - timedelta(hours=1), "YS281", before)
    item = SaleItem.objects.get(sale=drawn)
    code = invitations.issue_code(actor=ops, uses=2, now=before).code
    others = [
        invitations.join(login=f"drawn{n}", name=f"报名的 {n}", password=PASSWORD, code=code, now=before)
        for n in (1, 2)
    ]
    for actor in (chen, *others):
        draws.enter(actor=actor, item_id=item.pk, units=1, now=before + timedelta(minutes=1))
    # Nobody can choose who wins; here whoever comes first in the order declines until it is chen's turn.
    at = now - timedelta(minutes=29)
    draws.hold_draws(now=at)
    while (kept := Reservation.objects.get(item=item, ended_at=None)).reseller_id != require_reseller(chen).id:
        winner = next(each for each in others if require_reseller(each).id == kept.reseller_id)
        reservations.decline(actor=winner, reservation_id=kept.pk, now=at)


def _drawn_sale(
    ops: Actor, brand_id: int, title: str, starts_at: datetime, code: str, now: datetime, *, is_published: bool = True
) -> int:
    sale_id = _sale(ops, brand_id, title, starts_at, (code,), now, preview_at=now, is_published=False)
    draws.set_draw(actor=ops, sale_id=sale_id, entry_minutes=30, order_minutes=120, codes=[code], now=now)
    if is_published:
        publishing.publish(actor=ops, sale_id=sale_id, now=now)
    return sale_id


def _order_one(sale_id: int, now: datetime) -> None:
    """Her prices of the sale are twice the cost, and she has bought three pieces of one style."""
    her = actor_of(Person.objects.get(login="chen"))
    price_by_rule(actor=her, sale_id=sale_id, rule=RuleFields(Decimal(2)), now=now)
    recipient = add_recipient(
        actor=her, name="王芳", phone="13800138000", address="浙江省杭州市西湖区文三路 1 号", now=now
    )
    item = SaleItem.objects.filter(sale_id=sale_id).order_by("pk")[0]
    order = grab(actor=her, lines=[GrabLine(item.pk, 3, recipient.id)], key="seed", now=now)
    payment.pay(actor=her, order_id=order.id, now=now)


def _stock(
    brand_id: int, styles: list[tuple[str, str, str, list[str], list[str], int, int, int]], now: datetime
) -> None:
    for style_no, name, category, colours, sizes, tag, base, units in styles:
        style = Style.objects.create(
            brand_id=brand_id,
            style_no=style_no,
            name=name,
            category=Category.objects.get(code=category),
            season="秋",
            year=2026,
        )
        for colour in colours:
            for size in sizes:
                sku = Sku.objects.create(
                    brand_id=brand_id, style=style, colour=colour, size=size,
                    tag_price_fen=tag * 100, base_price_fen=base * 100,
                )  # fmt: skip
                adjust(actor=SYSTEM, sku_id=sku.pk, units=units, reason="盘点", key=f"count-{sku.pk}", now=now)


def _rules(ops: Actor, brand_id: int, now: datetime) -> None:
    """Coats may not be seen under half their tag, so their labels are cut; tops keep theirs and a floor."""
    coats, tops = (Category.objects.get(code=code).pk for code in ("women-coats", "women-tops"))
    today = now.astimezone(SHANGHAI).date()
    create_control(
        actor=ops,
        now=now,
        control=ControlFields(
            brand_id=brand_id,
            action=Action.CUT,
            starts_on=today,
            category_id=coats,
            floor_rate=Decimal("0.5"),
            cut_rate=Decimal("0.02"),
        ),
    )
    create_control(
        actor=ops,
        now=now,
        control=ControlFields(
            brand_id=brand_id, action=Action.RAISE, starts_on=today, category_id=tops, floor_rate=Decimal("0.15")
        ),
    )


def _sale(
    ops: Actor,
    brand_id: int,
    title: str,
    starts_at: datetime,
    style_nos: tuple[str, ...],
    now: datetime,
    *,
    preview_at: datetime | None = None,
    head_start: tuple[int, ...] = (),
    admission_rate: int | None = None,
    is_published: bool = True,
) -> int:
    draft = planning.schedule(
        actor=ops,
        brand_id=brand_id,
        title=title,
        starts_at=starts_at,
        preview_at=preview_at or now - timedelta(hours=1),
        limit_units=20,
        now=now,
    )
    skus = Sku.objects.filter(style__style_no__in=style_nos)
    lines = [planning.PlannedUnits(sku.pk, sku.on_hand, 4 if sku.style.style_no == "YS2401" else None) for sku in skus]
    planning.add_items(actor=ops, sale_id=draft.id, lines=lines, now=now)
    if head_start:
        set_head_start(actor=ops, sale_id=draft.id, minutes=head_start, now=now)
    if admission_rate:
        set_waiting_room(actor=ops, sale_id=draft.id, admission_rate=admission_rate, now=now)
    if is_published:
        publishing.publish(actor=ops, sale_id=draft.id, now=now)
    return draft.id
