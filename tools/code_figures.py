"""Figures about the code that say how easy it is to read: `python3 tools/code_figures.py`. Needs only Python.

Templates: length of lines and of files. Python in `src`: length of functions, of modules and of the whole.
Coupling: tables of another app that an app's SQL names. API: endpoints whose answer has no type.
`--words` prints every word of the identifiers in `src` instead, the most frequent first.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
HTTP_METHODS = frozenset({"get", "post", "put", "patch", "delete", "api_operation"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files() -> list[Path]:
    """Every module of `src` that a person writes: migrations are left out."""
    return sorted(path for path in SRC.rglob("*.py") if "migrations" not in path.parts)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def summary(lengths: Sequence[int]) -> str:
    """Median, 90th percentile and maximum of some lengths."""
    ordered = sorted(lengths)
    return f"median {ordered[len(ordered) // 2]}, p90 {ordered[len(ordered) * 9 // 10]}, max {ordered[-1]}"


def foreign_tables(path: Path, tree: ast.AST, apps: frozenset[str]) -> Iterator[tuple[str, str]]:
    """(app, table of another app) for each mention in a string of a module."""
    own = path.relative_to(SRC).parts[0]
    table = re.compile(rf"\b({'|'.join(sorted(apps))})_[a-z_]+\b")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for found in table.finditer(node.value):
                if found[1] != own:
                    yield own, found[0]


def untyped_endpoints(tree: ast.AST) -> Iterator[str]:
    """Names of endpoints that return Any or nothing that is declared."""
    for function in functions(tree):
        methods = (
            d.func.attr
            for d in function.decorator_list
            if isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute)
        )
        if not HTTP_METHODS.isdisjoint(methods) and (
            function.returns is None or ast.unparse(function.returns) == "Any"
        ):
            yield function.name


def identifier_words(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names: Sequence[str] = ()
        if isinstance(node, ast.Name):
            names = (node.id,)
        elif isinstance(node, ast.Attribute):
            names = (node.attr,)
        elif isinstance(node, ast.arg):
            names = (node.arg,)
        elif isinstance(node, Function | ast.ClassDef):
            names = (node.name,)
        for name in names:
            yield from (word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))


def main() -> None:
    trees = {path: ast.parse(path.read_text("utf-8")) for path in python_files()}
    if "--words" in sys.argv[1:]:
        counted = Counter(word for tree in trees.values() for word in identifier_words(tree))
        sys.stdout.writelines(f"{count:6} {word}\n" for word, count in counted.most_common())
        return
    apps = frozenset(path.parent.name for path in SRC.glob("*/migrations"))
    templates = [path.read_text("utf-8").splitlines() for path in sorted(SRC.rglob("*.html"))]
    mentions = Counter(pair for path, tree in trees.items() for pair in foreign_tables(path, tree, apps))
    pairs = {(app, table.split("_")[0]) for app, table in mentions}
    lines = [len(path.read_text("utf-8").splitlines()) for path in trees]
    lengths = [(f.end_lineno or f.lineno) - f.lineno + 1 for tree in trees.values() for f in functions(tree)]
    untyped = [name for tree in trees.values() for name in untyped_endpoints(tree)]
    print(
        f"templates         {len(templates)} files, lines: {summary([len(line) for file in templates for line in file if line])} columns"
    )
    print(f"                  over 120 columns: {sum(len(line) > 120 for file in templates for line in file)}")
    print(f"                  files: {summary([len(file) for file in templates])} lines")
    print(f"functions of src  {len(lengths)}: {summary(lengths)} lines")
    print(f"modules of src    {len(lines)}: {summary(lines)} lines, {sum(lines)} in all without migrations")
    print(f"foreign tables    {sum(mentions.values())} mentions in {len(pairs)} pairs of apps")
    print(f"endpoints         {len(untyped)} without a type of what they return")


if __name__ == "__main__":
    main()
