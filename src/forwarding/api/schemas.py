"""What several endpoints of forwarding take."""

from forwarding.rules.pages import SelectedStyle
from web.schemas import Input, Whole


class SelectedStyleIn(Input):
    sale_id: Whole
    style_id: Whole

    @property
    def style(self) -> SelectedStyle:
        return SelectedStyle(self.sale_id, self.style_id)
