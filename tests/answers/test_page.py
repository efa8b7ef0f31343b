"""`docs/json.md` is up to date with the shapes of the answers."""

from __future__ import annotations

from answers import page
from tracker.domain.answers.answer_table import ANSWERS
from tracker.intake.answer_schemas import answer_schemas


def test_the_page_of_the_answers_is_up_to_date() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run ./run answers"


def test_every_command_and_every_shape_stands_on_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert all(f"| `{command}` |" in text for command in ANSWERS)
    assert all(f"### {shape}\n" in text for shape in answer_schemas()["$defs"])
