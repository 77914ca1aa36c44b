"""The rules of orders (see docs/rules/orders.md), one module per subject."""
