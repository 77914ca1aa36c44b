"""Passing goods on: a reseller's retail prices 零售价, the pages that she forwards 转发, and the wishes that customers leave there.

Verbs: `set_retail_price`, `forward`, `stop`, `count_view`, `leave_wish`, `answer_wish`, `note_order`. What a customer may see is one pure
function of what the house knows (`rules.shown`): of goods whose label is cut, never the brand. Leaves to others: wholesale prices and
floors (pricing), the grab (orders). Posters will come to live here.
"""
