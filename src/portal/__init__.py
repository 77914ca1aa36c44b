"""The brand's desk 品牌工作台: upload stock, ship orders, see what sells, read statements. Pages and templates, no rules, no tables."""
