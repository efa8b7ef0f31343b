"""`docs/law.md` is up to date with the tables."""

from __future__ import annotations

from law import page


def test_the_page_of_the_law_is_up_to_date() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(), "run ./run law"


def test_every_rule_stands_on_the_page() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert all(f"`{rule.id}`" in text for rule in page.the_law().rules)
