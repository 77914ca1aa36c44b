# ruff: noqa: E501 - one state a line
"""States that no service leaves behind, each spoiled by hand in a marketplace that has lived: the check names the very row (INTEGRITY-1 to INTEGRITY-7)."""

import functools
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import connection, transaction
from django.db.models import F

from analysis.models import RollupState
from db import sql
from integrity.models import IntegrityRun
from integrity.selectors.checks import CHECKS, all_violations, run_checks
from integrity.sql import Watermark, get_watermark, kinds_named, load_changed_ids, restrict_to_changes
from kernel.integrity import Check, ComputedCheck
from ledger.services import close_due_days
from tests.builders import NOW
from tests.integrity.world import World
from treasury.services.closes import compare_days

pytestmark = pytest.mark.django_db


class Spoiled(NamedTuple):
    """The check that must find it, and what is done by hand; the statement gives the ids of the rows that must be named."""

    code: str
    statement: str
    constraint: str = ""


POST = """
WITH p AS (
    INSERT INTO ledger_posting (at, kind, key, cause, note)
    SELECT now(), '{kind}', '{key}', '{cause}', '{note}' RETURNING id
), e AS (
    INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
    SELECT p.id, a.id, CASE a.kind WHEN 'wallet' THEN 100 ELSE -100 END
    FROM p, ledger_account a WHERE a.id = (SELECT min(id) FROM ledger_account WHERE kind = 'wallet') OR a.kind = 'clearing'
    RETURNING account_id, amount_fen
), u AS (
    UPDATE ledger_account a SET balance_fen = balance_fen + e.amount_fen FROM e WHERE a.id = e.account_id
)
SELECT id FROM p
"""
MOVE = """
WITH m AS (
    INSERT INTO inventory_movement (sku_id, kind, cause, on_hand_delta, allotted_delta, at)
    SELECT min(id), '{kind}', '{cause}', {on_hand}, {allotted}, now() FROM inventory_sku RETURNING id, sku_id
), s AS (
    UPDATE inventory_sku SET on_hand = on_hand + {on_hand}, allotted = allotted + {allotted} FROM m WHERE inventory_sku.id = m.sku_id
)
SELECT id FROM m
"""
WITH_ENTRY = """
SELECT posting_id FROM ledger_entry e JOIN ledger_posting p ON p.id = e.posting_id JOIN ledger_account a ON a.id = e.account_id
"""
EVENT = """
INSERT INTO events_event (kind, subject_kind, subject_id, for_reseller, for_brand, for_platform, data, occurred_at)
VALUES ('{kind}', '{subject}', 999999, false, false, false, '{{}}', now()) RETURNING id
"""
AN_HOUR_LATER = "(SELECT min(occurred_at) + interval '1 hour' FROM events_event WHERE subject_kind <> 'bank_account')"
LIVE = "(SELECT max(id) FROM flashsales_sale WHERE state = 'published')"
TOPPED_UP = "(SELECT min(id) FROM treasury_moneyrequest WHERE kind = 'top_up' AND state = 'approved')"
BRAND_WITHOUT_ACCOUNT = "(SELECT max(id) FROM brands_brand WHERE id NOT IN (SELECT brand_id FROM treasury_bankaccount WHERE brand_id IS NOT NULL))"
PAYOUT = "(SELECT id FROM treasury_moneyrequest WHERE kind = 'payout')"
OTHER_BRAND = "(SELECT id FROM brands_brand WHERE name = '别家')"


def without_event(kind: str, row: str = "subject_id") -> str:
    """Delete the events of a kind; `row` gives the row that is then without one."""
    return f"DELETE FROM events_event e WHERE kind = '{kind}' AND occurred_at > {AN_HOUR_LATER} RETURNING {row}"


def entry(kind: str, account: str, change: str) -> str:
    """Change the entry of an account in the first posting of a kind, another entry of it and the balances: all still adds up."""
    return f"""
    WITH p AS (SELECT min(id) AS id FROM ledger_posting WHERE kind = '{kind}'), e AS (
        UPDATE ledger_entry e SET amount_fen = amount_fen + CASE a.kind WHEN '{account}' THEN {change} ELSE -({change}) END
        FROM p, ledger_account a
        WHERE e.posting_id = p.id AND a.id = e.account_id AND (a.kind = '{account}' OR a.id = (
            SELECT max(o.account_id) FROM ledger_entry o JOIN ledger_account b ON b.id = o.account_id
            WHERE o.posting_id = p.id AND b.kind <> '{account}'))
        RETURNING e.account_id, CASE a.kind WHEN '{account}' THEN {change} ELSE -({change}) END AS delta
    ), u AS (UPDATE ledger_account a SET balance_fen = balance_fen + delta FROM e WHERE a.id = e.account_id)
    SELECT id FROM p"""


SPOILED = [
    # Money
    Spoiled("ledger.balanced", "UPDATE ledger_entry SET amount_fen = amount_fen + 1 WHERE id = (SELECT min(id) FROM ledger_entry) RETURNING posting_id"),
    Spoiled("ledger.entries", "DELETE FROM ledger_entry WHERE posting_id = (SELECT min(id) FROM ledger_posting) RETURNING posting_id"),
    Spoiled("ledger.balance", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'commission' RETURNING id"),
    Spoiled("ledger.closed_day", "UPDATE ledger_closedday SET summed_at = ends_at - interval '1 hour' WHERE id = (SELECT max(id) FROM ledger_closedday) RETURNING id"),
    Spoiled("ledger.account_day", "UPDATE ledger_accountday SET closing_fen = closing_fen + 1 WHERE id = (SELECT max(id) FROM ledger_accountday) RETURNING id"),
    Spoiled("ledger.kind_day", "UPDATE ledger_kindday SET closing_fen = closing_fen + 1 WHERE id = (SELECT max(id) FROM ledger_kindday WHERE kind = 'wallet') RETURNING id"),
    Spoiled("ledger.closed_sums", "UPDATE ledger_posting SET at = (SELECT min(ends_at) FROM ledger_closedday) - interval '2 hours', note = 'moved' WHERE id = (SELECT max(p.id) FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id JOIN ledger_account a ON a.id = e.account_id WHERE a.kind = 'commission' AND p.at > (SELECT max(ends_at) FROM ledger_closedday)) RETURNING (SELECT id FROM ledger_account WHERE kind = 'commission')"),
    Spoiled("treasury.close_comparison", "UPDATE treasury_daycomparison SET state = 'differs' WHERE id = (SELECT max(id) FROM treasury_daycomparison WHERE state = 'agrees') RETURNING id"),
    Spoiled("treasury.close_comparison", "UPDATE treasury_daycomparison SET day = day + 100 WHERE id = (SELECT max(id) FROM treasury_daycomparison) RETURNING id"),
    Spoiled("treasury.close_difference", "INSERT INTO treasury_closedifference (day, compared, kind, subject, ledger_fen, other_fen, state, found_at, explanation) SELECT day, compared, 'balance', 'wallet:1000000001', 5, 5, 'open', compared_at, '' FROM treasury_daycomparison WHERE compared = 'balances' LIMIT 1 RETURNING id"),
    Spoiled("ledger.negative", "UPDATE ledger_account SET balance_fen = -1 WHERE kind = 'deposit' RETURNING id", "ledger_account.ledger_balance_not_negative"),
    Spoiled("ledger.owner", "UPDATE ledger_account SET owner_id = 999999 WHERE id = (SELECT min(id) FROM ledger_account WHERE kind = 'wallet') RETURNING id"),
    Spoiled("ledger.owner", "UPDATE ledger_account SET owner_id = 7 WHERE kind = 'clearing' RETURNING id"),
    Spoiled("ledger.key", POST.format(kind="top_up", key="free", cause="reseller:1", note="")),
    Spoiled("ledger.key", POST.format(kind="withdrawal", key="withdrawal:1", cause="reseller:1", note="")),
    Spoiled("ledger.key", "UPDATE ledger_posting SET cause = 'order:1' WHERE id = (SELECT min(id) FROM ledger_posting WHERE kind = 'deposit') RETURNING id"),
    Spoiled("ledger.key", "UPDATE ledger_posting SET kind = 'refund' WHERE id = (SELECT min(id) FROM ledger_posting WHERE kind = 'payment') RETURNING id"),
    Spoiled("orders.top_up_record", POST.format(kind="top_up", key="top-up:free", cause="reseller:1", note="free")),
    Spoiled("orders.top_up_amount", entry("top_up", "wallet", "100")),
    Spoiled("brands.deposit_record", "DELETE FROM accounts_auditentry WHERE action = 'brands.record_deposit'"
            " RETURNING (SELECT id FROM ledger_posting WHERE key = 'deposit:' || (details->>'reference'))"),
    Spoiled("brands.deposit_amount", entry("deposit", "deposit", "-100")),
    Spoiled("orders.payment_order", POST.format(kind="payment", key="payment:order:999999", cause="order:999999", note="")),
    Spoiled("orders.payment_order", "UPDATE ledger_posting SET at = at + interval '1 second' WHERE id = (SELECT min(id) FROM ledger_posting WHERE kind = 'payment') RETURNING id"),
    Spoiled("orders.payment", "UPDATE ledger_posting SET key = 'payment:order:999999', cause = 'order:999999' WHERE id = (SELECT min(id) FROM ledger_posting WHERE kind = 'payment')"
            " RETURNING (SELECT min(id) FROM orders_order WHERE state = 'paid')"),
    Spoiled("orders.payment", "UPDATE orders_order SET state = 'paid', paid_at = placed_at WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.payment_amount", entry("payment", "wallet", "100")),
    Spoiled("orders.payment_amount", entry("payment", "commission", "-1")),
    Spoiled("aftersales.posting_refund", POST.format(kind="refund", key="refund:999999", cause="refund:999999", note="")),
    Spoiled("aftersales.refund_posting", "UPDATE ledger_posting SET key = 'refund:999999', cause = 'refund:999999' WHERE key = 'refund:' || (SELECT min(id) FROM aftersales_refund)"
            " RETURNING (SELECT min(id) FROM aftersales_refund)"),
    Spoiled("aftersales.posting_amount", entry("refund", "wallet", "-1")),
    # A refund into the wallet of another reseller.
    Spoiled("aftersales.posting_amount", f"""
        WITH e AS ({WITH_ENTRY} WHERE p.kind = 'refund' AND a.kind = 'wallet'), one AS (SELECT min(posting_id) AS id FROM e)
        UPDATE ledger_entry SET account_id = (SELECT max(id) FROM ledger_account WHERE kind = 'wallet')
        FROM one WHERE posting_id = one.id AND account_id IN (SELECT id FROM ledger_account WHERE kind = 'wallet') RETURNING posting_id"""),
    Spoiled("settlement.posting_amount", entry("settlement", "brand_settled", "100")),
    Spoiled("settlement.posting_statement", "UPDATE settlement_statement SET state = 'draft', settled_at = NULL WHERE state = 'settled'"
            " RETURNING (SELECT id FROM ledger_posting WHERE key = 'settlement:' || settlement_statement.id)"),
    Spoiled("settlement.posting", "UPDATE settlement_statement SET state = 'settled', settled_at = settleable_from WHERE state = 'draft' RETURNING id"),
    Spoiled("treasury.statement", "UPDATE settlement_statement SET state = 'paid', paid_at = settled_at, payout_reference = 'x' WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statement SET commission_fen = commission_fen + 1, payable_fen = payable_fen - 1 WHERE state = 'settled' RETURNING id"),
    Spoiled("analysis.sale_day", "UPDATE analysis_saleday SET sold_fen = sold_fen + 1 RETURNING id"),
    Spoiled("analysis.sale_day", "UPDATE analysis_saleday SET late_units = late_units + 1 RETURNING id"),
    Spoiled("analysis.sale_day_missing", "DELETE FROM analysis_saleday RETURNING sale_id"),
    Spoiled("analysis.refunds", "UPDATE analysis_saledayrefund SET amount_fen = amount_fen + 1 RETURNING sale_id"),
    Spoiled("analysis.tier_day", "UPDATE analysis_tierday SET refunded_fen = refunded_fen + 1 RETURNING to_char(day, 'YYYYMMDD')::int"),
    Spoiled("analysis.cohort", "UPDATE analysis_cohortmonth SET sold_fen = sold_fen + 1 RETURNING id"),
    Spoiled("analysis.sale_total", "UPDATE analysis_saletotal SET offered_units = offered_units + 1 RETURNING sale_id"),
    Spoiled("analysis.sale_goods", "UPDATE analysis_salegoods SET sold_units = sold_units + 1 WHERE sold_units < offered_units RETURNING sale_id"),
    Spoiled("settlement.totals", "UPDATE settlement_statement SET sold_fen = sold_fen + 1, payable_fen = payable_fen + 1 WHERE state = 'draft' RETURNING id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statement SET units = units + 1 WHERE state = 'paid' RETURNING id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statement SET adjustments_fen = 0, payable_fen = payable_fen - 7 WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statement SET freight_fen = freight_fen + 1, commission_fen = commission_fen + 1 WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.item", "UPDATE settlement_statementitem SET freight_fen = freight_fen + 1 RETURNING line_id"),
    Spoiled("settlement.item", "UPDATE settlement_statementitem SET refunded_fen = refunded_fen + 1 RETURNING line_id"),
    Spoiled("settlement.item", "UPDATE settlement_statementitem SET statement_id = 999999 RETURNING line_id"),
    Spoiled("settlement.item", "UPDATE settlement_statementitem SET statement_id = (SELECT id FROM settlement_statement WHERE state = 'draft') RETURNING line_id"),
    Spoiled("settlement.item_missing", "DELETE FROM settlement_statementitem RETURNING line_id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statementdeduction SET waiver_id = (SELECT max(id) FROM settlement_feewaiver) WHERE statement_id ="
            " (SELECT max(id) FROM settlement_statement WHERE state = 'settled') AND kind = 'shortage' RETURNING statement_id"),
    Spoiled("settlement.item_totals", "UPDATE settlement_statement SET netted_fen = netted_fen + 1, payable_fen = payable_fen - 1 WHERE state = 'disputed' RETURNING id"),
    Spoiled("settlement.deduction", "UPDATE settlement_statementdeduction SET units = units + 1 WHERE statement_id = (SELECT max(id) FROM settlement_statement WHERE state = 'settled') RETURNING id"),
    Spoiled("settlement.deduction", "UPDATE settlement_contractfee SET amount_fen = 5 WHERE kind = 'shortage' RETURNING (SELECT max(d.id)"
            " FROM settlement_statementdeduction d JOIN settlement_statement t ON t.id = d.statement_id WHERE d.kind = 'shortage' AND t.state <> 'draft')"),
    Spoiled("settlement.deduction", "UPDATE settlement_statementdeduction SET waiver_id = NULL WHERE waiver_id IS NOT NULL AND statement_id IN"
            " (SELECT id FROM settlement_statement WHERE state <> 'draft') RETURNING id"),
    Spoiled("settlement.deduction_missing", "DELETE FROM settlement_statementdeduction WHERE statement_id = (SELECT max(id) FROM settlement_statement"
            " WHERE state = 'settled') RETURNING line_id"),
    Spoiled("settlement.debt", "INSERT INTO settlement_branddebt (brand_id, kind, amount_fen, source_id, at) SELECT brand_id, 'carried', 5, id, now()"
            " FROM settlement_statement WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.debt", "INSERT INTO settlement_branddebt (brand_id, kind, amount_fen, source_id, at) SELECT brand_id, 'carried', 5, id, now()"
            " FROM settlement_statement WHERE state = 'draft' RETURNING id"),
    Spoiled("settlement.debt_missing", "UPDATE settlement_statement SET carried_fen = payable_fen, netted_fen = 2 * payable_fen, payable_fen = 0 WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.owing", "UPDATE ledger_account SET balance_fen = balance_fen - 1 WHERE kind = 'brand_debt' RETURNING id"),
    Spoiled("settlement.debt", "UPDATE settlement_branddebt SET line_id = 999999 WHERE kind = 'late_refund' RETURNING id"),
    Spoiled("settlement.debt", "UPDATE settlement_branddebt SET refunded_fen = amount_fen - 1 WHERE kind = 'late_refund' RETURNING id"),
    Spoiled("settlement.debt_booked", "UPDATE settlement_branddebt SET amount_fen = amount_fen + 1 WHERE kind = 'late_refund' RETURNING id"),
    Spoiled("settlement.debt_booked", "UPDATE settlement_branddebt SET paid_as = 'deposit_deduction:999999' WHERE kind = 'late_refund' RETURNING id"),
    Spoiled("settlement.fees", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'brand_fee' RETURNING id"),
    Spoiled("settlement.dispute", "UPDATE settlement_statementdispute SET deduction_id = (SELECT max(id) FROM settlement_statementdeduction) WHERE state = 'open' RETURNING id"),
    Spoiled("settlement.dispute", "UPDATE settlement_statementdispute SET payable_fen = payable_fen + 1 RETURNING id"),
    Spoiled("settlement.dispute", "UPDATE settlement_statementdispute SET claimed_fen = -1 RETURNING id"),
    Spoiled("settlement.dispute", "UPDATE settlement_statement SET state = 'sent' WHERE state = 'disputed' RETURNING (SELECT id FROM settlement_statementdispute WHERE state = 'open')"),
    Spoiled("settlement.state", "UPDATE settlement_statementdispute SET state = 'kept', answer = 'x', answered_at = raised_at, answered_by_id = raised_by_id WHERE state = 'open'"
            " RETURNING statement_id"),
    Spoiled("settlement.state", "UPDATE settlement_statement SET sent_at = NULL WHERE state = 'paid' RETURNING id"),
    Spoiled("settlement.state", "UPDATE settlement_statement SET settled_at = settleable_from - interval '1 day' WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.state", "UPDATE settlement_statement SET paid_at = settled_at WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.state", "UPDATE settlement_statement SET brand_has_money = true WHERE state = 'settled' RETURNING id"),
    Spoiled("settlement.comparison", "UPDATE settlement_statementcomparison SET difference_count = difference_count + 1 RETURNING id"),
    Spoiled("settlement.comparison", "DELETE FROM settlement_comparisondifference WHERE kind = 'only_list' RETURNING comparison_id"),
    Spoiled("settlement.comparison", f"UPDATE settlement_statementcomparison SET brand_id = {OTHER_BRAND} RETURNING id"),
    Spoiled("settlement.difference", "UPDATE settlement_comparisondifference SET stated = jsonb_set(stated, '{5}', '1') WHERE kind = 'differs' RETURNING id"),
    Spoiled("settlement.difference", "UPDATE settlement_comparisondifference SET stated = jsonb_set(stated, '{0}', '99') WHERE kind = 'differs' RETURNING id"),
    Spoiled("settlement.difference", "UPDATE settlement_comparisondifference SET differing = '[]' WHERE kind = 'differs' RETURNING id"),
    Spoiled("settlement.difference", "UPDATE settlement_comparisondifference SET line_id = (SELECT i.line_id FROM settlement_statementitem i"
            " JOIN settlement_statement t ON t.id = i.statement_id WHERE t.state = 'settled' LIMIT 1) WHERE kind = 'differs' RETURNING id"),
    Spoiled("settlement.sale", f"UPDATE settlement_statement SET brand_id = {OTHER_BRAND} WHERE state = 'draft' RETURNING id"),
    Spoiled("settlement.item", "UPDATE orders_orderline l SET shipped_units = 0 FROM settlement_statementitem i WHERE i.line_id = l.id RETURNING l.id"),
    Spoiled("settlement.owed", "UPDATE orders_orderline SET payable_fen = payable_fen + 1, commission_fen = commission_fen - 1 WHERE sale_id = " + LIVE +
            " RETURNING (SELECT a.id FROM ledger_account a WHERE a.kind = 'brand_payable' AND a.owner_id = brand_id)"),
    Spoiled("settlement.settled", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'brand_settled' RETURNING id"),
    # Payments through providers
    Spoiled("payments.payment_booked", "UPDATE payments_payment SET booked_at = booked_at + interval '1 second' WHERE number LIKE '%AAAA' RETURNING id"),
    Spoiled("payments.payment_booked", "UPDATE payments_payment SET state = 'paid', booked_at = closed_at, paid_at = closed_at, transaction_id = 'x', proof = '{}'"
            " WHERE state = 'closed' RETURNING id"),
    Spoiled("payments.payment_unknown", POST.format(kind="provider_payment", key="provider_payment:999999", cause="provider_payment:999999", note="")),
    Spoiled("payments.payment_unknown", "UPDATE payments_payment SET state = 'closed', closed_at = booked_at, booked_at = NULL, paid_at = NULL, transaction_id = ''"
            " WHERE state = 'paid' AND number LIKE '%AAAA' RETURNING (SELECT p.id FROM ledger_posting p WHERE p.key = 'provider_payment:' || payments_payment.id)"),
    Spoiled("payments.payment_amount", entry("provider_payment", "wechat_clearing", "-1")),
    Spoiled("payments.payment_amount", "UPDATE payments_payment SET amount_fen = amount_fen + 1 WHERE state = 'paid'"
            " AND number LIKE '%AAAA' RETURNING (SELECT p.id FROM ledger_posting p WHERE p.key = 'provider_payment:' || payments_payment.id)"),
    Spoiled("payments.wechat_clearing", "UPDATE ledger_account SET balance_fen = balance_fen - 1 WHERE kind = 'wechat_clearing' RETURNING id"),
    Spoiled("payments.alipay_clearing", "INSERT INTO ledger_account (kind, owner_id, balance_fen) VALUES ('alipay_clearing', 0, -5) RETURNING id"),
    Spoiled("payments.rows", "UPDATE payments_payment SET proof = '' WHERE number LIKE '%AAAA' RETURNING id"),
    Spoiled("payments.rows", "UPDATE payments_payment SET created_at = booked_at + interval '1 hour' WHERE number LIKE '%AAAA' RETURNING id"),
    Spoiled("payments.rows", "UPDATE payments_payment SET number = 'P1' WHERE state = 'closed' RETURNING id"),
    Spoiled("payments.event", "UPDATE payments_providerevent SET outcome = 'booked' WHERE outcome = 'differs' RETURNING id"),
    Spoiled("payments.event", "UPDATE payments_providerevent SET number = 'P1' WHERE outcome = 'booked' RETURNING id"),
    # Refunds to the source
    Spoiled("payments.refund_booked", "UPDATE payments_providerrefund SET created_at = created_at - interval '1 second' WHERE state = 'waiting' RETURNING id"),
    Spoiled("payments.refund_booked", "UPDATE payments_providerrefund SET ended_at = ended_at + interval '1 second' WHERE state = 'failed' RETURNING id"),
    Spoiled("payments.refund_unknown", POST.format(kind="refund_to_source", key="refund_to_source:999999", cause="provider_refund:999999", note="")),
    Spoiled("payments.refund_unknown", "UPDATE payments_providerrefund SET state = 'processing', ended_at = NULL WHERE state = 'succeeded'"
            " RETURNING (SELECT p.id FROM ledger_posting p WHERE p.key = 'refund_paid_out:' || payments_providerrefund.id)"),
    Spoiled("payments.refund_amount", "UPDATE payments_providerrefund SET amount_fen = amount_fen + 1 WHERE state = 'waiting'"
            " RETURNING (SELECT p.id FROM ledger_posting p WHERE p.key = 'refund_to_source:' || payments_providerrefund.id)"),
    Spoiled("payments.refund_in_transit", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'refund_in_transit' RETURNING id"),
    Spoiled("payments.refunded", "UPDATE payments_payment SET refunded_fen = refunded_fen - 1 WHERE refunded_fen > 0 RETURNING id"),
    Spoiled("payments.refunds", "UPDATE payments_providerrefund SET reseller_id = 999999 WHERE state = 'waiting' RETURNING id"),
    Spoiled("payments.refunds", "UPDATE payments_providerrefund SET proof = '' WHERE state = 'succeeded' RETURNING id"),
    Spoiled("payments.refunds", "UPDATE payments_providerrefund SET number = 'R1' WHERE state = 'waiting' RETURNING id"),
    Spoiled("payments.refunds", "UPDATE payments_providerrefund SET created_at = created_at - interval '1 day' WHERE state = 'waiting' RETURNING id"),
    Spoiled("payments.refunds", "UPDATE payments_providerrefund SET ended_at = created_at - interval '1 second' WHERE state = 'succeeded' RETURNING id"),
    Spoiled("payments.event_subject", EVENT.format(kind="source_refund_started", subject="provider_payment")),
    Spoiled("orders.payment_returned", "UPDATE payments_payment SET refunded_fen = amount_fen WHERE refunded_fen > 0"
            " RETURNING (SELECT max(t.id) FROM orders_orderpayment t WHERE t.payment_id = payments_payment.id)"),
    # Bills of providers
    Spoiled("payments.bill_booked", "UPDATE payments_providerbill SET taken_at = taken_at + interval '1 second' WHERE kind = 'fund' RETURNING id"),
    Spoiled("payments.bill_unknown", POST.format(kind="provider_fee", key="provider_fee:999999", cause="provider_bill:999999", note="")),
    Spoiled("payments.bill_unknown", POST.format(kind="provider_settlement", key="provider_settlement:999999", cause="provider_bill:999999", note="")),
    Spoiled("payments.bill_amount", "UPDATE payments_providerbill SET fee_fen = fee_fen + 1 WHERE kind = 'fund'"
            " RETURNING (SELECT p.id FROM ledger_posting p WHERE p.key = 'provider_fee:' || payments_providerbill.id)"),
    Spoiled("payments.provider_fee", "UPDATE ledger_account SET balance_fen = balance_fen - 1 WHERE kind = 'provider_fee' RETURNING id"),
    Spoiled("payments.bill", "UPDATE payments_providerbill SET lines_count = lines_count + 1 WHERE kind = 'trade' RETURNING id"),
    Spoiled("payments.bill", "UPDATE payments_providerbillline SET amount_fen = amount_fen - 1 WHERE kind = 'to_bank' RETURNING bill_id"),
    # Money requests
    Spoiled("treasury.posting", f"UPDATE treasury_moneyrequest SET booked_as = 'top-up:none' WHERE id = {TOPPED_UP} RETURNING id"),
    Spoiled("treasury.posting", f"UPDATE treasury_moneyrequest SET decided_at = decided_at + interval '1 second' WHERE id = {TOPPED_UP} RETURNING id"),
    Spoiled("treasury.posting", "UPDATE treasury_moneyrequest SET decided_by_id = (SELECT id FROM accounts_person WHERE role = 'ops' LIMIT 1) WHERE kind = 'deposit' RETURNING id"),
    Spoiled("treasury.posting_request", f"UPDATE ledger_posting SET key = 'top-up:X', note = 'X' WHERE key = (SELECT booked_as FROM treasury_moneyrequest WHERE id = {TOPPED_UP})"
            " RETURNING id"),
    Spoiled("treasury.posting_request", "UPDATE treasury_moneyrequest SET state = 'refused', booked_as = '' WHERE kind = 'deposit' AND amount_fen = 3000"
            " RETURNING (SELECT id FROM ledger_posting WHERE key = 'deposit:CCB-8')"),
    Spoiled("treasury.posting_amount", entry("top_up", "wallet", "100")),
    Spoiled("treasury.posting_amount", entry("reversal", "wallet", "100")),
    Spoiled("treasury.two_people", f"UPDATE treasury_moneyrequest SET entered_by_id = decided_by_id WHERE id = {TOPPED_UP} RETURNING id",
            "treasury_moneyrequest.money_request_of_two_people"),
    Spoiled("treasury.reversal", "UPDATE treasury_moneyrequest SET state = 'approved', reference = 'X' WHERE state = 'reversed' RETURNING id"),
    Spoiled("treasury.reversal", f"UPDATE treasury_moneyrequest SET state = 'reversed' WHERE id = {TOPPED_UP} RETURNING id"),
    Spoiled("treasury.payee", "UPDATE treasury_moneyrequest SET bank_account_id = NULL WHERE kind = 'payout' RETURNING id"),
    Spoiled("treasury.payee", f"UPDATE treasury_bankaccount SET brand_id = {BRAND_WITHOUT_ACCOUNT} WHERE id = (SELECT bank_account_id FROM treasury_moneyrequest WHERE kind = 'payout') RETURNING {PAYOUT}"),
    Spoiled("treasury.payee", "UPDATE treasury_bankaccount SET payable_from = payable_from + interval '1 day' WHERE state = 'approved' AND brand_id IS NOT NULL"
            f" RETURNING {PAYOUT}"),
    Spoiled("treasury.payee", f"UPDATE treasury_bankaccount SET decided_by_id = entered_by_id WHERE state = 'approved' AND brand_id IS NOT NULL RETURNING {PAYOUT}",
            "treasury_bankaccount.bank_account_two_people"),
    Spoiled("treasury.money_out_posting", "UPDATE treasury_moneyrequest SET paid_at = paid_at + interval '1 second' WHERE kind = 'payout' RETURNING id"),
    Spoiled("treasury.money_out_posting", "UPDATE treasury_moneyrequest SET entered_at = entered_at - interval '1 second' WHERE kind = 'withdrawal'"
            " AND state = 'waiting' RETURNING id"),
    Spoiled("treasury.posting_money_out", "UPDATE ledger_posting SET key = 'transfer:99999999', cause = 'money_request:99999999' WHERE kind = 'transfer'"
            " AND id = (SELECT min(id) FROM ledger_posting WHERE kind = 'transfer') RETURNING id"),
    Spoiled("treasury.money_out_amount", entry("withdrawal", "wallet", "100")),
    Spoiled("treasury.money_out_amount", entry("payout", "clearing", "100")),
    Spoiled("treasury.money_out_amount", entry("adjustment", "wallet", "100")),
    Spoiled("treasury.money_out_amount", entry("deposit_deduction", "deposit", "-100")),
    Spoiled("treasury.money_out_posting", "UPDATE treasury_moneyrequest SET decided_at = decided_at + interval '1 second' WHERE kind = 'wallet_debit' RETURNING id"),
    Spoiled("treasury.two_people", "UPDATE treasury_moneyrequest SET decided_by_id = entered_by_id WHERE kind = 'deposit_deduction' RETURNING id",
            "treasury_moneyrequest.money_request_of_two_people"),
    Spoiled("treasury.withdrawals_in_transit", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'withdraw_in_transit' RETURNING id"),
    Spoiled("treasury.deposits_in_transit", "UPDATE ledger_account SET balance_fen = balance_fen + 1 WHERE kind = 'deposit_in_transit' RETURNING id"),
    Spoiled("treasury.batch", "UPDATE treasury_transferbatch SET request_count = request_count + 1 RETURNING id"),
    Spoiled("treasury.batch", "UPDATE treasury_transferbatch SET amount_fen = amount_fen + 1 RETURNING id"),
    Spoiled("treasury.batch", "UPDATE treasury_transferbatch SET content = 'x' WHERE confirmed_at IS NULL RETURNING id"),
    Spoiled("treasury.batch", "UPDATE treasury_transferbatch SET confirmed_at = confirmed_at + interval '1 second' WHERE bank_reference = 'OUT-1' RETURNING id"),
    Spoiled("treasury.batch", "UPDATE treasury_moneyrequest SET state = 'in_batch', paid_at = NULL, booked_as = '' WHERE kind = 'withdrawal' AND state = 'paid'"
            " RETURNING batch_id"),
    Spoiled("treasury.statement", "UPDATE settlement_statement SET state = 'settled', paid_at = NULL, payout_reference = '' WHERE state = 'paid' RETURNING id"),
    Spoiled("treasury.statement", "UPDATE treasury_moneyrequest SET amount_fen = amount_fen + 1 WHERE kind = 'payout' RETURNING statement_id"),
    Spoiled("treasury.statement", "UPDATE treasury_moneyrequest SET state = 'returned' WHERE kind = 'payout' RETURNING statement_id"),
    Spoiled("treasury.reversal", "UPDATE treasury_moneyrequest SET state = 'paid' WHERE kind = 'deposit_return' AND state = 'returned' RETURNING id"),
    Spoiled("treasury.event_subject", EVENT.format(kind="top_up_reversed", subject="money_request")),
    Spoiled("treasury.provider_money", "UPDATE treasury_moneyrequest SET amount_fen = amount_fen + 1 WHERE kind = 'payment_to_wallet' RETURNING id"),
    Spoiled("treasury.provider_money", "UPDATE treasury_moneyrequest SET amount_fen = amount_fen + 1 WHERE kind = 'refund_to_wallet' RETURNING id"),
    Spoiled("treasury.provider_money", "UPDATE treasury_moneyrequest SET payment_id = NULL WHERE kind = 'payment_to_wallet' RETURNING id"),
    Spoiled("treasury.provider_money", "UPDATE treasury_moneyrequest SET provider_refund_id = (SELECT min(id) FROM payments_providerrefund)"
            " WHERE kind = 'refund_to_wallet' RETURNING id"),
    # Closed accounts
    Spoiled("closings.people", "UPDATE accounts_person p SET is_active = true, deactivated_at = NULL FROM membership_reseller r, closings_accountclosing c"
            " WHERE r.person_id = p.id AND c.reseller_id = r.id RETURNING c.id"),
    Spoiled("closings.people", "UPDATE accounts_person p SET closed_at = NULL FROM membership_reseller r, closings_accountclosing c"
            " WHERE r.person_id = p.id AND c.reseller_id = r.id RETURNING c.id"),
    Spoiled("closings.people", "UPDATE brands_brand b SET status = 'suspended' FROM closings_accountclosing c WHERE c.brand_id = b.id RETURNING c.id"),
    Spoiled("closings.people", "UPDATE accounts_person p SET closed_at = NULL FROM brands_staff s, closings_accountclosing c"
            " WHERE s.person_id = p.id AND c.brand_id = s.brand_id RETURNING c.id"),
    Spoiled("closings.money", "UPDATE closings_accountclosing SET decided_at = decided_at - interval '1 second' WHERE brand_id IS NULL RETURNING id"),
    # A brand that owed money when it was closed.
    Spoiled("closings.money", """
        WITH c AS (SELECT id, brand_id FROM closings_accountclosing WHERE brand_id IS NOT NULL LIMIT 1), a AS (
            INSERT INTO ledger_account (kind, owner_id, balance_fen) SELECT 'brand_debt', brand_id, -5 FROM c RETURNING id
        ), e AS (
            INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
            SELECT (SELECT min(id) FROM ledger_posting), id, -5 FROM a RETURNING id
        )
        SELECT id FROM c"""),
    # A brand that was given a debt after it was closed.
    Spoiled("closings.money", """
        WITH c AS (SELECT id, brand_id FROM closings_accountclosing WHERE brand_id IS NOT NULL LIMIT 1), a AS (
            INSERT INTO ledger_account (kind, owner_id, balance_fen) SELECT 'brand_debt', brand_id, -5 FROM c RETURNING id
        ), e AS (
            INSERT INTO ledger_entry (posting_id, account_id, amount_fen)
            SELECT (SELECT id FROM ledger_posting ORDER BY at DESC LIMIT 1), id, -5 FROM a RETURNING id
        )
        SELECT id FROM c"""),
    Spoiled("closings.request", "UPDATE treasury_moneyrequest m SET amount_fen = amount_fen + 1 FROM closings_accountclosing c WHERE c.request_id = m.id RETURNING c.id"),
    Spoiled("closings.request", "UPDATE closings_accountclosing SET paid_fen = paid_fen + 1 WHERE paid_fen > 0 RETURNING id"),
    Spoiled("closings.open", "UPDATE closings_accountclosing SET reseller_id = (SELECT l.reseller_id FROM (SELECT o.reseller_id FROM orders_orderline x"
            " JOIN orders_order o ON o.id = x.order_id WHERE o.state = 'paid' AND x.units > x.shipped_units + x.cancelled_units LIMIT 1) AS l)"
            ", decided_at = now() + interval '10 years' WHERE brand_id IS NULL RETURNING id"),
    *(
        Spoiled("closings.invoices", f"UPDATE closings_accountclosing SET reseller_id = (SELECT r.reseller_id FROM {row} LIMIT 1)"
                ", decided_at = now() + interval '10 years' WHERE brand_id IS NULL RETURNING id")
        for row in (
            "invoices_invoicerequest r WHERE r.state = 'requested' AND r.reseller_id IS NOT NULL",
            "invoices_invoicecorrection k JOIN invoices_invoicerequest r ON r.id = k.request_id WHERE k.ended_at IS NULL",
        )
    ),
    # Invoices
    Spoiled("invoices.item", "UPDATE invoices_invoiceitem SET is_live = false WHERE is_live RETURNING id"),
    Spoiled("invoices.item", "UPDATE invoices_invoiceitem SET amount_fen = amount_fen + 1 WHERE is_live AND line_id IS NOT NULL RETURNING id"),
    Spoiled("invoices.item", "UPDATE invoices_invoiceitem SET amount_fen = amount_fen + 1000000 WHERE statement_id IS NOT NULL RETURNING id"),
    Spoiled("invoices.item", "UPDATE invoices_invoiceitem i SET line_id = (SELECT min(id) FROM orders_orderline) FROM invoices_invoicerequest r"
            " WHERE r.id = i.request_id AND r.state = 'requested' AND i.line_id IS NOT NULL RETURNING i.id"),
    Spoiled("invoices.item", "UPDATE invoices_invoiceitem SET statement_id = (SELECT min(id) FROM settlement_statement WHERE state = 'draft')"
            " WHERE statement_id IS NOT NULL RETURNING id"),
    Spoiled("invoices.item", f"UPDATE invoices_invoicerequest r SET issuer_brand_id = {OTHER_BRAND} WHERE state = 'requested' AND issuer_brand_id IS NOT NULL"
            " RETURNING (SELECT i.id FROM invoices_invoiceitem i WHERE i.request_id = r.id)"),
    Spoiled("invoices.item", "WITH i AS (SELECT i.id, i.line_id FROM invoices_invoiceitem i JOIN invoices_invoicerequest r ON r.id = i.request_id"
            " WHERE r.state = 'issued' AND r.what = 'goods' ORDER BY i.id LIMIT 1) UPDATE treasury_moneyrequest m"
            " SET line_id = i.line_id, decided_at = m.decided_at - interval '99 days' FROM i WHERE m.line_id IS NOT NULL RETURNING i.id"),
    Spoiled("invoices.item", "UPDATE invoices_redletter SET amount_fen = 1000000 WHERE done_at IS NULL RETURNING item_id"),
    Spoiled("invoices.item", "INSERT INTO invoices_invoiceitem (request_id, line_id, amount_fen, is_live) SELECT request_id, line_id, 0, true FROM invoices_invoiceitem"
            " WHERE is_live AND line_id IS NOT NULL LIMIT 1 RETURNING id", "invoices_invoiceitem.invoice_item_line_once"),
    Spoiled("invoices.amount", "UPDATE invoices_invoicerequest SET amount_fen = amount_fen + 1 WHERE state = 'requested' RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET exported_at = requested_at - interval '1 second' WHERE exported_at IS NOT NULL RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET exported_at = exported_at + interval '1 second' WHERE state = 'exported' RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET issued_at = exported_at - interval '1 second' WHERE state = 'issued' RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET issued_on = issued_on - 9 WHERE state = 'issued' RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET ended_at = requested_at - interval '1 second' WHERE state = 'withdrawn' RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_redletter SET found_at = found_at - interval '9 days' RETURNING request_id"),
    Spoiled("invoices.export", "UPDATE invoices_invoiceexport SET amount_fen = amount_fen + 1 RETURNING id"),
    Spoiled("invoices.export", "UPDATE invoices_invoiceexport SET request_count = request_count + 1 RETURNING id"),
    Spoiled("invoices.export", "UPDATE invoices_invoiceexport SET issuer_brand_id = NULL RETURNING id"),
    Spoiled("invoices.red_letter", "INSERT INTO invoices_redletter (request_id, item_id, amount_fen, found_at, number) SELECT r.id, i.id, 1, r.ended_at, ''"
            " FROM invoices_invoicerequest r JOIN invoices_invoiceitem i ON i.request_id = r.id WHERE r.state = 'refused' RETURNING id"),
    Spoiled("invoices.red_letter", "UPDATE invoices_redletter SET request_id = (SELECT id FROM invoices_invoicerequest WHERE state = 'exported') RETURNING id"),
    Spoiled("invoices.item", "UPDATE invoices_redletter SET amount_fen = amount_fen - 1 WHERE request_id IN (SELECT id FROM invoices_invoicerequest"
            " WHERE state = 'reversed') RETURNING item_id"),
    Spoiled("invoices.red_letter", "UPDATE invoices_redletter SET done_at = NULL, done_by_id = NULL, number = '' WHERE request_id IN"
            " (SELECT id FROM invoices_invoicerequest WHERE state = 'reversed') RETURNING id"),
    Spoiled("invoices.times", "UPDATE invoices_invoicerequest SET ended_at = issued_at - interval '1 second' WHERE state = 'reversed' RETURNING id"),
    Spoiled("invoices.correction", "UPDATE invoices_invoicerequest SET state = 'issued', ended_at = NULL WHERE state = 'reversed' RETURNING id"),
    Spoiled("invoices.correction", "DELETE FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL RETURNING request_id"),
    Spoiled("invoices.correction", "UPDATE invoices_invoicecorrection SET request_id = (SELECT id FROM invoices_invoicerequest WHERE state = 'exported')"
            " WHERE ended_at IS NULL RETURNING request_id"),
    Spoiled("invoices.correction", "UPDATE invoices_invoicerequest SET name = name || 'x' WHERE id = (SELECT new_request_id FROM invoices_invoicecorrection"
            " WHERE new_request_id IS NOT NULL) RETURNING (SELECT request_id FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL)"),
    Spoiled("invoices.correction", f"UPDATE invoices_invoicerequest SET issuer_brand_id = {OTHER_BRAND} WHERE id = (SELECT new_request_id"
            " FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL)"
            " RETURNING (SELECT request_id FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL)"),
    Spoiled("invoices.correction", "UPDATE invoices_invoicerequest SET ended_at = ended_at + interval '1 second' WHERE state = 'reversed' RETURNING id"),
    Spoiled("invoices.correction", "UPDATE invoices_invoiceitem SET amount_fen = amount_fen + 1 WHERE request_id = (SELECT new_request_id"
            " FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL)"
            " RETURNING (SELECT request_id FROM invoices_invoicecorrection WHERE new_request_id IS NOT NULL)"),
    Spoiled("invoices.event_subject", EVENT.format(kind="invoice_issued", subject="invoice")),
    # Bank statements
    Spoiled("bank_statements.line_once", "UPDATE bank_statements_linerequest SET line_id = (SELECT min(id) FROM bank_statements_bankstatementline)"
            " WHERE line_id <> (SELECT min(id) FROM bank_statements_bankstatementline)"
            " RETURNING (SELECT min(id) FROM bank_statements_bankstatementline)"),
    Spoiled("bank_statements.line_once", "UPDATE bank_statements_bankstatementline SET set_aside_reason = 'x', set_aside_at = now(),"
            " set_aside_by_id = (SELECT min(id) FROM accounts_person) WHERE reference = 'C1' RETURNING id"),
    Spoiled("bank_statements.provider_payout", "UPDATE bank_statements_bankstatementline SET amount_fen = amount_fen + 1 WHERE reference = 'P1' RETURNING id"),
    Spoiled("bank_statements.provider_payout", "UPDATE bank_statements_bankstatementline SET set_aside_reason = 'x', set_aside_at = now(),"
            " set_aside_by_id = (SELECT min(id) FROM accounts_person) WHERE reference = 'P1' RETURNING id"),
    Spoiled("bank_statements.request", "UPDATE bank_statements_bankstatementline SET amount_fen = amount_fen + 1 WHERE reference = 'C1'"
            " RETURNING (SELECT r.id FROM bank_statements_linerequest r WHERE r.line_id = bank_statements_bankstatementline.id)"),
    Spoiled("bank_statements.request", "UPDATE bank_statements_bankstatementline SET amount_fen = -amount_fen WHERE reference = 'C1'"
            " RETURNING (SELECT r.id FROM bank_statements_linerequest r WHERE r.line_id = bank_statements_bankstatementline.id)"),
    Spoiled("bank_statements.request", "UPDATE bank_statements_bankstatementline SET reference = 'X' WHERE reference = 'C1'"
            " RETURNING (SELECT r.id FROM bank_statements_linerequest r WHERE r.line_id = bank_statements_bankstatementline.id)"),
    Spoiled("bank_statements.request", "UPDATE bank_statements_transferclaim SET amount_fen = amount_fen + 1"
            " RETURNING (SELECT r.id FROM bank_statements_linerequest r WHERE r.claim_id = bank_statements_transferclaim.id)"),
    Spoiled("bank_statements.request", "UPDATE bank_statements_transferclaim c SET reseller_id ="
            " (SELECT min(id) FROM membership_reseller WHERE id <> c.reseller_id)"
            " RETURNING (SELECT r.id FROM bank_statements_linerequest r WHERE r.claim_id = c.id)"),
    Spoiled("bank_statements.event_subject", EVENT.format(kind="transfer_not_found", subject="transfer_claim")),
    Spoiled("orders.order_payment", "UPDATE orders_orderpayment SET outcome = '' RETURNING id"),
    Spoiled("orders.order_payment", "UPDATE orders_orderpayment SET payment_id = (SELECT id FROM payments_payment WHERE number LIKE '%CCCC') RETURNING id"),
    Spoiled("orders.order_payment", "UPDATE orders_order SET paid_at = paid_at + interval '1 second' WHERE key = 'online'"
            " RETURNING (SELECT t.id FROM orders_orderpayment t WHERE t.order_id = orders_order.id)"),
    Spoiled("orders.order_payment", "UPDATE orders_orderpayment SET order_id = (SELECT id FROM orders_order WHERE reseller_id <>"
            " (SELECT reseller_id FROM payments_payment LIMIT 1) LIMIT 1) RETURNING id"),
    Spoiled("orders.payment_sum", "UPDATE orders_orderpayment SET amount_fen = amount_fen + 1 RETURNING id"),
    # Orders
    Spoiled("orders.lines", "INSERT INTO orders_order (reseller_id, key, state, tier, total_fen, placed_at, pay_before)"
            " SELECT reseller_id, 'ghost', 'unpaid', tier, 1, placed_at, pay_before FROM orders_order LIMIT 1 RETURNING id"),
    Spoiled("orders.total", "UPDATE orders_order SET total_fen = total_fen + 1 WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.freight", "UPDATE orders_order SET freight_fen = 1 WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.freight_terms", "UPDATE orders_orderline SET freight_fen = 5 WHERE units = 9 RETURNING order_id"),
    Spoiled("orders.freight_terms", f"WITH f AS (INSERT INTO flashsales_salefreightterms (brand_id, first_fen, further_fen, return_fen, fault_payer, no_reason_payer, entered_at)"
            f" SELECT brand_id, 800, 0, 0, 'brand', 'brand', now() FROM flashsales_sale WHERE id = {LIVE} RETURNING id) UPDATE flashsales_sale s SET freight_terms_id = f.id FROM f WHERE s.id = {LIVE}"
            " RETURNING (SELECT min(order_id) FROM orders_orderline WHERE sale_id = s.id)"),
    Spoiled("orders.delivery", "UPDATE orders_orderline SET province = '浙江省' WHERE units = 9 RETURNING id"),
    Spoiled("orders.delivery", f"WITH f AS (INSERT INTO flashsales_salefreightterms (brand_id, first_fen, further_fen, return_fen, fault_payer, no_reason_payer, entered_at,"
            f" no_delivery) SELECT brand_id, 0, 0, 0, 'brand', 'brand', now(), ARRAY['台湾省'] FROM flashsales_sale WHERE id = {LIVE} RETURNING id) UPDATE flashsales_sale s"
            f" SET freight_terms_id = f.id FROM f WHERE s.id = {LIVE} RETURNING (SELECT min(id) FROM orders_orderline WHERE sale_id = s.id)"),
    Spoiled("orders.state", "UPDATE orders_order SET cancelled_at = placed_at WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.state", "UPDATE orders_order SET paid_at = cancelled_at WHERE state = 'cancelled' RETURNING id"),
    Spoiled("orders.state", "UPDATE orders_order SET paid_at = placed_at - interval '1 second' WHERE state = 'paid' RETURNING id"),
    Spoiled("orders.state", "UPDATE orders_order SET state = 'lost' WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.given_up", "WITH a AS (UPDATE accounts_auditentry SET action = 'orders.pay_late' WHERE id = (SELECT min(id) FROM accounts_auditentry"
            " WHERE action = 'orders.pay') RETURNING subject_id) UPDATE orders_orderline l SET given_up = 'wish_changed' FROM a"
            " WHERE l.order_id = a.subject_id RETURNING l.id"),
    Spoiled("orders.paid_in_time", "UPDATE orders_order SET paid_at = pay_before + interval '1 second' WHERE state = 'paid' RETURNING id"),
    Spoiled("orders.window", "UPDATE orders_order SET placed_at = placed_at - interval '1 day' WHERE state = 'unpaid' RETURNING id"),
    # Orders of all tiers but the highest, before their openings.
    Spoiled("orders.window", f"""
        WITH s AS (UPDATE flashsales_sale SET opening_delays = '{{720,720,720,720,720,0}}' WHERE id = {LIVE} RETURNING id)
        UPDATE orders_order o SET pay_before = pay_before FROM s
        WHERE o.tier < 5 AND o.id IN (SELECT l.order_id FROM orders_orderline l WHERE l.sale_id = s.id) RETURNING o.id"""),
    Spoiled("orders.window", "UPDATE orders_order o SET placed_at = s.ends_at, pay_before = s.ends_at + interval '1 hour' FROM orders_orderline l JOIN flashsales_sale s ON s.id = l.sale_id"
            " WHERE l.order_id = o.id AND o.state = 'unpaid' RETURNING o.id"),
    # Orders of who has no ticket, and of who is admitted later.
    Spoiled("orders.admitted", f"""
        WITH r AS (INSERT INTO flashsales_waitingroom (sale_id, rate) VALUES ({LIVE}, 1) RETURNING sale_id)
        UPDATE orders_order o SET pay_before = pay_before FROM r
        WHERE o.id IN (SELECT l.order_id FROM orders_orderline l WHERE l.sale_id = r.sale_id) RETURNING o.id"""),
    Spoiled("orders.admitted", f"""
        WITH r AS (INSERT INTO flashsales_waitingroom (sale_id, rate) VALUES ({LIVE}, 1) RETURNING sale_id),
        g AS (SELECT DISTINCT o.id, o.reseller_id, o.placed_at, l.sale_id FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
              WHERE l.sale_id = (SELECT sale_id FROM r)),
        t AS (INSERT INTO flashsales_roomticket (sale_id, reseller_id, drawn_at, opens_at, admitted_from)
              SELECT sale_id, reseller_id, max(placed_at), min(placed_at), max(placed_at) + interval '1 second' FROM g GROUP BY 1, 2 RETURNING sale_id)
        SELECT DISTINCT g.id FROM g, t"""),
    Spoiled("orders.sale", f"UPDATE flashsales_sale s SET state = 'cancelled' WHERE id = {LIVE} RETURNING (SELECT min(order_id) FROM orders_orderline WHERE sale_id = s.id)"),
    Spoiled("orders.tier", "UPDATE orders_order SET tier = 5 WHERE state = 'unpaid' RETURNING id"),
    Spoiled("orders.line_rows", "UPDATE orders_orderline SET sku_id = (SELECT min(id) FROM inventory_sku) WHERE units = 9 RETURNING id"),
    Spoiled("orders.line_rows", "UPDATE orders_orderline SET sale_id = (SELECT min(id) FROM flashsales_sale) WHERE units = 9 RETURNING id"),
    Spoiled("orders.line_rows", f"UPDATE orders_orderline SET brand_id = {OTHER_BRAND} WHERE units = 9 RETURNING id"),
    Spoiled("orders.line_rows", "UPDATE orders_recipient SET name = '别人', reseller_id = (SELECT max(id) FROM membership_reseller) WHERE id = (SELECT recipient_id FROM orders_orderline WHERE units = 9)"
            " RETURNING (SELECT id FROM orders_orderline WHERE units = 9)"),
    Spoiled("orders.line_rows", "DELETE FROM orders_order WHERE state = 'unpaid' RETURNING (SELECT l.id FROM orders_orderline l WHERE l.order_id = orders_order.id)"),
    Spoiled("orders.consignment", "UPDATE orders_orderline SET consignment_id = NULL WHERE units = 9 RETURNING id"),
    Spoiled("orders.consignment", "UPDATE orders_orderline SET consignment_id = (SELECT min(id) FROM orders_consignment) WHERE units = 9 RETURNING id"),
    Spoiled("orders.consignment", "UPDATE orders_consignment SET recipient_id = (SELECT max(id) FROM orders_recipient) WHERE id = (SELECT consignment_id FROM orders_orderline WHERE units = 9)"
            " RETURNING (SELECT id FROM orders_orderline WHERE units = 9)"),
    Spoiled("orders.consignment", f"UPDATE orders_consignment SET brand_id = {OTHER_BRAND} WHERE id = (SELECT consignment_id FROM orders_orderline WHERE units = 9)"
            " RETURNING (SELECT id FROM orders_orderline WHERE units = 9)"),
    Spoiled("orders.consignment_rows", "UPDATE orders_consignment SET shipped_at = now() WHERE state = 'to_ship' RETURNING id"),
    Spoiled("orders.consignment_rows", "UPDATE orders_consignment SET state = 'cancelled' WHERE state = 'to_ship' RETURNING id"),
    Spoiled("orders.consignment_rows", "INSERT INTO orders_consignment (order_id, brand_id, recipient_id, state, name, phone, address, ship_by)"
            f" SELECT order_id, {OTHER_BRAND}, recipient_id, 'to_ship', name, phone, address, ship_by FROM orders_consignment LIMIT 1 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET price_fen = price_fen + 1, commission_fen = commission_fen + 1 WHERE units = 9 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET payable_fen = payable_fen + 1, commission_fen = commission_fen - 1 WHERE units = 9 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET labelling = 'cut' WHERE units = 9 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET retail_floor_fen = 1 WHERE units = 9 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET price_row_id = (SELECT min(id) FROM pricing_pricelistrow) WHERE units = 9 RETURNING id"),
    Spoiled("orders.price", "UPDATE orders_orderline SET price_row_id = 999999 WHERE units = 9 RETURNING id"),
    Spoiled("orders.markdown", f"""
        WITH t AS (
            UPDATE pricing_pricelist SET terms = jsonb_set(terms, '{{resolved,markdown_schedule}}', '{{"last_minutes": 60, "every_minutes": 30, "rate": "0.5"}}')
            WHERE id = (SELECT price_list_id FROM flashsales_sale WHERE id = {LIVE}))
        UPDATE orders_orderline SET price_fen = price_fen - 1, commission_fen = commission_fen - 1 WHERE units = 9 RETURNING id"""),
    Spoiled("orders.refunded_units", "UPDATE orders_orderline SET refunded_units = 10, refund_adjustment_fen = -price_fen, payable_adjustment_fen = payable_fen WHERE units = 9 RETURNING id", "orders_orderline.order_line_refunded_within_units"),
    Spoiled("orders.consignment_rows", "UPDATE orders_consignment SET state = 'partly_shipped', shipped_at = NULL WHERE state = 'shipped' RETURNING id"),
    Spoiled("orders.shipped_units", "UPDATE orders_parcelline SET units = units + 1 RETURNING line_id"),
    Spoiled("orders.shipped_units", "UPDATE orders_orderline SET shipped_units = shipped_units - 1 WHERE shipped_units > 0 RETURNING id"),
    Spoiled("orders.parcel_rows", "WITH w AS (INSERT INTO tracking_trackedwaybill (company, number, phone_tail, shipped_at, status, status_at,"
            " status_code, last_event_at, watch, next_attempt_at, attempts, answer_code, registered_at)"
            " VALUES ('jd', 'JD1', '', now(), 'delivered', now(), '', now(), 'ended', NULL, 0, '', now()) RETURNING id)"
            " UPDATE orders_parcel p SET tracked_id = w.id FROM w WHERE p.id = (SELECT min(id) FROM orders_parcel) RETURNING p.id"),
    Spoiled("orders.parcel_rows", f"UPDATE orders_parcel SET brand_id = {OTHER_BRAND} RETURNING id"),
    Spoiled("orders.parcel_rows", "DELETE FROM orders_parcelline WHERE id = (SELECT min(id) FROM orders_parcelline) RETURNING parcel_id"),
    Spoiled("orders.parcel_rows", "UPDATE orders_parcelline SET line_id = (SELECT id FROM orders_orderline WHERE units = 9)"
            " WHERE id = (SELECT min(id) FROM orders_parcelline) RETURNING parcel_id"),
    Spoiled("orders.held", "UPDATE flashsales_saleitem SET held = held + 1, allotted = allotted + 1 WHERE held > 0 RETURNING id"),
    # After-sales
    Spoiled("aftersales.carrier_claim", "UPDATE aftersales_carrierclaim SET amount_fen = amount_fen + 1 RETURNING refund_id"),
    Spoiled("aftersales.claim_posting", "UPDATE aftersales_carrierclaim SET ended_at = ended_at + interval '1 hour' RETURNING id"),
    Spoiled("aftersales.posting_claim", POST.format(kind="carrier_claim", key="carrier_claim:999999", cause="carrier_claim:999999", note="")),
    Spoiled("aftersales.claim_amount", entry("carrier_claim", "clearing", "-1")),
    Spoiled("aftersales.refunded_units", "UPDATE orders_orderline SET refunded_units = refunded_units + 1 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.cancelled_units", "UPDATE orders_orderline SET cancelled_units = cancelled_units - 1 WHERE cancelled_units > short_units RETURNING id"),
    Spoiled("aftersales.short_units", "UPDATE orders_orderline SET short_units = short_units - 1 WHERE short_units > 0 RETURNING id"),
    Spoiled("aftersales.refund_amount", "UPDATE aftersales_refund SET amount_fen = amount_fen + 1 WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.refund_amount", "UPDATE aftersales_refund SET amount_fen = 0 WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.refund_amount", "UPDATE aftersales_refund SET payable_fen = amount_fen + 1 WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.refund_amount", "UPDATE aftersales_refund SET borne_by = 'platform' WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.refund_amount", "UPDATE aftersales_refund SET claim_fen = 0 WHERE borne_by = 'carrier' RETURNING id"),
    Spoiled("aftersales.refunded_shipped", "UPDATE aftersales_refund SET amount_fen = amount_fen * 100 WHERE reason = 'returned' RETURNING line_id"),
    Spoiled("aftersales.refund_adjustments", "UPDATE orders_orderline SET refund_adjustment_fen = refund_adjustment_fen + 1 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.refund_adjustments", "UPDATE orders_orderline SET payable_adjustment_fen = payable_adjustment_fen - 1 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.refund_adjustments", "UPDATE orders_orderline SET carrier_claim_fen = 0 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.return_freight", "UPDATE orders_orderline SET return_freight_fen = 5 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.returned_freight", "UPDATE orders_orderline SET freight_fen = 5, returned_freight_fen = 5 WHERE units = 9 RETURNING order_id"),
    Spoiled("aftersales.refund_freight", "UPDATE aftersales_refund SET freight_fen = 1 WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.borne_by_brand", "UPDATE aftersales_refund SET payable_fen = payable_fen - 1 WHERE reason = 'returned' RETURNING line_id"),
    Spoiled("aftersales.restocked", "UPDATE aftersales_case SET disposition = 'stock' WHERE state = 'requested' RETURNING id"),
    Spoiled("aftersales.restocked", "UPDATE aftersales_case SET disposition = 'brand' WHERE disposition = 'stock' RETURNING id"),
    Spoiled("aftersales.returned_movement", MOVE.format(kind="returned", cause="case:999999", on_hand=1, allotted=0)),
    # Resends
    Spoiled("aftersales.resend", "UPDATE aftersales_resend SET line_id = (SELECT min(id) FROM orders_orderline) RETURNING id"),
    Spoiled("aftersales.resend", "UPDATE aftersales_resend SET units = units + 1 RETURNING id"),
    Spoiled("aftersales.resend", "UPDATE aftersales_resend SET at = at + interval '1 second' RETURNING id"),
    Spoiled("aftersales.resend", "UPDATE aftersales_resend SET payable_fen = payable_fen - 1 WHERE borne_by = 'platform' RETURNING id"),
    Spoiled("aftersales.resend", "UPDATE aftersales_case SET state = 'withdrawn' WHERE state = 'resent' RETURNING (SELECT d.id FROM aftersales_resend d WHERE d.case_id = aftersales_case.id)"),
    Spoiled("aftersales.resent_case", "DELETE FROM aftersales_resend WHERE refund_id IS NULL RETURNING case_id"),
    Spoiled("aftersales.resent_units", "UPDATE orders_orderline SET resending_units = 0 WHERE resending_units > 0 RETURNING id"),
    Spoiled("aftersales.resent_units", "UPDATE orders_orderline SET resent_units = resent_units + 1 WHERE units = 9 RETURNING id"),
    Spoiled("aftersales.resend_left", "UPDATE orders_orderline SET resending_units = 2, resent_units = 0 WHERE resending_units > 0 RETURNING id"),
    Spoiled("aftersales.resend_posting", "UPDATE ledger_posting SET key = 'resend:999999', cause = 'resend:999999' WHERE kind = 'resend' AND key LIKE 'resend:%'"
            " AND id = (SELECT min(id) FROM ledger_posting WHERE kind = 'resend') RETURNING (SELECT min(id) FROM aftersales_resend)"),
    Spoiled("aftersales.posting_resend", POST.format(kind="resend", key="resend:999999", cause="resend:999999", note="")),
    Spoiled("aftersales.resend_amount", entry("resend", "brand_payable", "-1")),
    Spoiled("aftersales.resend_movement", "UPDATE aftersales_resend SET units = units + 1 RETURNING id"),
    Spoiled("aftersales.resend_movement", "UPDATE aftersales_resend SET taken_units = 0, item_id = NULL RETURNING id"),
    Spoiled("aftersales.resent_movement", MOVE.format(kind="resent", cause="resend:999999", on_hand=-1, allotted=0)),
    Spoiled("aftersales.resend_event", without_event("resend_to_ship", "(SELECT d.id FROM aftersales_resend d WHERE d.at = e.occurred_at LIMIT 1)")),
    Spoiled("aftersales.refund_order", "UPDATE aftersales_resend SET refund_id = NULL WHERE refund_id IS NOT NULL RETURNING (SELECT id FROM aftersales_refund WHERE reason = 'resend_short')"),
    Spoiled("flashsales.item_rows", "UPDATE flashsales_saleitem SET returned = returned + 5, available = available - 5, allotted = allotted - 5 WHERE sale_id = " + LIVE + " RETURNING id"),
    Spoiled("aftersales.substitute", "UPDATE aftersales_substitute SET refund_id = (SELECT min(id) FROM aftersales_refund WHERE reason = 'returned') RETURNING id"),
    Spoiled("aftersales.substitute", "UPDATE aftersales_substitute SET order_id = (SELECT max(id) FROM orders_order WHERE state = 'paid') RETURNING id"),
    Spoiled("aftersales.substitute", "UPDATE aftersales_substitute SET answered_at = expires_at RETURNING id"),
    Spoiled("orders.received_payment", "UPDATE orders_receivedpayment SET reference = 'other' RETURNING id"),
    Spoiled("orders.received_payment", "UPDATE orders_receivedpayment SET at = at + interval '1 second' RETURNING id"),
    Spoiled("orders.received_payment", "UPDATE orders_receivedpayment SET order_id = (SELECT max(id) FROM orders_order WHERE reseller_id ="
            " (SELECT min(id) FROM membership_reseller)) RETURNING id"),
    Spoiled("aftersales.exchange", "UPDATE aftersales_exchange SET order_id = (SELECT max(id) FROM orders_order WHERE state = 'paid') RETURNING id"),
    Spoiled("aftersales.exchange", "UPDATE aftersales_exchange SET refund_id = (SELECT min(id) FROM aftersales_refund WHERE reason = 'returned') RETURNING id"),
    Spoiled("aftersales.exchange", "UPDATE orders_orderline l SET units = units + 1 FROM aftersales_exchange x WHERE x.order_id = l.order_id RETURNING x.id"),
    Spoiled("aftersales.case_rows", "UPDATE aftersales_case SET borne_by = 'carrier' WHERE borne_by = 'platform' AND refund_id IS NOT NULL RETURNING id"),
    Spoiled("aftersales.refund_order", "UPDATE aftersales_refund SET reason = 'returned' WHERE reason = 'changed_mind' RETURNING id"),
    Spoiled("aftersales.refund_order", "UPDATE aftersales_refund SET reason = 'changed_mind' WHERE reason = 'returned' RETURNING id"),
    Spoiled("aftersales.refund_order", "UPDATE aftersales_refund SET at = at - interval '1 year' WHERE reason = 'out_of_stock' RETURNING id"),
    Spoiled("aftersales.refund_order", "UPDATE orders_orderline l SET shipped_units = 0 FROM aftersales_refund r WHERE r.line_id = l.id AND r.reason = 'returned'"
            " RETURNING r.id"),
    Spoiled("aftersales.case_rows", f"UPDATE aftersales_case SET brand_id = {OTHER_BRAND} WHERE state = 'requested' RETURNING id"),
    Spoiled("aftersales.case_rows", "UPDATE aftersales_case SET reseller_id = (SELECT max(id) FROM membership_reseller) WHERE state = 'requested' RETURNING id"),
    Spoiled("aftersales.case_rows", "UPDATE aftersales_case SET units = units + 1 WHERE state = 'refunded' AND sent_back_at IS NOT NULL RETURNING id"),
    Spoiled("aftersales.case_rows", "UPDATE aftersales_case SET refund_id = (SELECT min(id) FROM aftersales_refund) WHERE id = (SELECT min(id) FROM aftersales_case WHERE state = 'refunded' AND sent_back_at IS NOT NULL) RETURNING id"),
    Spoiled("aftersales.case_rows", "UPDATE orders_orderline l SET shipped_units = 0 FROM aftersales_case k WHERE l.id = k.line_id AND k.state = 'requested' RETURNING k.id"),
    Spoiled("aftersales.case_state", "UPDATE aftersales_case SET sent_back_at = NULL, tracking_no = '' WHERE state = 'received' RETURNING id"),
    Spoiled("aftersales.case_state", "UPDATE aftersales_case SET state = 'sent_back' WHERE state = 'approved' RETURNING id"),
    Spoiled("aftersales.case_state", "UPDATE aftersales_case SET decided_at = requested_at - interval '1 day' WHERE state = 'rejected' RETURNING id"),
    Spoiled("aftersales.requested_units", "UPDATE aftersales_case SET units = 9 WHERE state = 'requested' RETURNING line_id"),
    Spoiled("aftersales.open_case", "INSERT INTO settlement_statementitem (line_id, statement_id, refunded_units, refunded_fen, payable_fen, carrier_claim_fen) SELECT k.line_id, t.id, 0, 0, 0, 0 FROM settlement_statement t,"
            " (SELECT line_id, max(id) AS id FROM aftersales_case WHERE state = 'requested' GROUP BY 1) AS k WHERE t.state = 'settled'"
            " RETURNING (SELECT max(id) FROM aftersales_case WHERE state = 'requested')"),
    Spoiled("orders.customer_details", "UPDATE orders_recipient SET name = '', phone = '', address = '', note = '', hidden_at = now(), erased_at = now(), tags = '{x}'"
            " WHERE id = (SELECT max(id) FROM orders_recipient) RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET reseller_id = (SELECT max(id) FROM membership_reseller) WHERE state = 'open' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET units = 7 WHERE state = 'open' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET case_id = (SELECT min(id) FROM aftersales_case) WHERE state = 'case' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET ended_at = reported_at - interval '1 second' WHERE state = 'expired' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET may_reuse = true WHERE state = 'withdrawn' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreportphoto SET report_id = (SELECT id FROM aftersales_faultreport WHERE state = 'withdrawn')"
            " WHERE report_id = (SELECT id FROM aftersales_faultreport WHERE state = 'open') RETURNING report_id"),
    Spoiled("aftersales.fault_report", "UPDATE aftersales_faultreport SET answer = '' WHERE state = 'answered' RETURNING id"),
    Spoiled("aftersales.fault_report", "UPDATE orders_orderline l SET shipped_units = 0 FROM aftersales_faultreport f WHERE l.id = f.line_id RETURNING f.id"),
    Spoiled("aftersales.report_photo_owner", "UPDATE aftersales_photo o SET is_from_customer = false FROM aftersales_faultreportphoto p WHERE p.photo_id = o.id RETURNING p.id"),
    Spoiled("aftersales.sold", "UPDATE flashsales_saleitem SET sold = sold - 1, available = available + 1 WHERE sold = 19 RETURNING id"),
    Spoiled("aftersales.allotted", "UPDATE flashsales_saleitem SET returned = returned + 1 WHERE returned > 0 RETURNING id"),
    Spoiled("aftersales.returned", "UPDATE flashsales_saleitem SET returned = returned + 1, sold = sold - 1, allotted = allotted - 1 WHERE sold > 0 AND returned > 0 RETURNING id"),
    Spoiled("aftersales.refund_movement", "DELETE FROM inventory_movement WHERE kind = 'cancelled' RETURNING split_part(cause, ':', 2)::bigint"),
    Spoiled("aftersales.movement", MOVE.format(kind="cancelled", cause="refund:999999", on_hand=1, allotted=0)),
    Spoiled("aftersales.item_tally", "UPDATE flashsales_itemtally SET units = units + 9 RETURNING id"),
    Spoiled("aftersales.item_tally", "UPDATE flashsales_itemtally SET units = units - 1 WHERE units > 0 RETURNING id"),
    Spoiled("aftersales.tally_missing", "DELETE FROM flashsales_itemtally t USING orders_order o JOIN orders_orderline l ON l.order_id = o.id"
            " WHERE l.item_id = t.item_id AND o.reseller_id = t.reseller_id AND l.units = 9 RETURNING o.id"),
    # Stock
    Spoiled("inventory.units", "UPDATE inventory_sku SET on_hand = on_hand + 1 WHERE id = (SELECT min(id) FROM inventory_sku) RETURNING id"),
    Spoiled("inventory.units", "DELETE FROM inventory_movement WHERE kind = 'sold' RETURNING sku_id"),
    Spoiled("inventory.bound", "UPDATE inventory_sku SET allotted = on_hand + 1 WHERE id = (SELECT min(id) FROM inventory_sku) RETURNING id", "inventory_sku.sku_units_sound"),
    Spoiled("inventory.sku_style", f"UPDATE inventory_sku SET brand_id = {OTHER_BRAND} WHERE id = (SELECT min(id) FROM inventory_sku) RETURNING id"),
    Spoiled("inventory.style_rows", "UPDATE inventory_style SET category_id = 999999 RETURNING id"),
    Spoiled("inventory.movement_sku", "UPDATE inventory_movement SET sku_id = 999999 WHERE kind = 'sold' AND on_hand_delta = -9 RETURNING id"),
    Spoiled("inventory.movement_kind", MOVE.format(kind="sold", cause="order:888888", on_hand=1, allotted=0)),
    Spoiled("inventory.movement_kind", "UPDATE inventory_movement SET kind = 'adjust' WHERE kind = 'sold' RETURNING id"),
    Spoiled("inventory.movement_upload", MOVE.format(kind="upload", cause="upload:999999", on_hand=1, allotted=0)),
    Spoiled("inventory.movement_adjustment", MOVE.format(kind="adjust", cause="adjust:x", on_hand=1, allotted=0)),
    Spoiled("orders.movement", MOVE.format(kind="sold", cause="order:999999", on_hand=-1, allotted=-1).replace("min(id)", "max(id)"), "inventory_sku.sku_units_sound"),
    Spoiled("orders.movement", "UPDATE inventory_movement SET cause = 'order:999999' WHERE kind = 'return' AND cause LIKE 'order:%' RETURNING id"),
    Spoiled("orders.sold_movement", "UPDATE inventory_movement SET on_hand_delta = -8, allotted_delta = -8 WHERE kind = 'sold' AND on_hand_delta = -9 RETURNING split_part(cause, ':', 2)::bigint"),
    Spoiled("flashsales.movement", MOVE.format(kind="allot", cause="sale:999999", on_hand=0, allotted=1)),
    # Sales
    Spoiled("flashsales.units", "UPDATE flashsales_saleitem SET available = available + 1 RETURNING id", "flashsales_saleitem.sale_item_units_valid"),
    Spoiled("flashsales.bound", "UPDATE inventory_sku SET allotted = allotted - 1 WHERE allotted > 0 RETURNING id"),
    Spoiled("flashsales.item_rows", "UPDATE flashsales_saleitem SET style_id = (SELECT max(id) FROM inventory_style) WHERE returned > 0 AND available = 0 RETURNING id"),
    Spoiled("flashsales.item_rows", f"UPDATE flashsales_sale SET brand_id = {OTHER_BRAND} WHERE id = {LIVE} RETURNING (SELECT id FROM flashsales_saleitem WHERE sale_id = flashsales_sale.id)"),
    Spoiled("flashsales.item_rows", "UPDATE flashsales_saleitem SET available = 1, allotted = allotted + 1 WHERE returned > 0 AND available = 0 RETURNING id"),
    Spoiled("flashsales.window", f"UPDATE flashsales_saleitem SET sale_window = NULL WHERE sale_id = {LIVE} RETURNING id"),
    Spoiled("flashsales.window", f"UPDATE flashsales_sale SET ends_at = ends_at + interval '1 hour' WHERE id = {LIVE} RETURNING (SELECT id FROM flashsales_saleitem WHERE sale_id = flashsales_sale.id)"),
    Spoiled("flashsales.one_sale", "UPDATE flashsales_saleitem a SET sku_id = b.sku_id, sale_window = b.sale_window FROM flashsales_saleitem b"
            f" WHERE b.sale_id = {LIVE} AND a.id = (SELECT min(id) FROM flashsales_saleitem) RETURNING a.id", "flashsales_saleitem.sale_item_one_sale_at_a_time"),
    Spoiled("flashsales.price", f"UPDATE flashsales_sale SET price_list_id = (SELECT price_list_id FROM flashsales_sale WHERE state = 'cancelled') WHERE id = {LIVE}"
            f" RETURNING (SELECT id FROM flashsales_saleitem WHERE sale_id = {LIVE})", "flashsales_sale.flashsales_sale_price_list_id_key"),
    Spoiled("flashsales.sale_state", "UPDATE flashsales_sale SET closed_at = ends_at - interval '1 hour' WHERE state = 'published' RETURNING id"),
    Spoiled("flashsales.sale_state", "UPDATE flashsales_sale SET published_at = starts_at WHERE state = 'draft' RETURNING id"),
    Spoiled("flashsales.sale_job", "UPDATE flashsales_salejob SET finished_at = requested_at - interval '1 second' WHERE state = 'refused' RETURNING id"),
    Spoiled("flashsales.sale_job", "UPDATE flashsales_salejob SET attempts = 7 WHERE state = 'waiting' RETURNING id"),
    Spoiled("flashsales.sale_job", f"UPDATE flashsales_salejob SET sale_id = {LIVE} WHERE state = 'waiting' RETURNING id"),
    Spoiled("flashsales.sale_job", "UPDATE flashsales_salejob SET state = 'done', finished_at = requested_at WHERE state = 'waiting' RETURNING id"),
    Spoiled("flashsales.sale_job", f"UPDATE flashsales_salejob SET state = 'done', finished_at = requested_at, skus = 99, sale_id = {LIVE} WHERE state = 'waiting' RETURNING id"),
    Spoiled("flashsales.rerun", f"UPDATE flashsales_sale SET rerun_of_id = {LIVE} WHERE state = 'draft' RETURNING id"),
    Spoiled("flashsales.price_list", f"UPDATE pricing_pricelist SET priced = priced + 1 WHERE id = (SELECT price_list_id FROM flashsales_sale WHERE id = {LIVE}) RETURNING {LIVE}"),
    Spoiled("flashsales.findable", f"DELETE FROM flashsales_stylesearch WHERE sale_id = {LIVE} RETURNING sale_id"),
    Spoiled("flashsales.findable", f"UPDATE flashsales_sale SET listed_sizes = listed_sizes || '{{99}}' WHERE id = {LIVE} RETURNING id"),
    Spoiled("flashsales.findable", f"UPDATE flashsales_sale SET listed_category_ids = '{{}}' WHERE id = {LIVE} RETURNING id"),
    Spoiled("flashsales.style_search", "UPDATE flashsales_stylesearch SET prices[3] = prices[3] - 1 RETURNING id"),
    Spoiled("flashsales.style_search", "UPDATE flashsales_stylesearch SET ends_at = ends_at + interval '1 hour' RETURNING id"),
    Spoiled("flashsales.style_search", "WITH counted AS (DELETE FROM flashsales_styleunitschange)"
            " UPDATE flashsales_stylesearch SET units = units + 1 RETURNING id"),
    Spoiled("flashsales.style_listing", "UPDATE flashsales_stylelisting SET from_price_fen = from_price_fen - 1 WHERE tier = 2 RETURNING id"),
    Spoiled("flashsales.style_listing", "UPDATE flashsales_stylelisting SET label_cut = NOT label_cut WHERE tier = 2 RETURNING id"),
    Spoiled("flashsales.sale_tally", "UPDATE flashsales_saletally SET units = units + 1 RETURNING id"),
    Spoiled("flashsales.sale_tally_missing", f"DELETE FROM flashsales_saletally WHERE sale_id = {LIVE} RETURNING (SELECT t.id FROM flashsales_itemtally t"
            " JOIN flashsales_saleitem i ON i.id = t.item_id WHERE i.sale_id = flashsales_saletally.sale_id AND t.reseller_id = flashsales_saletally.reseller_id)"),
    Spoiled("flashsales.item_limit", "UPDATE flashsales_saleitem i SET limit_units = 1 FROM flashsales_itemtally t WHERE t.item_id = i.id AND t.units > 1 RETURNING t.id"),
    Spoiled("flashsales.sale_limit", "UPDATE flashsales_sale s SET limit_units = 1 FROM flashsales_saletally t WHERE t.sale_id = s.id AND t.units > 1 RETURNING t.id"),
    # Prices
    Spoiled("pricing.rules", "UPDATE pricing_pricelistrow SET wholesale_fen = wholesale_fen + 1, commission_fen = commission_fen + 1 WHERE tier = 1 RETURNING id"),
    Spoiled("pricing.rules", "UPDATE pricing_pricelistrow SET retail_floor_fen = 1 WHERE tier = 1 RETURNING id"),
    Spoiled("pricing.rules", "UPDATE pricing_pricelistitem SET base_price_fen = base_price_fen + 1000 RETURNING (SELECT min(r.id) FROM pricing_pricelistrow r"
            " WHERE r.price_list_id = pricing_pricelistitem.price_list_id AND r.sku_id = pricing_pricelistitem.sku_id)"),
    Spoiled("pricing.rules", "UPDATE pricing_pricelistitem SET excluded = true RETURNING id"),
    Spoiled("pricing.tiers", f"DELETE FROM pricing_pricelistrow WHERE tier = 3 AND price_list_id = (SELECT price_list_id FROM flashsales_sale WHERE id = {LIVE})"
            f" RETURNING (SELECT i.id FROM pricing_pricelistitem i WHERE i.price_list_id = pricing_pricelistrow.price_list_id)"),
    Spoiled("pricing.tiers", "UPDATE pricing_pricelistitem SET excluded = true RETURNING id"),
    Spoiled("pricing.skus", "DELETE FROM pricing_pricelistitem RETURNING (SELECT min(r.id) FROM pricing_pricelistrow r"
            " WHERE r.price_list_id = pricing_pricelistitem.price_list_id AND r.sku_id = pricing_pricelistitem.sku_id)"),
    Spoiled("pricing.counts", "UPDATE pricing_pricelist SET excluded = excluded + 1 RETURNING id"),
    # Membership
    Spoiled("membership.growth", "UPDATE membership_reseller SET growth_milli = growth_milli + 1 RETURNING id"),
    Spoiled("membership.growth", "UPDATE membership_reseller SET pending_milli = pending_milli + 1 RETURNING id"),
    Spoiled("membership.month", "UPDATE membership_growthmonth SET new_milli = new_milli + 1 RETURNING reseller_id"),
    Spoiled("membership.tier", "UPDATE membership_reseller SET tier = 5 WHERE tier < 5 RETURNING id"),
    Spoiled("membership.tier", "UPDATE membership_reseller SET earned_tier = 5 RETURNING id"),
    Spoiled("membership.tier", "UPDATE membership_tierchange SET at = at - interval '1 day' WHERE id = (SELECT min(id) FROM membership_tierchange) RETURNING id"),
    Spoiled("membership.tier", "UPDATE membership_tierchange SET after = 5 WHERE id = (SELECT min(id) FROM membership_tierchange) RETURNING id"),
    Spoiled("membership.tier", "INSERT INTO membership_tierchange (reseller_id, at, before, after, at_rollover) SELECT id, joined_at, 0, 3, false FROM membership_reseller"
            " WHERE tier = 0 LIMIT 1 RETURNING id"),
    Spoiled("membership.cause", "UPDATE membership_growthentry SET cause = 'order/999999' WHERE kind = 1 AND order_id = (SELECT min(order_id) FROM membership_growthentry) RETURNING id"),
    Spoiled("orders.growth", "UPDATE membership_growthentry SET milli = milli + 1 WHERE kind = 1 RETURNING order_id", "membership_growthentry.growth_pending_signs"),
    Spoiled("orders.growth", "UPDATE membership_growthentry SET amount_fen = amount_fen + 1 WHERE kind = 1 RETURNING order_id"),
    Spoiled("orders.growth", "DELETE FROM membership_growthentry WHERE kind = 1 RETURNING order_id"),
    Spoiled("orders.growth_entry", "UPDATE membership_growthentry SET order_id = 999999 WHERE kind = 1 RETURNING id"),
    Spoiled("aftersales.growth", "UPDATE membership_growthentry SET amount_fen = amount_fen - 1 WHERE cause LIKE 'refund/%' RETURNING split_part(cause, '/', 2)::bigint"),
    Spoiled("membership.taken_back", "UPDATE membership_growthentry SET milli = milli - 1 WHERE kind = 9 RETURNING"
            " (SELECT p.id FROM membership_growthentry p WHERE p.kind = 1 AND p.order_id = membership_growthentry.order_id)"),
    Spoiled("aftersales.growth_entry", "UPDATE membership_growthentry SET cause = 'refund/999999' WHERE kind = 9 RETURNING id"),
    Spoiled("orders.contact_not_erased", "UPDATE orders_order SET erased_at = now() WHERE id = (SELECT min(id) FROM orders_order) RETURNING id"),
    Spoiled("orders.contact_missing", """
        WITH r AS (UPDATE orders_recipient SET name = '', phone = '', address = '', hidden_at = now(), erased_at = now()
                   WHERE id = (SELECT min(recipient_id) FROM orders_orderline) RETURNING id)
        SELECT l.id FROM orders_orderline l JOIN r ON r.id = l.recipient_id"""),
    Spoiled("orders.growth_pending", "UPDATE membership_growthentry SET pending_milli = 0 WHERE kind = 8 RETURNING order_id"),
    Spoiled("membership.inviter", "UPDATE membership_reseller SET invited_by_id = NULL WHERE invited_by_id IS NOT NULL RETURNING id"),
    Spoiled("membership.code_uses", "UPDATE membership_invitationcode SET used = used - 1 WHERE used > 0 RETURNING id"),
    Spoiled("membership.reward", "UPDATE membership_invitationreward SET state = 4, milli = 0 WHERE state = 2 RETURNING id"),
    Spoiled("membership.reward", "UPDATE membership_invitationreward SET inviter_id = invitee_id RETURNING id"),
    Spoiled("membership.rewarded", "UPDATE membership_growthentry SET reward_id = 999999 WHERE kind = 3 RETURNING id"),
    # Parcels
    Spoiled("orders.parcel_rows", "UPDATE orders_parcel SET shipped_at = shipped_at - interval '1 year' RETURNING id"),
    Spoiled("orders.parcel_rows", "UPDATE orders_parcel SET shipped_at = shipped_at + interval '1 second' RETURNING id"),
    Spoiled("orders.line_shipped_at", "UPDATE orders_orderline SET shipped_at = shipped_at + interval '1 second' WHERE shipped_at IS NOT NULL RETURNING id"),
    Spoiled("orders.line_shipped_at", "UPDATE orders_orderline SET shipped_at = now() WHERE shipped_at IS NULL RETURNING id"),
    Spoiled("orders.consignment_shipped_at", "UPDATE orders_consignment SET shipped_at = shipped_at + interval '1 second' WHERE shipped_at IS NOT NULL RETURNING id"),
    # Workbooks of orders
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET order_id = 999999 WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET state = 'cancelled', take = '' WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET order_id = (SELECT min(id) FROM orders_order) WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET reseller_id = (SELECT min(id) FROM membership_reseller) WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_order SET key = 'another' WHERE key LIKE 'order-upload:%' RETURNING (SELECT u.id FROM orders_orderupload u WHERE u.order_id = orders_order.id)"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET ended_at = ended_at + interval '1 second' WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET ended_at = now() WHERE state = 'preview' RETURNING id"),
    Spoiled("orders.upload_order", "UPDATE orders_orderupload SET take = '' WHERE state = 'committed' RETURNING id"),
    Spoiled("orders.upload_line", "UPDATE orders_orderuploadline SET ordered_units = 1 WHERE ordered_units = 0 RETURNING id"),
    Spoiled("orders.upload_line", "UPDATE orders_orderuploadline SET item_id = NULL, state = 'unmatched' WHERE ordered_units > 0 RETURNING id"),
    Spoiled("orders.upload_line", "UPDATE orders_orderuploadline SET ordered_units = 1 WHERE ordered_units = 2 RETURNING id"),
    Spoiled("orders.upload_units", "UPDATE orders_orderuploadline SET ordered_units = 0 WHERE ordered_units = 2 RETURNING upload_id"),
    Spoiled("orders.upload_units", "UPDATE orders_orderline SET units = units + 1 WHERE source LIKE 'order_upload:%' RETURNING split_part(source, ':', 2)::bigint"),
    # The waiting list
    Spoiled("flashsales.reservation", "UPDATE flashsales_reservation SET item_id = (SELECT min(id) FROM flashsales_saleitem) WHERE ended_at IS NULL RETURNING id", "flashsales_reservation.reservation_once_per_size"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_reservation SET reseller_id = (SELECT max(id) FROM membership_reseller) WHERE ended_at IS NULL RETURNING id", "flashsales_reservation.reservation_once_per_size"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_waitingentry SET ended_at = now(), \"end\" = 'declined' WHERE ended_at IS NULL"
            " RETURNING (SELECT r.id FROM flashsales_reservation r WHERE r.entry_id = flashsales_waitingentry.id)"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_waitingentry SET asked_at = asked_at + interval '1 second'"
            " RETURNING (SELECT r.id FROM flashsales_reservation r WHERE r.entry_id = flashsales_waitingentry.id)"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_reservation SET until = reserved_at RETURNING id"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_sale s SET closed_at = ends_at FROM flashsales_reservation r JOIN flashsales_saleitem i ON i.id = r.item_id"
            " WHERE i.sale_id = s.id AND r.ended_at IS NULL RETURNING r.id"),
    Spoiled("flashsales.reservation", "UPDATE flashsales_reservation SET taken_by = '' WHERE taken_units > 0 RETURNING id"),
    Spoiled("flashsales.waiting_units", "UPDATE flashsales_waitingentry SET taken_units = 0 WHERE taken_units > 0 RETURNING id"),
    Spoiled("flashsales.waiting_units", "UPDATE flashsales_reservation SET taken_units = 0, taken_by = '', outcome = 'lapsed' WHERE taken_units > 0 RETURNING entry_id"),
    Spoiled("flashsales.passed_over", """
        WITH i AS (UPDATE flashsales_saleitem i SET available = available + 1, held = held - 1
                   FROM flashsales_reservation r WHERE r.item_id = i.id AND r.ended_at IS NULL)
        UPDATE flashsales_reservation SET ended_at = now(), outcome = 'lapsed' WHERE ended_at IS NULL RETURNING entry_id"""),
    Spoiled("flashsales.reservation_movement", "UPDATE inventory_movement SET cause = 'reservation:999999' WHERE kind = 'return' AND cause LIKE 'order:%' RETURNING id"),
    Spoiled("orders.held", "UPDATE flashsales_reservation SET ended_at = now(), outcome = 'lapsed' WHERE ended_at IS NULL RETURNING item_id"),
    Spoiled("aftersales.item_tally", "UPDATE flashsales_reservation SET ended_at = now(), outcome = 'lapsed' WHERE ended_at IS NULL"
            " RETURNING (SELECT t.id FROM flashsales_itemtally t WHERE t.item_id = flashsales_reservation.item_id AND t.reseller_id = flashsales_reservation.reseller_id)"),
    # Decisions
    Spoiled("aftersales.decision", "UPDATE aftersales_decision SET at = at - interval '1 second' WHERE action = 'refund' RETURNING id"),
    Spoiled("aftersales.decision", "UPDATE aftersales_decision SET action = 'refund_only' WHERE action = 'reject' RETURNING id"),
    Spoiled("aftersales.decision", "UPDATE aftersales_decision SET action = 'reject' WHERE action = 'approve' RETURNING id"),
    Spoiled("aftersales.decision", "UPDATE aftersales_decision SET amount_fen = amount_fen + 1 WHERE action = 'refund_only' RETURNING id"),
    Spoiled("aftersales.decision", "UPDATE aftersales_decision SET action = 'withdraw' WHERE action = 'approve' RETURNING id"),
    Spoiled("aftersales.decision", "UPDATE aftersales_case SET return_address = '' WHERE id IN (SELECT case_id FROM aftersales_decision WHERE action = 'approve') RETURNING (SELECT d.id FROM aftersales_decision d"
            " WHERE d.case_id = aftersales_case.id AND d.action = 'approve')"),
    # Events
    Spoiled("orders.paid_event", without_event("order_paid")),
    Spoiled("orders.paid_event", f"UPDATE orders_order SET paid_at = paid_at + interval '1 second' WHERE paid_at > {AN_HOUR_LATER} RETURNING id"),
    Spoiled("orders.to_ship_event", without_event("consignment_to_ship")),
    Spoiled("orders.shipped_event", without_event("consignment_shipped", "(SELECT max(p.id) FROM orders_parcel p WHERE p.consignment_id = e.subject_id)")),
    Spoiled("orders.shipped_event", f"UPDATE orders_parcelline SET shipped_at = shipped_at + interval '1 second' WHERE shipped_at > {AN_HOUR_LATER} RETURNING parcel_id"),
    Spoiled("orders.event_subject", "UPDATE events_event SET subject_id = 999999 WHERE subject_kind IN ('order', 'order_line', 'consignment') RETURNING id"),
    Spoiled("orders.event_subject", "UPDATE events_event SET reseller_id = 999999 WHERE subject_kind IN ('order', 'order_line', 'consignment') RETURNING id"),
    Spoiled("orders.event_subject", f"UPDATE events_event SET brand_id = {OTHER_BRAND} WHERE subject_kind IN ('order_line', 'consignment') AND for_brand RETURNING id"),
    Spoiled("orders.event_subject", "UPDATE orders_order SET reseller_id = (SELECT max(id) FROM membership_reseller) WHERE key = 'later'"
            " RETURNING (SELECT e.id FROM events_event e WHERE e.subject_kind = 'order' AND e.subject_id = orders_order.id)"),
    Spoiled("aftersales.short_event", without_event("line_short", "(SELECT r.id FROM aftersales_refund r WHERE r.line_id = e.subject_id AND r.at = e.occurred_at)")),
    Spoiled("aftersales.short_event", f"UPDATE aftersales_refund SET at = at + interval '1 second' WHERE reason = 'out_of_stock' AND at > {AN_HOUR_LATER} RETURNING id"),
    Spoiled("aftersales.opened_event", without_event("case_opened")),
    Spoiled("aftersales.opened_event", f"UPDATE aftersales_case SET requested_at = requested_at - interval '1 second' WHERE requested_at > {AN_HOUR_LATER} RETURNING id"),
    Spoiled("aftersales.sent_back_event", without_event("case_sent_back")),
    Spoiled("aftersales.refunded_event", without_event("case_refunded")),
    Spoiled("aftersales.ended_event", f"UPDATE aftersales_case SET ended_at = ended_at + interval '1 second' WHERE state IN ('rejected', 'expired') AND ended_at > {AN_HOUR_LATER} RETURNING id"),
    Spoiled("aftersales.reported_event", without_event("fault_reported")),
    Spoiled("aftersales.event_subject", "UPDATE events_event SET subject_id = 999999 WHERE subject_kind = 'fault_report' RETURNING id"),
    Spoiled("aftersales.event_subject", "UPDATE events_event SET subject_id = 999999 WHERE subject_kind IN ('case', 'enquiry') RETURNING id"),
    Spoiled("aftersales.event_subject", f"UPDATE events_event SET brand_id = {OTHER_BRAND} WHERE subject_kind = 'case' RETURNING id"),
    Spoiled("aftersales.event_subject", "UPDATE aftersales_enquiry SET reseller_id = (SELECT max(id) FROM membership_reseller)"
            " RETURNING (SELECT min(e.id) FROM events_event e WHERE e.subject_kind = 'enquiry' AND e.subject_id = aftersales_enquiry.id)"),
    # A lower tier opens before a higher one.
    Spoiled("flashsales.head_start", f"UPDATE flashsales_sale SET opening_delays = '{{0,5,0,0,0,0}}' WHERE id = {LIVE} RETURNING id"),
    # Two who are admitted at once, and places that the room did not give.
    Spoiled("flashsales.admission", "UPDATE flashsales_roomticket t SET admitted_from = o.admitted_from FROM flashsales_roomticket o WHERE o.id = t.id - 1 AND o.sale_id = t.sale_id RETURNING t.id"),
    Spoiled("flashsales.room_ticket", "UPDATE flashsales_waitingroom SET next_admission_at = NULL RETURNING (SELECT min(id) FROM flashsales_roomticket)"),
    Spoiled("flashsales.room_ticket", "UPDATE flashsales_roomticket SET opens_at = admitted_from + interval '1 second' RETURNING id", "flashsales_roomticket.room_ticket_after_opening"),
    # A draw: another seed, other entries, another order, other winners, units that nobody drew for.
    Spoiled("flashsales.draw", "UPDATE flashsales_draw SET seed = repeat('11', 32) WHERE drawn_at IS NOT NULL RETURNING sale_id"),
    Spoiled("flashsales.draw", "UPDATE flashsales_draw SET commitment = '', seed = '', opens_at = NULL, closes_at = NULL RETURNING sale_id"),
    Spoiled("flashsales.draw", "UPDATE flashsales_draw SET closes_at = closes_at - interval '1 second' RETURNING sale_id"),
    Spoiled("flashsales.draw", "UPDATE flashsales_drawentry SET withdrawn_at = entered_at, rank = NULL, won_units = NULL WHERE rank = 2 RETURNING draw_id"),
    Spoiled("flashsales.draw", "UPDATE flashsales_drawentry SET units = 3 WHERE rank = 2 RETURNING draw_id"),
    Spoiled("flashsales.draw_units", "UPDATE flashsales_saleitem SET is_drawn = true WHERE sale_id = (SELECT min(id) FROM flashsales_sale) RETURNING id"),
    Spoiled("flashsales.draw_units", "UPDATE flashsales_saleitem SET draw_units = 1 WHERE is_drawn AND held > 0 RETURNING id"),
    Spoiled("flashsales.draw_units", "UPDATE flashsales_saleitem SET draw_units = 3 WHERE is_drawn AND held > 0 RETURNING id"),
    Spoiled("flashsales.draw_units", """
        WITH e AS (UPDATE flashsales_drawentry SET won_units = NULL, rank = NULL)
        UPDATE flashsales_draw d SET drawn_at = NULL, entries_digest = ''
        RETURNING (SELECT i.id FROM flashsales_saleitem i WHERE i.sale_id = d.sale_id)"""),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_drawentry SET item_id = (SELECT min(id) FROM flashsales_saleitem) RETURNING id", "flashsales_drawentry.draw_entry_once"),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_drawentry SET entered_at = entered_at + interval '10 minutes' RETURNING id"),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_drawentry SET rank = 3 WHERE withdrawn_at IS NOT NULL RETURNING id"),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_drawentry SET waiting_entry_id = NULL WHERE rank = 2 RETURNING id"),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_waitingentry SET source = '' WHERE source = 'draw'"
            " RETURNING (SELECT e.id FROM flashsales_drawentry e WHERE e.waiting_entry_id = flashsales_waitingentry.id)"),
    Spoiled("flashsales.draw_entry", "UPDATE flashsales_drawentry SET won_units = 1, limit_units = 1 WHERE rank = 1 RETURNING id"),
    Spoiled("flashsales.draw_ranking", "UPDATE flashsales_drawentry SET rank = rank + 1 WHERE rank = 2 RETURNING id"),
    Spoiled("flashsales.draw_ranking", "UPDATE flashsales_drawentry SET rank = 3 - rank WHERE rank IS NOT NULL RETURNING id", "flashsales_drawentry.draw_entry_rank_once"),
    Spoiled("flashsales.draw_award", "UPDATE flashsales_drawentry SET won_units = 0 WHERE rank = 1 RETURNING id"),
    Spoiled("flashsales.drawn_waiting", "UPDATE flashsales_drawentry e SET waiting_entry_id = NULL FROM flashsales_waitingentry w WHERE w.id = e.waiting_entry_id AND e.rank = 2 RETURNING w.id"),
    Spoiled("flashsales.event_subject", EVENT.format(kind="draw_won", subject="draw_entry")),
    Spoiled("flashsales.event_subject", EVENT.format(kind="sale_opened", subject="sale")),
    Spoiled("flashsales.event_subject", EVENT.format(kind="sale_opens_soon", subject="sale_reminder")),
    Spoiled("flashsales.event_subject", EVENT.format(kind="waited_for_is_back", subject="waiting_entry")),
    Spoiled("settlement.event_subject", EVENT.format(kind="statement_ready", subject="statement")),
    Spoiled("settlement.event_subject", f"UPDATE events_event SET brand_id = {OTHER_BRAND} WHERE subject_kind = 'statement' RETURNING id"),
    Spoiled("settlement.event_subject", EVENT.format(kind="statement_list_ready", subject="statement_list")),
    Spoiled("inventory.event_subject", EVENT.format(kind="upload_ready", subject="upload")),
    Spoiled("membership.event_subject", EVENT.format(kind="level_about_to_fall", subject="reseller")),
    Spoiled("orders.event_subject", EVENT.format(kind="order_upload_ready", subject="order_upload")),
    Spoiled("aftersales.event_subject", EVENT.format(kind="shipping_upload_ready", subject="shipping_upload")),
    Spoiled("forwarding.event_subject", "UPDATE events_event SET reseller_id = 999999 WHERE subject_kind = 'wish' RETURNING id"),
    Spoiled("forwarding.event_subject", "UPDATE forwarding_wish SET reseller_id = (SELECT max(id) FROM membership_reseller)"
            " RETURNING (SELECT e.id FROM events_event e WHERE e.subject_kind = 'wish' AND e.subject_id = forwarding_wish.id)"),
    Spoiled("forwarding.wish_first_line", "UPDATE forwarding_wish SET units = units + 1 RETURNING id"),
    Spoiled("forwarding.wish_first_line", "UPDATE forwarding_wishline SET units = units + 1 RETURNING wish_id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET ended_difference = 'app' WHERE id = (SELECT min(id) FROM payments_payment) RETURNING id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET ended_difference = 'amount', difference_reason = 'x', difference_ended_at = now(),"
            " difference_ended_by_id = (SELECT min(id) FROM accounts_person) WHERE id = (SELECT min(id) FROM payments_payment) RETURNING id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET ended_difference = 'app', difference = 'app', difference_reason = 'x', difference_ended_at = now(),"
            " difference_ended_by_id = (SELECT min(id) FROM accounts_person) WHERE id = (SELECT min(id) FROM payments_payment) RETURNING id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET ended_difference = 'app', ended_before = '{app}', difference_reason = 'x',"
            " difference_ended_at = now(), difference_ended_by_id = (SELECT min(id) FROM accounts_person)"
            " WHERE id = (SELECT min(id) FROM payments_payment) RETURNING id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET ended_difference = 'app', ended_before = '{merchant}', difference = 'merchant',"
            " difference_reason = 'x', difference_ended_at = now(), difference_ended_by_id = (SELECT min(id) FROM accounts_person)"
            " WHERE id = (SELECT min(id) FROM payments_payment) RETURNING id"),
    Spoiled("payments.difference", "UPDATE payments_payment SET difference = '' WHERE state = 'closed' RETURNING id"),
    # Notices
    Spoiled("notices.event_subject", EVENT.format(kind="codes_reset", subject="code_change")),
    Spoiled("notices.event", "UPDATE notices_notice SET event_id = 999999 RETURNING id"),
    Spoiled("notices.event", "UPDATE notices_notice SET subject_id = 999999 RETURNING id"),
    Spoiled("notices.event", "UPDATE notices_notice SET person_id = (SELECT max(person_id) FROM membership_reseller) RETURNING id"),
    Spoiled("notices.event", "UPDATE events_event SET for_reseller = false WHERE kind = 'wish_created' RETURNING (SELECT id FROM notices_notice)"),
    Spoiled("notices.event", """
        INSERT INTO notices_notice (event_id, person_id, channel, topic, subject_kind, subject_id, state, occurred_at, created_at, due_at,
                                    next_attempt_at, attempts, message_id, why, ended_at)
        SELECT event_id, person_id, channel, topic, subject_kind, subject_id, 'skipped', occurred_at, created_at, due_at,
               next_attempt_at, 0, '', '', now() FROM notices_notice RETURNING id""", "notices_notice.notice_once_per_event"),
    Spoiled("notices.state", "UPDATE notices_notice SET state = 'waiting' RETURNING id"),
    Spoiled("notices.state", "UPDATE notices_notice SET state = 'sending', ended_at = NULL RETURNING id"),
    Spoiled("notices.state", "UPDATE notices_notice SET attempts = 0 RETURNING id"),
    Spoiled("notices.state", "UPDATE notices_notice SET due_at = claimed_at + interval '1 minute' RETURNING id"),
    Spoiled("notices.state", "UPDATE notices_notice SET sent_with_id = id RETURNING id"),
    Spoiled("notices.wanted", "UPDATE notices_preference SET off_at = on_at RETURNING (SELECT id FROM notices_notice)"),
    Spoiled("notices.wanted", "UPDATE notices_notice SET topic = 'paid' RETURNING id"),
    Spoiled("notices.wanted", "UPDATE notices_notice SET channel = 'sms' RETURNING id"),
    Spoiled("notices.quiet_hours", "UPDATE notices_deliverychoice SET quiet_from = 600, quiet_until = 900 RETURNING (SELECT id FROM notices_notice)"),
    Spoiled("notices.quiet_hours", "UPDATE notices_notice SET claimed_at = claimed_at + interval '12 hours' RETURNING id"),
    Spoiled("notices.daily_limit", "UPDATE notices_deliverychoice SET max_per_day = 0 RETURNING (SELECT id FROM notices_notice)"),
    # Forwards
    Spoiled("forwarding.retail_price", "UPDATE pricing_pricelistrow SET retail_floor_fen = 301 * 100 RETURNING (SELECT min(id) FROM forwarding_retailprice)"),
    Spoiled("forwarding.retail_style", "UPDATE forwarding_retailprice SET style_id = (SELECT min(id) FROM inventory_style) RETURNING id"),
    Spoiled("forwarding.price_history", "UPDATE forwarding_retailprice SET price_fen = price_fen + 1 RETURNING id"),
    Spoiled("forwarding.price_history", "UPDATE forwarding_retailprice SET set_at = set_at + interval '1 second' RETURNING id"),
    Spoiled("forwarding.price_history", "UPDATE forwarding_retailpricechange SET price_fen = NULL"
            " RETURNING (SELECT r.id FROM forwarding_retailprice r WHERE r.style_id = forwarding_retailpricechange.style_id)"),
    Spoiled("forwarding.price_history", "DELETE FROM forwarding_retailpricechange"
            " RETURNING (SELECT r.id FROM forwarding_retailprice r WHERE r.style_id = forwarding_retailpricechange.style_id)"),
    Spoiled("forwarding.forward_style", "UPDATE forwarding_forward SET style_id = (SELECT min(id) FROM inventory_style) WHERE selection = '' RETURNING id"),
    Spoiled("forwarding.selected_style", "UPDATE forwarding_forwardstyle SET style_id = (SELECT min(id) FROM inventory_style) WHERE position = 1 RETURNING id"),
    Spoiled("forwarding.selection", "DELETE FROM forwarding_forwardstyle RETURNING forward_id"),
    Spoiled("forwarding.selection", "UPDATE forwarding_forward SET selection = '' WHERE selection <> '' RETURNING id"),
    Spoiled("forwarding.selection", "UPDATE forwarding_forwardstyle SET position = 3 WHERE position = 2 RETURNING forward_id"),
    Spoiled("forwarding.selection", "DELETE FROM forwarding_forwardstyle WHERE position = 2 RETURNING forward_id"),
    Spoiled("forwarding.selection", "UPDATE forwarding_forward SET style_id = (SELECT min(style_id) FROM forwarding_forwardstyle) WHERE selection <> '' RETURNING id"),
    Spoiled("forwarding.view_count", "UPDATE forwarding_viewcount SET views = views + 1 RETURNING forward_id"),
    Spoiled("forwarding.view_count", "UPDATE forwarding_forward SET views = 0 WHERE views > 0 RETURNING id"),
    Spoiled("forwarding.share", "UPDATE forwarding_share SET reseller_id = (SELECT max(id) FROM membership_reseller) RETURNING id"),
    Spoiled("forwarding.share", "UPDATE forwarding_share SET shared_at = shared_at - interval '1 day' RETURNING id"),
    Spoiled("forwarding.share", "UPDATE forwarding_sharedstyle SET style_id = (SELECT min(id) FROM inventory_style) RETURNING share_id"),
    Spoiled("forwarding.storefront", "UPDATE forwarding_forward SET stopped_at = now() WHERE sale_id IS NULL RETURNING (SELECT id FROM forwarding_storefront)"),
    Spoiled("forwarding.storefront", "UPDATE forwarding_storefront SET closed_at = opened_at - interval '1 hour' RETURNING id"),
    Spoiled("forwarding.storefront_address", "UPDATE forwarding_forward SET style_id = (SELECT min(id) FROM inventory_style) WHERE sale_id IS NULL RETURNING id"),
    Spoiled("forwarding.storefront_address", "DELETE FROM forwarding_storefront RETURNING (SELECT id FROM forwarding_forward WHERE sale_id IS NULL)"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET reseller_id = (SELECT max(id) FROM membership_reseller) RETURNING id"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET item_id = (SELECT min(id) FROM flashsales_saleitem) RETURNING id"),
    Spoiled("forwarding.wish", "UPDATE orders_order SET reseller_id = (SELECT max(id) FROM membership_reseller) WHERE id = (SELECT order_id FROM forwarding_wish)"
            " RETURNING (SELECT id FROM forwarding_wish)"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET forward_id = (SELECT max(id) FROM forwarding_forward),"
            " item_id = (SELECT min(id) FROM flashsales_saleitem) RETURNING id"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET answered_at = NULL RETURNING id"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET told_back_at = created_at RETURNING id"),
    Spoiled("forwarding.wish", "UPDATE forwarding_wish SET is_waiting = true, told_back_at = created_at - interval '1 second' RETURNING id"),
    Spoiled("forwarding.wish_line", "UPDATE forwarding_wishline SET item_id = (SELECT min(id) FROM flashsales_saleitem) RETURNING id"),
    Spoiled("forwarding.wish_line", "UPDATE forwarding_wishline SET order_line_id = 999999 RETURNING id"),
    Spoiled("forwarding.wish_line", "UPDATE forwarding_wishline SET order_line_id = (SELECT min(id) FROM orders_orderline) RETURNING id"),
    Spoiled("forwarding.wish_line", "UPDATE forwarding_wishline SET is_awaited = true RETURNING id"),
    Spoiled("forwarding.waiting_source", "UPDATE flashsales_waitingentry SET source = 'wishes:999999' WHERE ended_at IS NULL RETURNING id"),
    Spoiled("forwarding.waiting_source", "UPDATE flashsales_waitingentry SET source = 'wishes:' || (SELECT id FROM forwarding_wish) WHERE ended_at IS NULL AND source = '' RETURNING id"),
    Spoiled("forwarding.waiting_source", "UPDATE flashsales_waitingentry SET source = 'recipient:999999' WHERE ended_at IS NULL RETURNING id"),
    Spoiled("forwarding.wish_line", "UPDATE orders_orderline SET item_id = (SELECT min(id) FROM flashsales_saleitem)"
            " WHERE id = (SELECT order_line_id FROM forwarding_wishline) RETURNING (SELECT id FROM forwarding_wishline)"),
]  # fmt: skip


def spoil(state: Spoiled) -> set[int]:
    """Carry it out with the guards of the database out of the way; gives the rows that must be named."""
    with connection.cursor() as cursor:
        if state.constraint:
            table, name = state.constraint.split(".")
            # A unique constraint with a condition is an index alone.
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(state.statement)
        rows = {row[0] for row in cursor.fetchall()}
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        return rows


def check_of(code: str) -> Check | ComputedCheck:
    (check,) = (check for check in CHECKS[code.split(".")[0]] if check.code == code)
    return check


@functools.cache
def kinds_read_by(code: str) -> set[str]:
    """The kinds of changed ids that a check reads: to load all of them takes a quarter of a second, and there are 500 states."""
    check, statements = check_of(code), []

    def read(statement: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        statements.append(statement)
        return sql.rows(restrict_to_changes(statement, changes=False), parameters)

    if isinstance(check, Check):
        statements.append(check.statement)
    else:
        list(check.find(read))
    return {kind for statement in statements for kind in kinds_named(statement)}


def named_by(code: str, *, changes: bool = False) -> set[int]:
    """The rows that a check names."""
    check = check_of(code)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CHECKS, "only this", (check,))
        (result,) = run_checks(["only this"], changes=changes)
    return {violation.row_id for violation in result.violations}


def next_transaction() -> int:
    """A number that what is written from now on does not go below: savepoints have numbers of their own."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("UPDATE integrity_integrityrun SET seconds = 1 RETURNING xmin::text::bigint")
        return int(cursor.fetchone()[0])


def test_each_corrupted_state_is_found_and_its_row_named(subtests: pytest.Subtests) -> None:
    """INTEGRITY-1, INTEGRITY-2, INTEGRITY-3, INTEGRITY-4, INTEGRITY-5, INTEGRITY-7: by a run over everything, and by one over what changed."""
    World()
    close_due_days(now=NOW + timedelta(days=1, hours=2))
    compare_days(now=NOW + timedelta(days=1, hours=2))
    assert all_violations() == []
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    watermark = get_watermark()
    # To this transaction, which still runs, all rows of the world look new.
    RollupState.objects.update(transaction_id=F("transaction_id") + 2_000_000)
    IntegrityRun.objects.create(
        requested_at=NOW,
        started_at=NOW,
        finished_at=NOW,
        everything=True,
        seconds=0,
        xid=watermark.xid,
        database=watermark.database,
    )
    for state in SPOILED:
        since = Watermark(next_transaction(), watermark.database, {})
        with subtests.test(f"{state.code}: {state.statement}"), transaction.atomic():
            rows = spoil(state)
            named, named_among_changes = named_by(state.code), set[int]()
            # Of rows that are gone nothing is left to be seen: a run over changes notices that rows were deleted, and checks everything.
            # Of one whose key was changed, the new key is seen, which names nothing.
            gone = "DELETE" in state.statement or "SET key" in state.statement
            if not gone:
                load_changed_ids(since, kinds_read_by(state.code))
                named_among_changes = named_by(state.code, changes=True)
            transaction.set_rollback(True)
            assert rows
            assert rows <= named
            assert gone or rows <= named_among_changes


def test_every_check_has_a_state_that_it_finds() -> None:
    codes = {check.code for checks in CHECKS.values() for check in checks}
    assert {state.code for state in SPOILED} == codes
    assert len(SPOILED) >= 60
