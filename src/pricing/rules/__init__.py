"""The law of prices, PRICE-1 … of docs/rules/pricing.md. Pure: no database, no clock, integer fen."""

from pricing.rules.controls import Action, Control, Goods, Scope, control_for

__all__ = ["Action", "Control", "Goods", "Scope", "control_for"]
