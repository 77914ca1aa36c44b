"""Money: ledger accounts and balanced postings. Wallets, deposits, what brands are owed, commission, and money at the bank.

The one service is `post`: it makes one balanced posting, at most once per key. All other services that move money call it.
A positive balance is what the platform owes to the owner of the account. The balance of `clearing` is negative by the money that the
platform holds at the bank or payment provider. The balances of all accounts add up to zero.
Other apps decide why money moves (orders, aftersales, settlement) and who may move it.
"""
