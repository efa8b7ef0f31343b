"""The type of a JSON object whose keys are not known in advance. Used by every room.

Examples: a CloudEvent before it is validated, the data of a fact of any type, a JSON Schema, a TOML
file before it is validated. Answers of commands have typed shapes instead (`answers`).
"""

from typing import Any

JsonObject = dict[str, Any]
