"""`template`: write an empty workbook to fill in."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Final

from imports import order_sheet, tracking_sheet
from imports.annotated_copy.template import template as stock_template
from imports.cli.files import write_output
from imports.cli.status import ACCEPTED

_TEMPLATES: Final[dict[str, Callable[[], bytes]]] = {
    "stock": stock_template,
    "orders": lambda: order_sheet.write([]),
    "tracking": lambda: tracking_sheet.write([]),
}


def run(options: argparse.Namespace) -> int:
    """Write the template of a kind of sheet."""
    write_output(_TEMPLATES[options.kind](), options.output or f"{options.kind}-template.xlsx", force=options.force)
    return ACCEPTED
