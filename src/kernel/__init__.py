"""Money, periods, refusals and the clock. Standard library only; every package may import it."""
