"""Enters what a campaign of faults begins with, on the migrated database of DATABASE_URL: `python -m tests.faults.seed BUYERS`.

Prints `tests.faults.installation.Seed` as JSON.
"""

import json
import os
import sys
from datetime import timedelta

import django

SKUS = 12
UNITS = 100_000
HOT_UNITS = 300
WALLET_FEN = 1_000_000_00


def main(buyers: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    # Models can be imported only after the setup above.
    from accounts.rules import Actor  # noqa: PLC0415
    from accounts.services.tokens import issue_token  # noqa: PLC0415
    from kernel import clock  # noqa: PLC0415
    from tests.builders import Marketplace, item_of  # noqa: PLC0415

    market = Marketplace(now=clock.now() - timedelta(minutes=5))

    def token(actor: Actor) -> str:
        return issue_token(actor=actor, label="faults", now=market.now)

    skus = [market.sku(units=UNITS, tag_price_fen=20_00, base_price_fen=5_00) for _ in range(SKUS)]
    hot = market.sku(units=HOT_UNITS, tag_price_fen=20_00, base_price_fen=5_00)
    sale_id = market.sale(*skus, hot, item_limit=UNITS, limit_units=1_000_000)
    members = [market.reseller(wallet_fen=WALLET_FEN) for _ in range(buyers)]
    told = {
        "ops": token(market.ops),
        "clerk": token(market.clerk),
        "stock_clerk": token(market.new_clerk(market.brand(name="库存品牌"))),
        "buyers": [(token(each.actor), each.recipient_id) for each in members],
        "sale_id": sale_id,
        "items": [item_of(sale_id, sku) for sku in skus],
        "hot_item": item_of(sale_id, hot),
        "hot_units": HOT_UNITS,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
