"""Counts what a thumb or a hand does on a page, for tests that say how much work an errand is."""

from pathlib import Path

from playwright.sync_api import Locator, Page


class Taps:
    """Taps, keys, and fields that are typed or filled by pasting. A choice from a list is two taps: it is opened, and one is chosen."""

    def __init__(self, page: Page) -> None:
        self.page, self.count, self.fields = page, 0, 0

    def tap(self, target: Locator | str) -> None:
        self.count += 1
        (self.page.locator(target).first if isinstance(target, str) else target).click()

    def key(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)

    def choose(self, field: Locator, label: str) -> None:
        self.count += 2
        value = field.locator("option", has_text=label).first.get_attribute("value")
        field.select_option(value)

    def type(self, field: Locator, text: str) -> None:
        self.fields += 1
        field.fill(text)

    def send_file(self, field: Locator, file: Path) -> None:
        self.count += 1
        field.set_input_files(file)

    @property
    def total(self) -> tuple[int, int]:
        """Taps, and fields that were typed."""
        return self.count, self.fields
