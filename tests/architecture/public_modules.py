"""The contract `public_modules` of import-linter: which modules of an app the other apps may import."""

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PublicModulesContract(Contract):
    """Across apps only the modules named as public are imported.

    Configuration options:
        - apps:    the packages that this holds for.
        - public:  the modules of an app that the other apps may import.
        - wiring:  packages that put the apps together and may import any of their modules.
    """

    type_name = "public_modules"

    apps = fields.SetField(subfield=fields.StringField())
    public = fields.SetField(subfield=fields.StringField())
    wiring = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        apps, public, wiring = (cast("set[str]", option) for option in (self.apps, self.public, self.wiring))
        broken = sorted(
            f"{importer} -> {imported} (line {detail['line_number']})"
            for importer, imported in _imports_between(graph, apps, wiring)
            if not _is_public(imported, public)
            for detail in graph.get_import_details(importer=importer, imported=imported)
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for sentence in check.metadata["broken"]:
            output.print_error(f"- {sentence}: not a public module of that app", bold=False)
        output.new_line()


def _imports_between(graph: ImportGraph, apps: set[str], wiring: set[str]) -> set[tuple[str, str]]:
    """Every import from one app, or from a package that belongs to no app, into another app."""
    return {
        (importer, imported)
        for imported in graph.modules
        if (owner := _package(imported)) in apps
        for importer in graph.find_modules_that_directly_import(imported)
        if _package(importer) != owner and _package(importer) not in wiring
    }


def _package(module: str) -> str:
    return module.partition(".")[0]


def _is_public(module: str, public: set[str]) -> bool:
    """Whether the module is public, or lies in a package that is."""
    parts = module.split(".")
    return len(parts) > 1 and parts[1] in public
