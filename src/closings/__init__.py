"""Accounts of resellers and brands that are closed: what must be over first, and what is left is paid out (MONEY-17, MONEY-18).

Services: `closing`. It stands above treasury and bank statements, because money that neither has decided must be over.
"""
