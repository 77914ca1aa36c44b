"""Analysis 分析: figures of brands, sales, tiers and cohorts, kept by day, and workbooks of them.

The figures of a day are counted from the order lines that were paid on it, and counted again when one of these lines changes. Pages read
the kept figures. pandas works in the worker only: no process of the web imports `services.cohorts` or `services.workbooks`.
"""
