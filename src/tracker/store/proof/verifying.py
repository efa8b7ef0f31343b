"""Verifies the log from its rows, in constant memory, with several processes if wanted.

Called by `tracker verify` and after a restore. docs/proof.md says what it proves, and to whom.
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
    check_indexes,
    entry_key_sums,
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
from tracker.store.proof.root_comparison import HOLES, MAX_FINDINGS, Comparison

WORTH_IT = 250_000  # entries: fewer are verified before other processes have started
NAMED = 20  # gaps named by source and id: each reads through the whole index
HEAD = "SELECT size, frontier, note FROM log_head"
TOP = "SELECT MAX(notification_id) FROM stored_events WHERE notification_id<=?"
NEXT = "SELECT MIN(notification_id) FROM stored_events WHERE notification_id>?"
# a query for each end: with OR the whole table would be read
OUTSIDE = f"{ROW} notification_id{{}}? ORDER BY notification_id LIMIT {MAX_FINDINGS + 1}"
ROOTS_OUTSIDE = f"SELECT size FROM checkpoints WHERE size{{}}? ORDER BY size LIMIT {MAX_FINDINGS}"
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
    """Yields what is wrong with a log: nothing where it is as it was recorded.

    Without a verifier key no signature is checked, without a history key no MAC of an old root.
    `witness` is a file of checkpoints kept elsewhere. `processes` share a long log, if `url` says
    where they can read it. `topics` are the types of fact that are not reported as unknown.
    """
    comparison, run, count = Comparison(keys or LogKeys()), partial(_run_jobs, c, url, processes), 0
    work = _findings(c, comparison, witness, run, frozenset(topics))
    for count, finding in enumerate(_merge_adjacent(c, work), 1):
        if count <= MAX_FINDINGS:
            yield finding
    if count > MAX_FINDINGS:
        yield Finding("more", "the log", f"{count - MAX_FINDINGS} more findings")


def verify_store(
    database: Database,
    keys: LogKeys,
    witness: Path | None = None,
    *,
    url: str | None = None,
    processes: int = 1,
) -> list[Finding]:
    """What is wrong with a log, as `verify`, and on SQLite with its file."""
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
    # before the log: a checkpoint witnessed while it is read must not be missing from it
    yield from comparison.read_witness(witness)
    head = _head(c)
    size = head[0] if head else _number(c, TOP, 2**62)
    top = _number(c, TOP, size)
    row_sums = index_sums = IndexSums()
    salt = os.urandom(32)
    scans = _scans(c, top, comparison.witnessed_sizes, salt, topics)
    for result in run(top, scans, _index_jobs(top, salt)):
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
    yield from _errors_as_findings("the end of the log", _beyond_ends(c, size, comparison.roots))
    yield from _errors_as_findings("the indexes", check_indexes(c, size, row_sums, index_sums))


def _head(c: Cursor) -> tuple[int, bytes, str] | None:
    with suppress(Exception):
        [(size, frontier, note)] = c.execute(HEAD).fetchall()
        return int(size), bytes(frontier), str(note)
    return None


def _number(c: Cursor, sql: str, limit: int) -> int:
    with suppress(Exception):
        return int(c.execute(sql, (limit,)).fetchone()[0])
    return 0


def _scans(
    c: Cursor, top: int, witnessed: list[int], salt: bytes, topics: frozenset[str]
) -> Iterator[Job]:
    after, step = 0, 1 << LEVEL
    while after < top:
        upto = min(after + step, top)
        within = witnessed[bisect_right(witnessed, after) : bisect_right(witnessed, upto)]
        yield partial(scan, ScanRange(after, upto, tuple(within), salt, topics))
        # a gap may be of any width: go on at the next entry there is
        after = max(upto, (_number(c, NEXT, upto) - 1) // step * step)


def _index_jobs(top: int, salt: bytes) -> list[Job]:
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


def _run_jobs(
    c: Cursor,
    url: str | None,
    processes: int,
    size: int,
    scans: Iterable[Job],
    index_jobs: list[Job],
) -> Iterator[RangeScan | IndexSums]:
    """Yields the results of the scans in order, then those of the index jobs done meanwhile."""
    if url is None or processes < 2 or size < WORTH_IT:
        yield from (job(c) for job in chain(scans, index_jobs))
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        # started first: one process can do them while the others scan
        last = [pool.submit(_run_in_process, url, job) for job in index_jobs]
        waiting = deque[Future[RangeScan | IndexSums]]()
        for job in scans:
            waiting.append(pool.submit(_run_in_process, url, job))
            if len(waiting) > 2 * processes:
                yield waiting.popleft().result()
        yield from (future.result() for future in (*waiting, *last))


def _run_in_process(url: str, job: Job) -> RangeScan | IndexSums:
    from tracker.store.address import Options, database_of

    database = database_of(url, Options(), read_only=True)
    with closing(database), database.reading() as c:
        return job(c)


def _merge_adjacent(c: Cursor, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Merges findings of one kind about adjacent missing entries, and names the entries."""
    run: Finding | None = None
    gaps = 0
    for finding in chain(findings, (None,)):
        if run and finding and _continues(run, finding):
            run = run._replace(last=finding.last)
            continue
        if run:
            gaps += run.kind in HOLES
            yield _with_names(c, run, by_key=gaps <= NAMED)
        run = finding


def _continues(run: Finding, finding: Finding) -> bool:
    return finding.kind == run.kind in HOLES and finding.first == (run.last or 0) + 1


def _with_names(c: Cursor, run: Finding, by_key: bool) -> Finding:
    if run.kind not in HOLES or run.first is None or run.last is None:
        return run
    where = entry_range(run.first, run.last)
    if not by_key:
        return run._replace(where=where)
    with suppress(Exception):
        names = [f"{row[0]} {row[1]}" for row in c.execute(NAMES, (run.first, run.last)).fetchall()]
        where += f" ({', '.join(names)}{', …' if len(names) == 3 else ''})" if names else ""
    return run._replace(where=where)


def _errors_as_findings(what: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    try:
        yield from findings
    except Exception as error:
        yield Finding("damaged", what, cannot_read(error))


def _beyond_ends(c: Cursor, size: int, roots: int) -> Iterator[Finding]:
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
