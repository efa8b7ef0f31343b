"""What a deployment is made of: a bill of materials (CycloneDX) and a look at every licence in it.

Called by `./run check`. Fails where requirements.lock no longer answers pyproject.toml, and where
a package may not be shipped with the tracker: the GPL and the AGPL may not, the LGPL may.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from license_expression import LicenseSymbol, LicenseWithExceptionSymbol, get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements.lock"
BILL = ROOT / "build" / "sbom.cdx.json"
SHIPPED = ("documents", "notify", "postgres")
FORBIDDEN = ("GPL", "AGPL")
# Packages that declare no licence, or none that can be read; with the file that grants it.
READ_BY_HAND = {
    "gptables": "MIT",  # LICENSE in its repository
    "pysqlite3": "Zlib",  # LICENSE in its repository
}
SPDX = get_spdx_licensing()


def locked() -> dict[str, Requirement]:
    """The pins that apply on this machine, by name."""
    text = LOCK.read_text().replace("\\\n", " ")
    lines = (line.split(" --hash")[0].strip() for line in text.splitlines())
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(p.name): p for p in pins if not p.marker or p.marker.evaluate()}


def wanted() -> Iterator[Requirement]:
    """What pyproject.toml asks for, of the core and of every extra that is shipped."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for line in (*project["dependencies"], *(one for extra in SHIPPED for one in extras[extra])):
        requirement = Requirement(line)
        if not requirement.marker or requirement.marker.evaluate():
            yield requirement


def unanswered(pins: dict[str, Requirement]) -> list[str]:
    """The requirements that no pin satisfies."""
    found = []
    for requirement in wanted():
        pin = pins.get(canonicalize_name(requirement.name))
        version = next(iter(pin.specifier)).version if pin else None
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            found.append(f"{requirement}: pinned is {version or 'nothing'}; write it: ./run lock")
    return found


def bill_of_materials(pins: dict[str, Requirement]) -> dict[str, Any]:
    """The packages of this environment that a deployment has too, as CycloneDX JSON."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--of", "JSON", sys.executable]
    made = subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
    bill: dict[str, Any] = json.loads(made.stdout)
    ours = [c for c in bill["components"] if canonicalize_name(c["name"]) in pins]
    root = bill["metadata"]["component"]["bom-ref"]
    refs = {c["bom-ref"] for c in ours} | {root}
    bill["components"] = ours
    bill["dependencies"] = [
        {**d, "dependsOn": [ref for ref in d.get("dependsOn", ()) if ref in refs]}
        for d in bill["dependencies"]
        if d["ref"] in refs
    ]
    return bill


def licences(component: dict[str, Any]) -> list[str]:
    """The licences that a package declares, as SPDX expressions where it gives them."""
    name = canonicalize_name(component["name"])
    if name in READ_BY_HAND:
        return [READ_BY_HAND[name]]
    declared = component.get("licenses", [])
    said = [d.get("expression") or d["license"].get("id") or d["license"]["name"] for d in declared]
    return [one for one in said if one != "License :: OSI Approved"]


def allowed(expression: str) -> bool:
    """Whether a licence may be shipped: of alternatives one, of licences together all."""
    if " :: " in expression:  # a classifier of the package index, no SPDX expression
        return "GNU General Public" not in expression and "GNU Affero" not in expression
    return _allows(SPDX.parse(expression))


def _allows(part: Any) -> bool:
    if isinstance(part, LicenseSymbol):
        return not str(part.key).startswith(FORBIDDEN)
    if isinstance(part, SPDX.OR):
        return any(_allows(one) for one in part.args)
    if isinstance(part, LicenseWithExceptionSymbol):
        return _allows(part.license_symbol)
    return all(_allows(one) for one in part.args)


def not_allowed(bill: dict[str, Any], pins: dict[str, Requirement]) -> list[str]:
    """Packages without a licence, with one that is not allowed, or that are not here to look at."""
    found = [f"{name}: not installed, so not looked at" for name in pins.keys() - _names(bill)]
    for component in bill["components"]:
        name, said = component["name"], licences(component)
        if not said:
            found.append(f"{name}: declares no licence: read it and add it to READ_BY_HAND")
        found += [f"{name}: {one} is not allowed" for one in said if not allowed(one)]
    return sorted(found)


def _names(bill: dict[str, Any]) -> set[str]:
    return {canonicalize_name(c["name"]) for c in bill["components"]}


def main() -> None:
    pins = locked()
    wrong = unanswered(pins)
    bill = bill_of_materials(pins)
    wrong += not_allowed(bill, pins)
    BILL.parent.mkdir(exist_ok=True)
    BILL.write_text(json.dumps(bill, indent=1, sort_keys=True) + "\n")
    print(f"{len(bill['components'])} packages in {BILL.relative_to(ROOT)}")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
