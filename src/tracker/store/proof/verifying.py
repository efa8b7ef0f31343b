"""Verifies the log from its rows alone, in constant memory, by as many processes as are asked for.

Called by `tracker verify` and after a restore. What is proved by it, and to whom: docs/proof.md.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from tracker.domain.facts import CATALOGUE
from tracker.store.database.interface import Cursor, Database
from tracker.store.proof.checkpoints import LogKeys
from tracker.store.proof.entry_proofs import check_consistency as check_consistency
from tracker.store.proof.entry_proofs import check_proof as check_proof
from tracker.store.proof.entry_proofs import prove as prove
from tracker.store.proof.entry_proofs import prove_consistency as prove_consistency
from tracker.store.proof.index_checks import (
    entry_key_sums,
    indexes,
    individual_sums,
    version_faults,
)
from tracker.store.proof.range_scan import (
    LEVEL,
    ROW,
    IndexSums,
    RangeScan,
    ScanRange,
    cannot_read,
    entry_name,
    entry_range,
    scan,
)
from tracker.store.proof.range_scan import Finding as Finding
from tracker.store.proof.root_comparison import HOLES, MOST, Comparison

WORTH_IT = 250_000  # fewer entries are verified before other processes have begun
NAMED = 20  # gaps named by source and id: each takes a look through the whole index
HEAD = "SELECT size, frontier, note FROM log_head"
TOP = "SELECT MAX(notification_id) FROM stored_events WHERE notification_id<=?"
NEXT = "SELECT MIN(notification_id) FROM stored_events WHERE notification_id>?"
# asked for each end by itself: with OR the whole table would be read
OUTSIDE = f"{ROW} notification_id{{}}? ORDER BY notification_id LIMIT {MOST + 1}"
ROOTS_OUTSIDE = f"SELECT size FROM checkpoints WHERE size{{}}? ORDER BY size LIMIT {MOST}"
ROOTS = "SELECT COUNT(*) FROM checkpoints WHERE size<=?"
LAST_ROOT = "SELECT MAX(size) FROM checkpoints WHERE size<=?"
NAMES = (
    "SELECT source, id FROM entry_keys WHERE notification_id BETWEEN ? AND ?"
    " ORDER BY notification_id LIMIT 3"
)
Job = Callable[[Cursor], RangeScan | IndexSums]


def verify(
    c: Cursor,
    keys: LogKeys | None = None,
    witness: Path | None = None,
    *,
    url: str | None = None,
    processes: int = 1,
    topics: Iterable[str] = CATALOGUE,
) -> Iterator[Finding]:
    """What is wrong with a log: nothing where it is as it was recorded.

    Without a verifier key no signature is checked, without a history key no old root's seal.
    `witness` is a file of checkpoints kept elsewhere. Given a URL, processes share a long log.
    """
    comparison, run, count = Comparison(keys or LogKeys()), partial(_run, c, url, processes), 0
    work = _findings(c, comparison, witness, run, frozenset(topics))
    for count, finding in enumerate(_in_runs(c, work), 1):
        if count <= MOST:
            yield finding
    if count > MOST:
        yield Finding("more", "the log", f"{count - MOST} more findings")


def verify_store(
    database: Database,
    keys: LogKeys,
    witness: Path | None = None,
    *,
    url: str | None = None,
    processes: int = 1,
) -> list[Finding]:
    """What is wrong with a log and, on SQLite, with its file; as `verify`."""
    with database.reading() as c:
        findings = list(verify(c, keys, witness, url=url, processes=processes))
        if database.kind == "sqlite":
            c.execute("PRAGMA integrity_check(20)")
            lines = [line for row in c.fetchall() for line in row[0].splitlines()]
            findings += [Finding("damaged", "the file", line) for line in lines if line != "ok"]
    return findings


def _findings(
    c: Cursor,
    comparison: Comparison,
    witness: Path | None,
    run: Callable[[int, Iterable[Job], list[Job]], Iterator[RangeScan | IndexSums]],
    topics: frozenset[str],
) -> Iterator[Finding]:
    # before anything of the log is read: what is witnessed meanwhile is not missing from it
    yield from comparison.read_witness(witness)
    head = _head(c)
    size = head[0] if head else _number(c, TOP, 2**62)
    top = _number(c, TOP, size)
    row_sums = index_sums = IndexSums()
    salt = os.urandom(32)
    scans, beside = _scans(c, top, comparison.witnessed_sizes, salt, topics), _beside(top, salt)
    for result in run(top, scans, beside):
        if isinstance(result, RangeScan):
            yield from comparison.add_range(result)
            row_sums = row_sums.plus(result.sums)
        else:
            index_sums = index_sums.plus(result)
    if top < size:
        detail = "cut off the end of the log"
        yield from comparison.damage(Finding("cut_off", "", detail, top + 1, size))
    yield from comparison.head(size, head)
    yield from comparison.end(size)
    yield from _guarded("the end of the log", _outside(c, size, comparison.roots))
    yield from _guarded("the indexes", indexes(c, size, row_sums, index_sums))


def _head(c: Cursor) -> tuple[int, bytes, str] | None:
    with suppress(Exception):
        [(size, frontier, note)] = c.execute(HEAD).fetchall()
        return int(size), bytes(frontier), str(note)
    return None


def _number(c: Cursor, sql: str, of: int) -> int:
    with suppress(Exception):
        return int(c.execute(sql, (of,)).fetchone()[0])
    return 0


def _scans(
    c: Cursor, top: int, witnessed: list[int], salt: bytes, topics: frozenset[str]
) -> Iterator[Job]:
    after, step = 0, 1 << LEVEL
    while after < top:
        upto = min(after + step, top)
        within = witnessed[bisect_right(witnessed, after) : bisect_right(witnessed, upto)]
        yield partial(scan, ScanRange(after, upto, tuple(within), salt, topics))
        # a hole may be of any width: on to the next entry there is
        after = max(upto, (_number(c, NEXT, upto) - 1) // step * step)


def _beside(top: int, salt: bytes) -> list[Job]:
    jobs = (
        partial(entry_key_sums, top, salt),
        partial(individual_sums, top, salt),
        partial(version_faults, top),
    )
    return [partial(_attempt, job) for job in jobs]


def _attempt(job: Callable[[Cursor], IndexSums], c: Cursor) -> IndexSums:
    try:
        return job(c)
    except Exception as error:
        return IndexSums(faults=(Finding("damaged", "the indexes", cannot_read(error)),))


def _run(
    c: Cursor, url: str | None, processes: int, size: int, scans: Iterable[Job], beside: list[Job]
) -> Iterator[RangeScan | IndexSums]:
    """The results of scans in their order, a few at a time, then of the jobs done beside them."""
    if url is None or processes < 2 or size < WORTH_IT:
        yield from (job(c) for job in chain(scans, beside))
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        # begun first: one process may be long at them while the others scan
        last = [pool.submit(_elsewhere, url, job) for job in beside]
        waiting = deque[Future[RangeScan | IndexSums]]()
        for job in scans:
            waiting.append(pool.submit(_elsewhere, url, job))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        yield from (future.result() for future in (*waiting, *last))


def _elsewhere(url: str, job: Job) -> RangeScan | IndexSums:
    from tracker.store.address import Options, database_of

    database = database_of(url, Options(), read_only=True)
    with closing(database), database.reading() as c:
        return job(c)


def _in_runs(c: Cursor, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with those of one kind about entries side by side made one, and named."""
    run: Finding | None = None
    gaps = 0
    for finding in chain(findings, (None,)):
        if run and finding and _follows(run, finding):
            run = run._replace(last=finding.last)
            continue
        if run:
            gaps += run.kind in HOLES
            yield _run_named(c, run, by_key=gaps <= NAMED)
        run = finding


def _follows(run: Finding, finding: Finding) -> bool:
    return finding.kind == run.kind in HOLES and finding.first == (run.last or 0) + 1


def _run_named(c: Cursor, run: Finding, by_key: bool) -> Finding:
    if run.kind not in HOLES or run.first is None or run.last is None:
        return run
    where = entry_range(run.first, run.last)
    if not by_key:
        return run._replace(where=where)
    with suppress(Exception):
        names = [f"{row[0]} {row[1]}" for row in c.execute(NAMES, (run.first, run.last)).fetchall()]
        where += f" ({', '.join(names)}{', …' if len(names) == 3 else ''})" if names else ""
    return run._replace(where=where)


def _guarded(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except Exception as error:
        yield Finding("damaged", what, cannot_read(error))


def _outside(c: Cursor, size: int, roots: int) -> Iterator[Finding]:
    for end, beyond in (("<", 1), (">", size)):
        for row in c.execute(OUTSIDE.format(end), (beyond,)).fetchall():
            yield Finding("inserted", entry_name(row), "is outside the log", row[0], row[0])
        for (n,) in c.execute(ROOTS_OUTSIDE.format(end), (beyond,)).fetchall():
            roots += 1
            yield Finding("checkpoint", f"the root kept at {n} entries", "is outside the log")
    if size and _number(c, LAST_ROOT, size) != size:
        yield Finding("checkpoint", f"the root kept at {size} entries", "is not there")
    if _number(c, ROOTS, 2**63 - 1) != roots:
        yield Finding("checkpoint", "the roots kept", "cannot be read in order")
