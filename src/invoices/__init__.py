"""Invoices 发票: titles, requests of resellers and brands, files for whoever issues, results, red letters (INVOICE-1 to INVOICE-8).

Services: `titles`, `requests`, `exports`, `results`, `issuing`, `red_letters`, `terms`. It stands above settlement and orders, because it
reads what was paid, refunded and settled; it moves no money.
"""
