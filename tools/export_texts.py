"""All texts that people read, in Chinese and English, as one CSV file for proof-readers: `python3 tools/export_texts.py > texts.csv`.

Needs only Python. A text in two languages is kept in one of three ways, by its kind; the column `kind` says which:

- screen: the Chinese text stands in a template or module and is marked for gettext; the English one is in `src/locale/en`;
- refusal: a class with `code`, `zh` and `en`;
- reason: an entry of a dictionary with a pair (Chinese, English) or a `Reason`, by its key.
"""

import ast
import csv
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "src" / "locale" / "en" / "LC_MESSAGES" / "django.po"
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.MULTILINE)


class Text(NamedTuple):
    kind: str
    key: str
    zh: str
    en: str
    place: str


def all_texts() -> list[Text]:
    """Every text in two languages, by kind and place."""
    found = [*_of_catalogue()]
    for path in sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "imports").rglob("*.py")]):
        found += _of_module(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8")))
    return found


def _of_catalogue() -> Iterator[Text]:
    for zh, en in _ENTRY.findall(CATALOGUE.read_text("utf-8")):
        chinese, english = (
            "".join(ast.literal_eval(line) for line in part.splitlines()) for part in (zh.strip(), en.strip())
        )
        if chinese:
            yield Text("screen", "", chinese, english, CATALOGUE.relative_to(ROOT).as_posix())


def _of_module(place: str, tree: ast.Module) -> Iterator[Text]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            said = {
                statement.targets[0].id: statement.value.value
                for statement in node.body
                if isinstance(statement, ast.Assign)
                and isinstance(statement.targets[0], ast.Name)
                and isinstance(statement.value, ast.Constant)
            }
            if {"zh", "en"} <= said.keys():
                yield Text("refusal", str(said.get("code", node.name)), str(said["zh"]), str(said["en"]), place)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                pair = _pair(value)
                if key is not None and pair is not None:
                    yield Text("reason", ast.unparse(key).strip("'\""), *pair, place)


def _pair(value: ast.expr) -> tuple[str, str] | None:
    """The Chinese and the English text of a pair, or of a `Reason` with its hints behind its sentences."""
    if isinstance(value, ast.Tuple):
        parts = value.elts
    elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "Reason":
        parts = value.args
    else:
        return None
    texts = [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    if len(texts) != len(parts) or len(texts) not in (2, 4) or not _CHINESE.search(texts[0]):
        return None
    return "\n".join(texts[0::2]), "\n".join(texts[1::2])


def main() -> None:
    sys.stdout.write("\ufeff")  # Excel reads the file as UTF-8 only with this mark
    writer = csv.writer(sys.stdout)
    writer.writerow(Text._fields)
    writer.writerows(all_texts())


if __name__ == "__main__":
    main()
