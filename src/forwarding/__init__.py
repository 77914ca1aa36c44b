"""Forwarding 转发: a reseller's retail prices 零售价, the pages that she forwards, and the wishes 心愿 that customers leave there.

What a customer may see is one pure function of what the platform knows (`rules.customer_view`); of a style whose label is cut it hides
the brand. Wholesale prices and floors belong to pricing, the grab to orders.
"""
