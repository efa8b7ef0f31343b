"""The one name of a JSON object whose keys are not ours to know or differ from case to case.

A CloudEvent before it is checked, the data of a fact of any type and form, a JSON Schema, a TOML
file before it is validated. What a command answers has a shape (`answers`).
"""

from typing import Any

JsonObject = dict[str, Any]
