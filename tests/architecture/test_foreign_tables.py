"""The tables of other apps that an app's SQL reads, as one list. A new pair of apps needs a reason; a selector is the first choice."""

import ast
from collections import defaultdict

from django.apps import apps as django_apps

from tools.code_figures import foreign_tables, python_files

ALLOWED: dict[str, set[str]] = {
    "aftersales": {
        "flashsales_itemtally", "flashsales_reservation", "flashsales_saleitem",
        "inventory_movement", "inventory_sku", "inventory_style",
        "ledger_entry", "ledger_posting",
        "membership_growthentry",
        "orders_order", "orders_orderline",
        "settlement_statement", "settlement_statementitem",
    },
    "analysis": {
        "aftersales_carrierclaim", "aftersales_case", "aftersales_refund",
        "brands_brand",
        "flashsales_sale", "flashsales_saleitem",
        "inventory_category", "inventory_sku", "inventory_style",
        "ledger_account", "ledger_entry", "ledger_posting",
        "membership_reseller", "membership_tierchange",
        "orders_consignment", "orders_order", "orders_orderline", "orders_parcelline",
        "pricing_pricelistrow",
    },
    "bank_statements": {
        "treasury_moneyrequest",
    },
    "brands": {
        "ledger_account",
    },
    "closings": {
        "accounts_person",
        "brands_brand", "brands_staff",
        "membership_reseller",
        "treasury_moneyrequest",
    },
    "flashsales": {
        "accounts_person",
        "brands_brand",
        "inventory_category", "inventory_movement", "inventory_sku", "inventory_style",
        "membership_reseller",
        "pricing_pricelist", "pricing_pricelistitem", "pricing_pricelistrow",
    },
    "forwarding": {
        "accounts_person",
        "aftersales_case", "aftersales_faultreport", "aftersales_refund", "aftersales_substitute",
        "brands_brand",
        "flashsales_reservation", "flashsales_sale", "flashsales_saleitem", "flashsales_stylelisting", "flashsales_waitingentry",
        "inventory_category", "inventory_sku", "inventory_style",
        "ledger_account", "ledger_entry",
        "membership_notice", "membership_reseller",
        "orders_consignment", "orders_order", "orders_orderline", "orders_recipient",
        "pricing_pricelist",
    },
    "inventory": {
        "brands_brand",
    },
    "invoices": {
        "orders_orderline",
        "settlement_statement", "settlement_statementitem",
        "treasury_moneyrequest",
    },
    "ledger": {
        "brands_brand",
        "membership_reseller",
    },
    "events": {
        "accounts_person",
    },
    "membership": {
        "accounts_person",
    },
    "notices": {
        "accounts_auditentry", "accounts_person",
        "brands_staff",
        "events_event",
        "membership_reseller",
    },
    "orders": {
        "flashsales_itemtally", "flashsales_reservation", "flashsales_sale", "flashsales_saleitem",
        "inventory_movement", "inventory_sku", "inventory_style",
        "ledger_account",
        "membership_growthentry", "membership_reseller", "membership_tierchange", "membership_tiertableversion",
        "pricing_pricelist", "pricing_pricelistrow",
    },
    "payments": {
        "ledger_posting",
    },
    "pricing": {
        "brands_brand",
        "inventory_category", "inventory_sku", "inventory_style",
    },
    "rehearsals": {
        # In the second database, whose rows no service of this process reads.
        "flashsales_itemtally", "flashsales_sale", "flashsales_saleitem", "flashsales_saletally", "flashsales_stylesearch",
        "inventory_sku", "inventory_style",
        "membership_reseller",
        "orders_order", "orders_orderline",
    },
    "settlement": {
        "brands_brand",
        "flashsales_sale", "flashsales_saleitem",
        "inventory_sku", "inventory_style",
        "orders_orderline",
    },
    "treasury": {
        "payments_providerrefund",
        "settlement_statement",
    },
}  # fmt: skip
"""By app: tables that its statements name. Remove what is not read any more; add to it only where a selector would be too slow."""


def tables_read() -> dict[str, set[str]]:
    """By app: tables of models of other apps that strings in its modules name."""
    models = django_apps.get_models()
    tables = {model._meta.db_table for model in models}
    owners = frozenset(model._meta.app_label for model in models)
    read = defaultdict(set)
    for path in python_files():
        for app, table in foreign_tables(path, ast.parse(path.read_text("utf-8")), owners):
            if table in tables:
                read[app].add(table)
    return dict(read)


def difference(left: dict[str, set[str]], right: dict[str, set[str]]) -> dict[str, list[str]]:
    return {app: sorted(rest) for app, tables in left.items() if (rest := tables - right.get(app, set()))}


def test_no_app_reads_a_table_of_another_app_that_the_list_does_not_allow() -> None:
    assert difference(tables_read(), ALLOWED) == {}


def test_the_list_allows_only_what_is_read() -> None:
    assert difference(ALLOWED, tables_read()) == {}


def test_a_planted_table_is_found() -> None:
    planted = {"brands": {"orders_order"}}
    assert difference(planted, ALLOWED) == {"brands": ["orders_order"]}
