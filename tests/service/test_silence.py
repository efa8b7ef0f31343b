"""The service knows no terminal: it imports none, prints nothing and ends no process."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tracker import service

ROOM = Path(str(service.__file__)).parent
MODULES = sorted(f"tracker.service.{file.stem}" for file in ROOM.glob("[a-z]*.py"))
FORBIDDEN = {
    "print",
    "input",
    "sys.exit",
    "os._exit",
    "sys.stdout.write",
    "sys.stderr.write",
    "exit",
}


def calls(source: str) -> set[str]:
    """What a module calls that has no place in the service."""
    called = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {ast.unparse(function) for function in called} & FORBIDDEN


@pytest.mark.parametrize("module", MODULES)
def test_it_neither_prints_nor_exits(module: str) -> None:
    source = (ROOM / f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
    assert not calls(source)
    assert calls(source + "\nprint(1)\nsys.exit(2)\n") == {"print", "sys.exit"}


def test_all_of_it_is_imported_without_a_terminal() -> None:
    code = f"""
import importlib, json, sys
for name in {MODULES!r}:
    importlib.import_module(name)
print(json.dumps(sorted({{"typer", "click", "rich"}} & set(sys.modules))))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert json.loads(ran.stdout) == []
