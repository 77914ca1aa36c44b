"""What every room may know: money, periods, refusals and the clock. Standard library only."""
