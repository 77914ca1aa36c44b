"""Writes of membership. Every verb that changes growth first carries out the turns that are due for that member."""
