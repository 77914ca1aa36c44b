"""Writes of membership. Every service that changes growth first carries out the roll-overs that are due for that member."""
