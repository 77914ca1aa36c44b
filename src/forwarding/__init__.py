"""Passing goods on: the retail price 零售价 that a reseller asks of her customers.

Verb: `set_retail_price`. Labelled goods keep the brand's floor (FORWARD-1), goods with their label cut are free.
The forward pack, posters and the customer's page will come to live here. Leaves to others: wholesale prices and floors (pricing).
"""
