"""Ten cases that wait for ops, with photos; run in a process of its own, on the database of DATABASE_URL. Prints their ids as JSON."""

import io
import json
import os
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from PIL import Image  # noqa: PLC0415

    from accounts.models import Person  # noqa: PLC0415 - models can be imported only after the setup above
    from accounts.rules import Actor, Role  # noqa: PLC0415
    from accounts.selectors import actor_of  # noqa: PLC0415
    from aftersales.rules import CaseReason  # noqa: PLC0415
    from aftersales.services import cases  # noqa: PLC0415
    from aftersales.services.photos import add_photos  # noqa: PLC0415
    from brands.models import Staff  # noqa: PLC0415
    from brands.services import set_return_address  # noqa: PLC0415
    from flashsales.models import SaleItem  # noqa: PLC0415
    from kernel import clock  # noqa: PLC0415
    from membership.models import Reseller  # noqa: PLC0415
    from orders.models.shipping import Consignment  # noqa: PLC0415
    from orders.services import grab, payment, recipients, shipping  # noqa: PLC0415
    from orders.services.placing import GrabLine  # noqa: PLC0415
    from tests.two_people import TwoPeople  # noqa: PLC0415

    now = clock.now()
    staff = Staff.objects.select_related("person").first()
    reseller = Reseller.objects.select_related("person").first()
    finance = Person.objects.filter(role=Role.FINANCE.value).order_by("pk")[:2]
    assert staff
    assert reseller
    clerk = Actor(staff.person_id, Role.BRAND, staff.person.name)
    hers = Actor(reseller.person_id, Role.RESELLER, reseller.person.name)
    TwoPeople(*map(actor_of, finance)).top_up(reseller.pk, 9000_00, "QUEUE-1", now=now)
    set_return_address(
        actor=clerk, brand_id=staff.brand_id, return_address="退货组 13800138000 浙江省杭州市余杭区仓前路 1 号", now=now
    )
    recipient = recipients.add_recipient(
        actor=hers, name="王小美", phone="13800138001", address="浙江省杭州市西湖区文三路 1 号", now=now
    )
    item = SaleItem.objects.filter(style__style_no="YS2406", available__gte=10).order_by("pk")[0]
    lines = [GrabLine(item.pk, 10, recipient.id)]
    order = grab.grab(actor=hers, lines=lines, key="queue", now=now)
    payment.pay(actor=hers, order_id=order.id, now=now)
    consignment = Consignment.objects.get(order_id=order.id)
    shipping.ship(actor=clerk, consignment_id=consignment.pk, carrier="顺丰", tracking_no="SF2026113001", now=now)
    packed = io.BytesIO()
    Image.new("RGB", (900, 1200), "darkolivegreen").save(packed, "JPEG")
    packed.seek(0)
    [photo] = add_photos(actor=hers, files=[packed], now=now)
    opened = [
        cases.open_case(
            actor=hers, line_id=order.lines[0].id, units=1, reason=CaseReason.FAULTY, evidence=f"第 {n} 件裤脚脱线",
            photo_ids=[photo.id], key=f"queue-{n}", now=now,
        ).id
        for n in range(10)
    ]  # fmt: skip
    sys.stdout.write(json.dumps(opened))


if __name__ == "__main__":
    main()
