"""Parses Markdown into blocks that both the page and the PDF can write; called by `page_content`.

Only what is listed here is kept: HTML becomes plain text, a picture its description, and a link
that is neither to the web nor to a mail address plain text. What has nothing to read is left out: a
screen reader would announce an empty heading, paragraph or link. The writers escape every text.
"""

import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

TOP = 3  # the level of a heading in a part, which itself stands under a heading of level 2
DEEPEST = 6
LINKS = frozenset({"http", "https", "mailto"})
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_NESTED = {"strong": "strong", "em": "emphasis"}

Block = dict[str, object]
Inline = dict[str, object]


def blocks(markdown: str) -> list[Block]:
    """The blocks of a text, ready for JSON: each a dict with its `kind`.

    `paragraph` {inline}, `heading` {level, inline}, `list` {ordered, start, items}, `quote`
    {blocks}, `code` {text}, `rule`, `table` {columns, rows}. Headings begin at level 3 and skip
    no level, whatever the text has. A heading or paragraph without a visible letter is left out.
    """
    return list(_Reader().blocks(SyntaxTreeNode(_MARKDOWN.parse(markdown))))


class _Reader:
    """Reads one text; `_level` is the level of the last heading."""

    def __init__(self) -> None:
        self._level = TOP - 1

    def blocks(self, node: SyntaxTreeNode) -> Iterator[Block]:
        for child in node.children:
            if child.type not in ("heading", "paragraph") or _readable(_inlines(child)):
                yield self._block(child)

    def _block(self, node: SyntaxTreeNode) -> Block:
        match node.type:
            case "heading":
                wanted = int(node.tag[1:]) + TOP - 1
                self._level = min(wanted, self._level + 1, DEEPEST)
                return {"kind": "heading", "level": self._level, "inline": _inlines(node)}
            case "bullet_list" | "ordered_list":
                return {
                    "kind": "list",
                    "ordered": node.type == "ordered_list",
                    "start": int(node.attrs.get("start", 1)),
                    "items": [list(self.blocks(item)) for item in node.children],
                }
            case "blockquote":
                return {"kind": "quote", "blocks": list(self.blocks(node))}
            case "fence" | "code_block":
                return {"kind": "code", "text": node.content.rstrip("\n")}
            case "hr":
                return {"kind": "rule"}
            case "table":
                head, *body = node.children
                rows = [
                    [_inlines(cell) for cell in row.children]
                    for part in body
                    for row in part.children
                ]
                columns = [_inlines(cell) for cell in head.children[0].children]
                return {"kind": "table", "columns": columns, "rows": rows}
            case _:
                return {"kind": "paragraph", "inline": _inlines(node)}


def _inlines(node: SyntaxTreeNode) -> list[Inline]:
    """The inline parts of a paragraph, a heading or a cell."""
    return [part for inline in node.children for child in inline.children for part in _one(child)]


def _readable(parts: list[Inline]) -> bool:
    """Whether any letter is visible: spaces, also unbroken ones, and control codes are not."""
    return any(
        unicodedata.category(letter)[0] not in "ZC"
        for part in parts
        for letter in str(part.get("text", ""))
    ) or any(_readable(inner) for part in parts if isinstance(inner := part.get("inline"), list))


def _within(node: SyntaxTreeNode) -> list[Inline]:
    return [part for child in node.children for part in _one(child)]


def _one(node: SyntaxTreeNode) -> list[Inline]:
    match node.type:
        case "strong" | "em":
            return [{"kind": _NESTED[node.type], "inline": _within(node)}]
        case "link":
            href = str(node.attrs["href"])
            inner = _within(node)
            if urlsplit(href).scheme not in LINKS or not _readable(inner):
                return inner
            return [{"kind": "link", "href": href, "inline": inner}]
        case "code_inline":
            return [{"kind": "code", "text": node.content}]
        case "softbreak":
            return [{"kind": "text", "text": " "}]
        case "hardbreak":
            return [{"kind": "break"}]
        case _:  # text, and a picture by its description
            return [{"kind": "text", "text": node.content}]
