"""When a sale opens for a tier, as parts of statements (SALE-19). `rules.head_start.opens_at` says the same in Python."""
# ruff: noqa: S608 - statements are composed of constants of this module; every value is a parameter


def opens_at_sql(tier: str, sale: str = "s") -> str:
    """The instant at which the sale of the alias `sale` opens for a tier, an expression that yields an integer or null.

    Null stands for nobody in particular: then it is the beginning of the window.
    """
    # PostgreSQL's arrays begin at 1.
    return f"({sale}.starts_at + coalesce({sale}.opening_delays[{tier} + 1], 0) * interval '1 minute')"


def not_open_sql(tier: str, at: str = "%(at)s") -> str:
    """An array of the published sales whose window has begun, and that are not open for a tier yet. It is read once per statement."""
    return f"""ARRAY(SELECT e.id FROM flashsales_sale e
        WHERE e.state = 'published' AND e.ends_at > {at} AND e.starts_at <= {at} AND e.opening_delays IS NOT NULL
          AND {opens_at_sql(tier, "e")} > {at})"""
