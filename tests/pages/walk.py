"""The addresses of all pages, filled with the ids of a service that has been used, and who opens them."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.sample_data import SampleData

ROUTES = Path(__file__).parents[1] / "architecture" / "routes.txt"
FACES = {"console": "ops", "portal": "brand", "shop": "reseller"}
# Where one address shows different things by state, or answers a form that is sent by GET.
MORE = {
    "/console/": ("?",),
    "/console/audit/": ("?kind=sale", "?kind=reseller&id=1"),
    "/console/cases/": ("?state=rejected",),
    "/console/carrier-claims/": ("?state=open",),
    "/console/enquiries/": ("?state=answered",),
    "/console/orders/": ("?q=nobody", "?state=cancelled", "?sale={sale_id}"),
    "/console/members/": ("?q=nobody", "?tier=2"),
    "/console/rules/": ("?draft={draft_id}", "?brand={brand_id}"),
    "/console/rules/terms/": ("?draft={draft_id}",),
    "/console/simulator/": ("?brand={brand_id}&sale=&words=&draft=&tier=0&at=",),
    "/console/simulator/compare/": ("?brand={brand_id}&sale=&words=&draft=&right={draft_id}&tier=0&at=",),
    "/console/simulator/why/{sku_id}/{tier}/": ("?brand={brand_id}&sale=&words=&draft=&tier=0&at=",),
    "/console/sales/{sale_id}/items/": ("?q=YS", "?q=nothing"),
    "/portal/uploads/{upload_id}/": tuple(
        f"?show={tab}"
        for tab in ("price_jumps", "faults", "warnings", "changed", "added", "styles", "missing", "ignored")
    ),
    "/portal/stock/": ("?q=YS2401", "?q=nothing"),
    "/portal/shipping/": ("?state=late", "?state=shipped", "?state=cancelled"),
    "/portal/returns/": ("?state=received", "?state="),
    "/portal/enquiries/": ("?state=all",),
    "/shop/invoices/new/": ("?order={order_id}", "?month=2026-11-01"),
    "/console/invoices/": ("?state=issued", "?red=1", "?wrong=1", "?q=nothing", "?what=fees"),
    "/shop/orders/": (
        "?progress=to_pay",
        "?progress=to_ship",
        "?progress=late",
        "?progress=cancelled",
        "?q=YS",
        "?q=nothing",
    ),
    "/shop/orders/for-many/": ("?to={recipient_id}", "?to={recipient_id}&sale={sale_id}&style={style_id}"),
    "/portal/statements/lists/{comparison_id}/": ("?kind=only_list", "?kind=only_statement"),
    "/shop/fault-reports/": ("?state=open", "?state=withdrawn"),
    "/shop/wishes/": ("?state=", "?state=ordered"),
    "/shop/selection/": ("?styles={sale_id}-{style_id}",),
    "/shop/sharing/": ("?by=day", "?by=forward&days=365"),
    "/shop/profit/": ("?by=week", "?by=sale", "?by=order"),
    "/shop/styles/": (
        "?size=S&units=2&available=1&min=100&max=300&sort=-price",
        "?size=XXXL",
        "?q=大衣&sort=newest&percent=50&run=1",
    ),
}
HIDDEN = {"portal": ("refused_invoice_id", "withdrawn_invoice_id", "requested_invoice_id")}
"""Rows that a face does not show: a brand that issues sees no request before its export (INVOICE-4)."""
OTHER_ROWS = {
    "sale_id": ("preview_sale_id", "draw_sale_id", "draft_sale_id", "ended_sale_id"),
    "invoice_id": (
        "issued_invoice_id",
        "reversed_invoice_id",
        "refused_invoice_id",
        "withdrawn_invoice_id",
        "requested_invoice_id",
    ),
    "case_id": ("asked_case_id", "sent_back_case_id"),
    "order_id": ("unpaid_order_id",),
    "enquiry_id": ("asked_enquiry_id",),
    "payment_id": ("open_payment_id", "ended_payment_id"),
    "upload_id": ("applied_upload_id",),
    "shipping_upload_id": ("asked_shipping_upload_id",),
    "comparison_id": ("asked_comparison_id",),
}
NO_PAGE = re.compile(
    r"/fault-reports/\{report_id\}/case/$"
    r"|/(why|watch|progress|sheet|annotated|retail-price|stop|answer|grab|pay|cancel|withdraw|hide|receive|tracking|apply|undo|missing|answers"
    r"|notices|reminder|code|new_forward|authorize|pack|display|deactivate|reactivate|revoke|show|close|open|describe|replace|share|channel|hint|address|merge|ask|decline|return|enter|leave)/$|/why/|/prices/.+|/forwards/new/$"
    r"|/shipping/\{|/filters/(save|\{filter_id\}/(rename|delete))/$"
    r"|/wishes/(ticked|order)/$|/selection/pick/$|/workbooks/\{shipping_upload_id\}/carriers/$"
)
"""Parts that htmx fetches, and addresses that only take POST."""
FILES = re.compile(
    r"/(workbook|file|template|list|download)/$|/causes/$|/analysis/workbooks/<int:workbook_id>/$|<str:name>$|\.(png|jpg)$"
)


def routes(face: str) -> list[str]:
    """The addresses below a face as patterns, `<int:sale_id>` written `{sale_id}`; files are left out."""
    lines = ROUTES.read_text("utf-8").splitlines()
    paths = [line.split()[1] for line in lines if line.startswith("ANY") and line.split()[1].startswith(f"/{face}/")]
    return [re.sub(r"<\w+:(\w+)>", r"{\1}", path) for path in paths if not FILES.search(path)]


def addresses(sample: SampleData, face: str) -> Iterator[str]:
    """Every address below a face, with rows in other states and with searches. Those that only take POST answer 405 or redirect."""
    ids = sample.ids | {"tier": 1}
    if face == "shop":
        yield "/account/"
        yield "/notices/"
    for path in routes(face):
        yield path.format(**ids)
        yield from ((path + query).format(**ids) for query in MORE.get(path, ()))
        for name, others in OTHER_ROWS.items():
            if f"{{{name}}}" in path and "line_id" not in path:
                shown = [other for other in others if other not in HIDDEN.get(face, ())]
                yield from (path.format(**ids | {name: ids[other]}) for other in shown)


def public_addresses(sample: SampleData) -> list[str]:
    return [
        "/sign-in/", "/shop/join/?code=ABC", "/password-link/nothing/",
        f"/draws/{sample.ids['draw_sale_id']}/", f"/draws/{sample.ids['draft_sale_id']}/",
        "/nowhere/", *customer_addresses(sample),
    ]  # fmt: skip


def customer_addresses(sample: SampleData) -> list[str]:
    """The pages that customers open without an account, one of each kind and state."""
    waited = f"style={sample.ids['waited_style_id']}", f"wait={sample.ids['waited_item_id']}"
    return [
        f"/f/{sample.token}/", f"/f/{sample.token}/?style={sample.ids['style_id']}", f"/f/{sample.token}/poster/",
        f"/f/{sample.token}/?{waited[0]}", f"/f/{sample.token}/?{'&'.join(waited)}",
        f"/s/{sample.storefront_token}/?{waited[0]}", f"/s/{sample.storefront_token}/?{'&'.join(waited)}",
        f"/s/{sample.storefront_token}/", f"/s/{sample.storefront_token}/?style={sample.ids['style_id']}", "/s/nothing/",
        f"/f/{sample.closed_token}/", "/f/nothing/", *(f"/f/w/{token}/" for token in sample.wish_tokens),
        f"/f/w/{sample.wish_token}/", f"/f/w/{sample.wish_token}/lines/{sample.ids['wish_line_id']}/fault/",
    ]  # fmt: skip
