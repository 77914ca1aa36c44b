"""Filling and publishing large sales on the desk and through the API: a job with progress (SALE-21)."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from flashsales.job_models import SaleJob
from flashsales.models import Sale, SaleItem
from flashsales.selectors import sale_jobs as selectors
from flashsales.services.sale_jobs import request_publication, run_job
from flashsales.tasks import retry_waiting_sale_jobs, run_sale_job
from inventory.models import Category
from kernel.clock import set_to
from tests.builders import HOUR, NOW, Marketplace


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sale is large from two SKUs on."""
    monkeypatch.setattr(selectors, "MAX_SKUS_AT_ONCE", 1)


def send(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    with set_to(NOW):
        return client.post(f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")


def test_a_small_draft_is_filled_and_published_at_once(market: Marketplace, ops: Client) -> None:
    market.sku(units=12, style_no="AB-1")
    market.sku(units=5, style_no="C-1", category="shoes")
    sale_id = market.draft(starts_at=NOW + HOUR)
    shoes = Category.objects.get(code="shoes").pk
    with set_to(NOW):
        ops.post(
            reverse("console:sale_items", args=[sale_id]),
            {"form_action": "free", "free-category_id": shoes, "free-limit_units": 2},
        )
        assert list(SaleItem.objects.values_list("planned", "limit_units")) == [(5, 2)]
        ops.post(
            reverse("console:sale_items", args=[sale_id]),
            {"form_action": "free", "free-search": "ab", "free-max_style_units": 3},
        )
        ops.post(reverse("console:sale", args=[sale_id]), {"form_action": "publish"})
    assert sorted(SaleItem.objects.values_list("allotted", flat=True)) == [3, 5]
    assert Sale.objects.get().state == "published"
    assert not SaleJob.objects.exists()


@pytest.mark.usefixtures("large")
def test_a_large_draft_is_filled_and_published_by_a_worker(market: Marketplace, ops: Client, finance: Client) -> None:
    for _ in range(3):
        market.sku(units=4)
    sale_id = market.draft(starts_at=NOW + HOUR)
    page, items = reverse("console:sale", args=[sale_id]), reverse("console:sale_items", args=[sale_id])
    progress = reverse("console:sale_progress", args=[sale_id])
    with set_to(NOW):
        ops.post(items, {"form_action": "free", "free-search": ""})
        shown = ops.get(items)
        assert progress in shown.content.decode()
        assert list(shown.context["form_actions"]) == ["cancel_job"]
        assert not shown.context["editable"]
        assert not SaleItem.objects.exists()
        polled = finance.get(progress)
        assert "HX-Refresh" not in polled
        assert polled.context["job"].kind == "fill_stock"
        run_sale_job(SaleJob.objects.get().pk)
        assert ops.get(progress)["HX-Refresh"] == "true"
        assert SaleItem.objects.count() == 3
        ops.post(page, {"form_action": "publish"})
        assert list(ops.get(page).context["form_actions"]) == ["cancel_job"]
        ops.post(page, {"form_action": "cancel_job"})
        assert "publish" in ops.get(page).context["form_actions"]
        ops.post(page, {"form_action": "publish"})
        run_sale_job(SaleJob.objects.latest("pk").pk)
        assert Sale.objects.get().state == "published"
        assert ops.get(page).context["job"].state == "done"
    assert list(SaleJob.objects.order_by("pk").values_list("kind", "state")) == [
        ("fill_stock", "done"),
        ("publish", "cancelled"),
        ("publish", "done"),
    ]


@pytest.mark.usefixtures("large")
def test_a_refused_job_says_why_on_the_page_in_both_languages(market: Marketplace, ops: Client) -> None:
    skus = [market.sku(units=2, style_no=f"S-{number}") for number in range(2)]
    sale_id = market.draft(*skus, units=3)
    asked = request_publication(actor=market.ops, sale_id=sale_id, now=NOW)
    run_job(job_id=asked.id, clock=lambda: NOW)
    with set_to(NOW):
        chinese = ops.get(reverse("console:sale", args=[sale_id])).content.decode()
        ops.cookies["language"] = "en"
        english = ops.get(reverse("console:sale", args=[sale_id])).content.decode()
    assert "可用库存不足：S-0 黑 M（2 &lt; 3）" in chinese
    assert "Not enough free stock: S-0 黑 M（2 &lt; 3）" in english


@pytest.mark.usefixtures("large")
def test_programs_ask_for_jobs_and_follow_them(market: Marketplace, ops: Client, finance: Client) -> None:
    for number in range(3):
        market.sku(units=4, style_no=f"S-{number}")
    sale_id = market.draft(starts_at=NOW + HOUR)
    refused = send(ops, f"/sales/{sale_id}/items", {"all_free_stock": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "flashsales.too_many_at_once")
    asked = send(ops, f"/sales/{sale_id}/fill", {"search": "s-", "max_style_units": 3, "limit_units": 2})
    assert (asked.status_code, asked.json()["state"], asked.json()["kind"]) == (202, "waiting", "fill_stock")
    again = send(ops, f"/sales/{sale_id}/fill")
    assert (again.status_code, again.json()["code"]) == (409, "flashsales.sale_has_open_job")
    assert send(finance, f"/sales/{sale_id}/publication").status_code == 403
    with set_to(NOW):
        retry_waiting_sale_jobs()
        run_sale_job(asked.json()["id"])
        done = ops.get(f"/api/v1/sales/{sale_id}/job").json()
    assert (done["state"], done["skus"]) == ("done", 3)
    assert list(SaleItem.objects.values_list("planned", "limit_units")) == [(3, 2)] * 3
    refused = send(ops, f"/sales/{sale_id}/publish")
    assert (refused.status_code, refused.json()["code"]) == (409, "flashsales.too_many_at_once")
    first = send(ops, f"/sales/{sale_id}/publication").json()
    assert send(ops, f"/sale-jobs/{first['id']}/cancel").json()["state"] == "cancelled"
    assert send(ops, f"/sale-jobs/{first['id']}/cancel").status_code == 409
    second = send(ops, f"/sales/{sale_id}/publication").json()
    with set_to(NOW):
        run_sale_job(second["id"])
    assert Sale.objects.get().state == "published"


def test_a_sale_without_a_job_has_none(market: Marketplace, ops: Client) -> None:
    sale_id = market.draft()
    with set_to(NOW):
        assert ops.get(f"/api/v1/sales/{sale_id}/job").json() is None
        assert ops.get(reverse("console:sale_progress", args=[sale_id]))["HX-Refresh"] == "true"
