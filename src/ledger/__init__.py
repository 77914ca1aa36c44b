"""Money: accounts and balanced entries. Wallets, deposits, what brands are owed, commission, and what the provider holds for us.

Verb: `post` (one balanced posting, at most once per key). Everything else that moves money calls it; nobody writes entries otherwise.
A positive amount is owed by the platform to the account's owner; `clearing` mirrors the world outside and is negative by what the
platform holds. All accounts together always add up to zero.
Leaves to others: why money moves (orders, aftersales, settlement), and who may move it.
"""
