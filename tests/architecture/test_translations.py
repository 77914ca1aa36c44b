"""Chinese first, English switchable: no sentence on a screen is without its English, and none is outside the catalogue."""

import re
from typing import get_args

import polib
import pytest

from imports.report import IgnoredWhy
from portal.labels import IGNORED
from tools import export_texts, translations

CHINESE = re.compile(r"[\u3400-\u9fff]")
# The page of a fault speaks both languages at once; the language switch names each language in itself; logs are not screens.
BILINGUAL = {"src/templates/parts/language.html"}


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(translations.CATALOGUE))


@pytest.fixture(scope="module")
def used() -> dict[str, set[str]]:
    return translations.used()


def test_every_marked_sentence_has_english(catalogue: polib.POFile, used: dict[str, set[str]]) -> None:
    english = {entry.msgid: entry.msgstr for entry in catalogue}
    missing = {sentence: sorted(files) for sentence, files in used.items() if not english.get(sentence)}
    assert missing == {}, "run `python tools/translations.py` and fill in src/locale/en/LC_MESSAGES/django.po"


def test_the_catalogue_holds_no_sentence_that_nobody_says(catalogue: polib.POFile, used: dict[str, set[str]]) -> None:
    assert {entry.msgid for entry in catalogue} - set(used) == set()


def test_the_english_keeps_every_placeholder(catalogue: polib.POFile) -> None:
    holder = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")
    differing = [
        entry.msgid
        for entry in catalogue
        if entry.msgstr and sorted(holder.findall(entry.msgid)) != sorted(holder.findall(entry.msgstr))
    ]
    assert differing == []


def test_the_compiled_catalogue_is_that_of_the_sources(catalogue: polib.POFile) -> None:
    assert translations.COMPILED.read_bytes() == catalogue.to_binary(), "run `python tools/translations.py`"


def test_no_template_shows_chinese_outside_the_catalogue() -> None:
    shown: dict[str, list[str]] = {}
    for path in sorted(translations.SOURCES.rglob("*.html")):
        name = str(path.relative_to(translations.ROOT))
        plain = _without_tags(path.read_text("utf-8"))
        lines = [line.strip() for line in plain.splitlines() if CHINESE.search(line)]
        if lines and name not in BILINGUAL:
            shown[name] = lines
    assert shown == {}


def test_no_sentence_has_a_plural_of_its_own() -> None:
    """The catalogue holds one English sentence for each: a second for the plural would stay Chinese."""
    plural = {
        str(path.relative_to(translations.ROOT))
        for path in translations.SOURCES.rglob("*.html")
        if "{% plural %}" in path.read_text("utf-8")
    }
    plural |= {
        str(path.relative_to(translations.ROOT))
        for path in translations.SOURCES.rglob("*.py")
        if "ngettext" in path.read_text("utf-8")
    }
    assert plural == set()


def test_every_kind_of_ignored_line_has_a_label() -> None:
    assert set(get_args(IgnoredWhy)) == set(IGNORED)


def test_the_scanner_finds_what_is_marked() -> None:
    template = (
        '{% load i18n %}{% translate "甲" %}{% translate "乙 5%" as b %}{% tag _("丙") "good" %}'
        "{% blocktranslate with n=1 %}丁 {{ n }}{% endblocktranslate %}{% comment %}{% translate '戊' %}{% endcomment %}"
    )
    assert list(translations.of_template(template)) == ["甲", "乙 5%%", "丙", "丁 %(n)s"]
    assert list(translations.of_python('a = _("甲"); b = gettext_lazy("乙"); c = "丙"; d = other("丁")')) == [
        "甲",
        "乙",
    ]


def _without_tags(template: str) -> str:
    for span in (
        r"\{% comment %\}.*?\{% endcomment %\}",
        r"\{% blocktranslate.*?\{% endblocktranslate %\}",
        r"\{#.*?#\}",
        r"<!--.*?-->",
        r"\{%.*?%\}",
        r"\{\{.*?\}\}",
    ):
        template = re.sub(span, "", template, flags=re.DOTALL)
    return template


def test_the_export_for_proof_readers_holds_every_text_in_both_languages(used: dict[str, set[str]]) -> None:
    texts = export_texts.all_texts()
    assert {text.zh for text in texts if text.kind == "screen"} == set(used)
    codes = {text.key for text in texts if text.kind == "refusal"}
    assert {"flashsales.sold_out", "orders.price_changed"} <= codes
    assert [text for text in texts if not text.zh or not text.en] == []


def test_both_sentences_of_a_refusal_name_the_same_fields() -> None:
    texts = [text for text in export_texts.all_texts() if text.kind == "refusal"]
    # Names of states and roles are English words: the Chinese sentence does without them.
    english_only = {"role", "state", "phase"}
    assert [text.key for text in texts if _fields(text.en) - english_only != _fields(text.zh) - english_only] == []


def _fields(sentence: str) -> set[str]:
    """The placeholders of a sentence; `why_zh` and `why_en` are one field in two languages."""
    return {name.removesuffix("_zh").removesuffix("_en") for name in re.findall(r"\{(\w+)\}", sentence)}
