"""Figures of analysis, each beside that of the period before and with the address of its order lines."""

from typing import Any
from urllib.parse import urlencode

from django import template

register = template.Library()


@register.filter
def rate(basis_points: int | None) -> str:
    """A share in ten-thousandths with one decimal: 1234 → 12.3%, or a dash where it is unknown."""
    if basis_points is None:
        return "—"
    tenths = (abs(basis_points) + 5) // 10
    return f"{'−' if basis_points < 0 and tenths else ''}{tenths // 10}.{tenths % 10}%"


@register.simple_tag(takes_context=True)
def lines_href(context: dict[str, Any], only: str = "", **chosen: object) -> str:
    """The address of the lines behind a figure of the page's period; `chosen`: a brand, a sale, or other days."""
    wanted = {name: str(value) for name, value in ({"only": only} | chosen).items() if value}
    kept = "" if "first" in wanted else f"{context['lines_query']}&"
    return f"{context['lines_url']}?{kept}{urlencode(wanted)}".rstrip("&?")


@register.inclusion_tag("parts/analysis_figure.html", takes_context=True)
def compared_figure(
    context: dict[str, Any], label: str, value: object, before: object, only: str = "", href: str = ""
) -> dict[str, Any]:
    """A figure with that of the period before; it leads to its lines, or to `href`."""
    return {"label": label, "value": value, "before": before, "href": href or lines_href(context, only)}
