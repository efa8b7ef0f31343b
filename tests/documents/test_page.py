"""The report as a web page: every figure in its place, and nothing that keeps anybody out."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from documents.page_reports import (
    ANSWER,
    MOVEMENT,
    OWN_TEXT,
    TREND,
    Page,
    digests,
    figure,
    report,
    said,
    whole,
)
from tracker.documents.report import write_report

CATEGORY_1 = "Category 1: Subject to sex offender notification requirements"
COLUMNS = {
    "cat1": CATEGORY_1,
    "cat2": "Category 2: Violent offenders",
    "cat3": "Category 3: Other dangerous offenders",
    "total": "Total",
}
ROWS = {"level1": "Level 1", "level2": "Level 2", "level3": "Level 3", "total": "Total"}
# The tables of 2022-23 in the order and the words printed, each with where its figures are.
SNAPSHOT = "MAPPA-eligible individuals on 31 March 2023"
YEARLY = "MAPPA-eligible offenders in Levels 2 and 3 by category (yearly total)"
BREACH = "Category 1 cautioned or convicted for breach of notification requirements"
REVOKED = "Category 1 who have had their lifetime notification revoked on application"
ORDERS = "Restrictive orders for Category 1 offenders"
SRO = (
    "Number of individuals who became subject to sex offender notification requirements "
    "following a breach(es) of a Sexual Risk Order (SRO)"
)
LICENCE = "Returned to custody for breach of licence"
SHPO = "Breach of SHPO"
RATE = (
    "Total number of individuals subject to sex offender notification requirements "
    "per 100,000 population"
)
IN_ORDER = [SNAPSHOT, YEARLY, BREACH, REVOKED, ORDERS, SRO, LICENCE, SHPO, RATE]
BY_CATEGORY = {
    SNAPSHOT: "snapshot",
    YEARLY: "yearly_level2_3",
    LICENCE: "returned_to_custody_breach_of_licence",
}
SINGLE = {
    BREACH: "cat1_cautioned_or_convicted_breach",
    REVOKED: "cat1_lifetime_revoked",
    SRO: "sro_breach_became_subject",
    RATE: "rate_per_100k",
}
KINDS = {
    "Sexual Harm Prevention Order (SHPO)": "orders.shpo",
    "SHPO with foreign travel restriction": "orders.shpo_foreign_travel",
    "Notification Order": "orders.notification_order",
}
CHROMIUM = next(
    (
        found
        for name in ("chromium-headless-shell", "chromium", "google-chrome", "chromium-browser")
        if (found := shutil.which(name))
    ),
    None,
)


def page(**beside: Any) -> Page:
    return Page(write_report(report(**beside), ".html"))


@pytest.fixture(scope="module")
def full() -> Page:
    return Page(write_report(whole(), ".html"))


def table(of: Page, caption: str) -> dict[tuple[str, str], str]:
    return dict(zip(of.captions, of.tables, strict=True))[caption]


def number(path: str) -> str:
    """A figure of the acceptance case as a page shows it, and as it is read out."""
    value = figure(path)
    return "-not applicable" if value is None else f"{value:,}"


class TestTheFigures:
    def test_the_tables_stand_in_the_order_printed(self) -> None:
        assert page().captions == IN_ORDER

    @pytest.mark.parametrize("caption", BY_CATEGORY)
    def test_by_level_and_category(self, caption: str) -> None:
        root = BY_CATEGORY[caption]
        rows = {k: v for k, v in ROWS.items() if root == "snapshot" or k != "level1"}
        assert table(page(), caption) == {
            (row, column): number(f"{root}.{level}.{cat}")
            for level, row in rows.items()
            for cat, column in COLUMNS.items()
        }

    @pytest.mark.parametrize("caption", SINGLE)
    def test_of_one_row(self, caption: str) -> None:
        column = "Rate per 100,000" if SINGLE[caption] == "rate_per_100k" else "Number"
        assert table(page(), caption) == {(caption, column): number(SINGLE[caption])}

    def test_of_orders_each_with_its_note(self) -> None:
        found = table(page(), ORDERS)
        assert {re.sub(r" note .$", "", row): text for (row, _), text in found.items()} == {
            row: number(path) for row, path in KINDS.items()
        }
        assert all(" note " in row for row, _ in found)

    def test_of_breaches_of_orders(self) -> None:
        assert table(page(), SHPO) == {
            (row, "Number"): number(f"breach_of_shpo.{level}")
            for level, row in ROWS.items()
            if level != "level1"
        }

    def test_without_a_population_there_is_no_rate_and_it_is_said_why(self) -> None:
        answer = {**ANSWER, "population": None, "rate_per_100k": None}
        found = page(answer=answer)
        assert table(found, RATE) == {(RATE, "Rate per 100,000"): "[x]not available"}
        shown = " ".join(map(said, found.all("p")))
        assert "there is no rate" in shown
        assert "[x] means not available" in shown

    def test_a_sign_is_read_out_and_explained(self) -> None:
        shown = write_report(report(), ".html").decode()
        assert (
            '<span aria-hidden="true">-</span><span class="spoken">not applicable</span>' in shown
        )
        assert "- means not applicable: nobody can be there." in shown


class TestWhatElseIsSaid:
    @pytest.mark.parametrize(
        ("changed", "said_"),
        [
            ({"status": "draft"}, "This is a draft"),
            ({"complete": False, "status": "draft"}, "The year was not yet over"),
        ],
    )
    def test_figures_that_may_change_say_so_first(self, changed: Any, said_: str) -> None:
        found = page(answer={**ANSWER, **changed})
        assert said_ in said(found.all("header")[0])
        assert said_ not in said(page().all("header")[0])

    def test_the_moment_and_the_digest_stand_at_the_end(self) -> None:
        footer = said(page().all("footer")[0])
        assert "30 September 2023 at 23:59 (UK time)" in footer
        assert ANSWER["digest"] in footer
        assert "Cheshire East 358,452" in footer

    def test_the_areas_own_text_stands_in_its_places(self, full: Page) -> None:
        headings = [said(e) for e in full.all("h2")]
        assert headings == [
            "Contents", "Foreword", "About MAPPA", "Figures", "Change over time",
            "Background notes", "Local arrangements", "Strategic Management Board",
            "Key objectives", "About these figures",
        ]  # fmt: skip
        assert ("The chair", "Agency") in full.tables[-1]
        assert full.tables[-1]["The chair", "Agency"] == "Police"

    def test_without_own_text_or_earlier_years_nothing_is_left_empty(self) -> None:
        assert [said(e) for e in page().all("h2")] == [
            "Contents", "About MAPPA", "Figures", "Background notes", "About these figures",
        ]  # fmt: skip

    def test_the_figures_of_every_chart_stand_beside_it(self, full: Page) -> None:
        captions = [c for c in full.captions if c.startswith("Figures: ")]
        assert len(captions) == 3
        moved = table(full, captions[0])
        assert moved["Became subject to notification", "Number"] == "+131"
        assert table(full, captions[1])["2013-14", "Category 1"] == "1,013"
        assert table(full, captions[2])["2022-23", "Rate per 100,000"] == "145"

    def test_nobody_is_named(self) -> None:
        assert b"CHE-" not in write_report(whole(), ".html")


class TestWhoeverReadsIt:
    def test_the_language_and_the_title_are_said(self, full: Page) -> None:
        assert full.all("html")[0].attributes["lang"] == "en-GB"
        assert said(full.all("title")[0]) == "MAPPA annual report 2022-23: Cheshire"

    def test_headings_begin_with_one_and_skip_none(self, full: Page) -> None:
        levels = [int(e.tag[1]) for e in full.all("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels.count(1) == 1
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))

    def test_every_header_cell_says_what_it_heads(self, full: Page) -> None:
        assert {e.attributes.get("scope") for e in full.all("th")} == {"row", "col"}

    def test_every_table_of_figures_has_a_caption(self, full: Page) -> None:
        assert full.captions[-1] == "", "that of the area's own text"
        assert all(full.captions[:-1])

    def test_every_chart_has_words(self, full: Page) -> None:
        drawings = [e for e in full.all("div") if e.attributes.get("role") == "img"]
        assert len(drawings) == len(full.all("svg")) == 4
        assert all(len(e.attributes["aria-label"]) > 40 for e in drawings)

    def test_every_link_within_the_page_leads_somewhere(self, full: Page) -> None:
        ids = [e.attributes["id"] for e in full.elements if "id" in e.attributes]
        assert len(ids) == len(set(ids))
        links = [e.attributes["href"] for e in full.all("a") if e.attributes["href"][0] == "#"]
        assert len(links) > 30
        assert {link[1:] for link in links} <= set(ids)

    def test_every_note_leads_back_to_where_it_is_referred_to(self, full: Page) -> None:
        there = {
            (e.attributes["id"], e.attributes["href"])
            for e in full.all("a")
            if e.attributes.get("id", "").startswith("from-")
        }
        back = {e.attributes["href"][1:] for e in full.all("a")}
        assert len(there) > 10
        assert {place for place, _ in there} <= back

    def test_the_way_past_the_head_comes_first(self, full: Page) -> None:
        first = full.all("a")[0]
        assert (said(first), first.attributes["href"]) == ("Skip to main content", "#main")
        assert full.all("main")[0].attributes["id"] == "main"

    def test_it_runs_nothing_and_fetches_nothing(self, full: Page) -> None:
        assert not full.all("script", "link", "img", "iframe", "object", "embed", "form", "base")
        fetched = {"src", "srcset", "data", "poster", "action", "background"}
        assert not [e for e in full.elements if fetched & set(e.attributes)]
        assert not [k for e in full.elements for k in e.attributes if k.startswith("on")]
        policy = next(e for e in full.all("meta") if "http-equiv" in e.attributes)
        assert policy.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'"
        styles = "".join("".join(e.text) for e in full.all("style"))
        assert "@import" not in styles
        assert "url(" not in styles


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the time zone, the language, the seed of hashes and somebody's own matplotlib."""
    (tmp_path / "matplotlibrc").write_text("xtick.labelsize: 30\nlines.markersize: 20\n")
    here = digests(tmp_path, TZ="UTC", PYTHONHASHSEED="1", LC_ALL="C")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    there = digests(elsewhere, TZ="Asia/Tokyo", PYTHONHASHSEED="2", LC_ALL="de_DE.UTF-8")
    assert here == there
    assert len(here.split()) == 2


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param({"viewport": {"width": 1100, "height": 900}}, id="wide"),
        pytest.param({"viewport": {"width": 320, "height": 640}}, id="narrow"),
        pytest.param({"color_scheme": "dark"}, id="dark"),
        pytest.param({"forced_colors": "active"}, id="high contrast"),
    ],
)
def test_axe_finds_nothing(browser: Any, seen: dict[str, Any], tmp_path: Path) -> None:
    """Nor does the page ask for anything, or need to be moved sideways as a whole."""
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "report.html"
    text = {**OWN_TEXT, "objectives": "> Quoted\n\n```\ncode\n```\n\n|a|b|\n|-|-|\n|1|2|\n\n---\n"}
    answer = {**ANSWER, "status": "draft", "population": None, "rate_per_100k": None}
    beside = {"movement": MOVEMENT, "trend": TREND, "own_text": text}
    file.write_bytes(write_report(report(answer, **beside), ".html"))
    shown = browser.new_context(**seen).new_page()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(file.as_uri())
    found = Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()
    assert len(found.response["passes"]) > 30, "axe looked at nothing"
    assert asked == [file.as_uri()]
    assert shown.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shown.context.close()
