"""How programs say which free stock goes into a draft."""

from ninja import Field

from flashsales.rules.filling import StockFilter
from web.schemas import Input, Whole, Word


class StockFilterIn(Input):
    """Which of the brand's free stock is taken; all of it without a condition. All conditions hold together."""

    search: Word = Field("", description="the beginning of a style number, or a part of a name")
    category_id: Whole | None = Field(None, description="with the categories below it")
    season: Word = ""
    year: Whole | None = None
    min_units: Whole = Field(1, description="SKUs with at least so many free units")
    max_style_units: Whole | None = Field(None, description="at most so many units of a style; 500 for a trial batch")

    @property
    def filters(self) -> StockFilter:
        return StockFilter(
            search=self.search.strip(),
            category_id=self.category_id,
            season=self.season.strip(),
            year=self.year,
            min_units=self.min_units,
            max_style_units=self.max_style_units,
        )
