"""Reads sheets of one record per line, by a vocabulary of their own: what tracking and order sheets share."""
