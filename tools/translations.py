"""The words of the screens: Chinese in the sources, English in `src/locale/en`. Needs polib only, no gettext tools.

python tools/translations.py          bring django.po up to date with the sources, compile it, and name what has no English yet
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"
CATALOGUE = SOURCES / "locale" / "en" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")

_MARKERS = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
_STRING = r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_IN_TEMPLATE = re.compile(rf"\b(?:_|gettext)\(u?{_STRING}\)")


def used() -> dict[str, set[str]]:
    """Every marked sentence of the sources, with the files that use it."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCES.rglob("*.html")):
        for sentence in of_template(path.read_text("utf-8")):
            found.setdefault(sentence, set()).add(str(path.relative_to(ROOT)))
    for path in sorted(SOURCES.rglob("*.py")):
        for sentence in of_python(path.read_text("utf-8")):
            found.setdefault(sentence, set()).add(str(path.relative_to(ROOT)))
    return found


def of_template(text: str) -> Iterator[str]:
    """The sentences that a template marks, written as gettext knows them (`%(name)s`, `%%`)."""
    if not settings.configured:
        settings.configure()
    for literal in _IN_TEMPLATE.findall(templatize(text)):
        yield ast.literal_eval(literal)


def of_python(text: str) -> Iterator[str]:
    """The sentences that a module marks with `_`, `gettext`, `gettext_lazy` or `gettext_noop`."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if name in _MARKERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def main() -> int:
    catalogue = polib.pofile(str(CATALOGUE), wrapwidth=120) if CATALOGUE.exists() else polib.POFile(wrapwidth=120)
    catalogue.metadata = {
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    english = {entry.msgid: entry.msgstr for entry in catalogue}
    sentences = used()
    catalogue.clear()
    for sentence in sorted(sentences):
        flags = ["python-format"] if "%(" in sentence else []
        catalogue.append(polib.POEntry(msgid=sentence, msgstr=english.get(sentence, ""), flags=flags))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(CATALOGUE))
    COMPILED.write_bytes(catalogue.to_binary())
    missing = [entry.msgid for entry in catalogue if not entry.msgstr]
    for sentence in missing:
        sys.stdout.write(f"no English: {sentence!r}  ({', '.join(sorted(sentences[sentence]))})\n")
    sys.stdout.write(f"{len(catalogue)} sentences, {len(missing)} without English\n")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
