"""Writes of membership. Every service that changes growth first carries out the turns that are due for that member."""
