"""Which rooms may import which: one street, one way. Checks what import-linter cannot.

Each rule is tried on a copy of the tree with a planted line that breaks it.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from projections import all_views

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"tracker": "src/tracker", "projections": "projections", "scheduler": "scheduler"}
LINT = Path(sys.executable).with_name("lint-imports")
# A contract, a file, a line that breaks it there, and what is said of it.
PLANTED = [
    ("street", "tracker/domain/spells.py", "import tracker.settings.messages"),
    ("street", "tracker/settings/messages.py", "import tracker.store.log"),
    ("street", "tracker/store/log.py", "import tracker.intake.lines"),
    ("street", "tracker/intake/lines.py", "import projections.engine.registry"),
    ("street", "projections/engine/records.py", "import tracker.documents.plain"),
    ("street", "tracker/documents/plain.py", "import scheduler.items"),
    ("street", "scheduler/items.py", "import tracker.service.areas"),
    ("street", "tracker/service/areas.py", "import tracker.cli.context"),
    ("pure-domain", "tracker/domain/spells.py", "import orjson"),
    ("pure-domain", "tracker/domain/law/review.py", "import sqlite3"),
    ("pure-domain", "tracker/domain/answers/why.py", "import os"),
    ("library", "projections/engine/engine.py", "from eventsourcing.utils import Environment"),
    ("library", "tracker/store/log.py", "from eventsourcing.utils import Environment"),
    ("library-unused", "tracker/service/upkeep.py", "import tracker.store.eventsourcing"),
    ("terminal", "tracker/service/people.py", "import typer"),
    ("terminal", "scheduler/status.py", "from rich.table import Table"),
    ("through-service", "tracker/cli/show_command.py", "from tracker.store.log import Log"),
    ("through-service", "tracker/cli/show_command.py", "from projections import Engine"),
    ("through-service", "tracker/cli/show_command.py", "import tracker.intake.lines"),
    ("through-service", "tracker/cli/show_command.py", "import scheduler.jobs"),
]  # fmt: skip


class Tree:
    """The packages side by side in a folder, so that a line can be planted in any of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, place in PACKAGES.items():
            only_code = shutil.ignore_patterns("__pycache__", "*.gz", "*.sql")
            shutil.copytree(ROOT / place, folder / name, ignore=only_code)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def plant(self, file: str, line: str) -> None:
        """Appends a line to a file, which is created if it does not exist."""
        with (self.folder / file).open("a", encoding="utf-8") as out:
            out.write(f"\n{line}\n")

    def broken(self, contract: str) -> str:
        """The report of import-linter on a contract; empty if the contract is kept."""
        env = os.environ | {"PYTHONPATH": str(self.folder)}
        ran = subprocess.run(
            [LINT, "--contract", contract], cwd=self.folder, env=env, text=True,
            capture_output=True, check=False,
        )  # fmt: skip
        assert ("Contracts: 1 kept" if ran.returncode == 0 else "1 broken") in ran.stdout, (
            ran.stdout
        )
        return "" if ran.returncode == 0 else ran.stdout

    @property
    def modules(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for name in PACKAGES:
            for file in sorted((self.folder / name).rglob("*.py")):
                parts = file.relative_to(self.folder).with_suffix("").parts
                found[".".join(parts).removesuffix(".__init__")] = file
        return found

    def circle(self) -> list[str]:
        """Files that import each other in a circle, also inside functions and for types."""
        modules = self.modules
        graph = {name: set(_imported(name, modules)) for name in modules}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            return list(error.args[1])
        return []

    def names_that_stand_twice(self) -> list[str]:
        found = []
        for package in PACKAGES:
            files = (file.name for file in (self.folder / package).rglob("*.py"))
            counted = Counter(name for name in files if name != "__init__.py")
            found += [f"{package}: {name}" for name, number in counted.items() if number > 1]
        return found

    def sql(self, tables: set[str]) -> set[str]:
        """The rooms with SQL on some tables; adjacent string literals are read as one."""
        verbs = "FROM|JOIN|INTO|UPDATE|TABLE|EXISTS"
        sql = re.compile(rf"\b(?:{verbs})\s+(?:{'|'.join(sorted(tables))})\b")
        found = set()
        for file in self.modules.values():
            if sql.search(re.sub(r'"\s+f?"', "", file.read_text(encoding="utf-8"))):
                parts = file.relative_to(self.folder).parts
                found.add("/".join(parts[: 2 if parts[0] == "tracker" else 1]))
        return found


def _imported(name: str, modules: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(modules[name].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                target = inner if inner in modules else node.module
                if target in modules and target != name:
                    yield target


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


# --- contracts of imports -------------------------------------------------------------------------


def contracts() -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return [one["id"] for one in tomllib.load(file)["tool"]["importlinter"]["contracts"]]


@pytest.mark.parametrize("contract", contracts())
def test_each_contract_is_kept_and_was_seen_to_break(tree: Tree, contract: str) -> None:
    assert not tree.broken(contract)
    assert contract in {broken for broken, _, _ in PLANTED}


@pytest.mark.parametrize(("contract", "file", "line"), PLANTED)
def test_a_line_that_goes_up_the_street_breaks_a_contract(
    tree: Tree, contract: str, file: str, line: str
) -> None:
    tree.plant(file, line)
    module = file.removesuffix(".py").replace("/", ".")
    imported = line.split()[1]
    said = tree.broken(contract)
    top = imported if imported.startswith(tuple(PACKAGES)) else imported.partition(".")[0]
    assert f"{module} -> {top}" in said


def test_the_domain_imports_pydantic_and_the_standard_library_alone(tree: Tree) -> None:
    """The contract names what it forbids; here is what is allowed."""
    allowed = {
        "pydantic",
        "pydantic_core",
        "typing_extensions",
        "tracker",
    }  # pydantic's own as well
    strange = {
        (file.name, top)
        for file in (tree.folder / "tracker" / "domain").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for top in _tops(node)
        if top not in allowed and top not in sys.stdlib_module_names
    }
    assert not strange


def _tops(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module.partition(".")[0]


# --- circles and names ----------------------------------------------------------------------------


def test_there_is_no_circle_of_imports(tree: Tree) -> None:
    assert tree.circle() == []


@pytest.mark.parametrize(
    "line",
    [
        "from tracker.domain.meaning.timeline import Timeline",
        "def late():\n    from tracker.domain.meaning import timeline",
        "if TYPE_CHECKING:\n    import tracker.domain.meaning.timeline",
    ],
)
def test_a_circle_is_seen_wherever_the_import_stands(tree: Tree, line: str) -> None:
    """The timeline knows the parts."""
    tree.plant("tracker/domain/meaning/parts.py", line)
    circle = tree.circle()
    assert "tracker.domain.meaning.parts" in circle
    assert "tracker.domain.meaning.timeline" in circle


def test_no_file_name_stands_twice_in_a_package(tree: Tree) -> None:
    assert tree.names_that_stand_twice() == []
    tree.plant("tracker/service/parsing.py", '"""Another of that name."""')
    assert tree.names_that_stand_twice() == ["tracker: parsing.py"]


# --- SQL ------------------------------------------------------------------------------------------


def tables_of_the_log() -> set[str]:
    """The tables that the migrations create, except those of the scheduler."""
    folder = ROOT / "src" / "tracker" / "store" / "database" / "migrations"
    return {
        table
        for file in folder.glob("*.sqlite.sql")
        if "scheduler" not in file.name
        for table in re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", file.read_text())
    }


def tables_of_views() -> set[str]:
    return {"view_positions", *(table.name for view in all_views() for table in view.tables)}


def test_sql_on_the_logs_tables_is_in_the_store_alone(tree: Tree) -> None:
    tables = tables_of_the_log()
    assert {"stored_events", "individuals", "entry_keys", "log_head", "checkpoints"} <= tables
    assert tree.sql(tables) == {"tracker/store"}
    tree.plant("scheduler/status.py", 'SQL = ("SELECT 1 FROM"\n    " individuals i")')
    assert tree.sql(tables) == {"tracker/store", "scheduler"}


def test_sql_on_views_is_in_projections_alone(tree: Tree) -> None:
    tables = tables_of_views()
    assert {"view_spells", "view_standing", "view_due"} <= tables
    assert tree.sql(tables) == {"projections"}
    tree.plant("tracker/service/lists.py", 'SQL = "SELECT subject FROM view_spells"')
    assert tree.sql(tables) == {"projections", "tracker/service"}
