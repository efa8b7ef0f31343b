"""`kill -9` of the PostgreSQL server while four processes record facts (reliability R4).

The page cache outlives a killed process, so this says nothing of a power cut; it says that what
was acknowledged was in the log's hands, and that an outcome nobody was told of is found out.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import pytest

from cluster import Cluster
from reliability.tiers import tiers
from reliability_postgres import real_store
from reliability_postgres.writing import Writers, all_is_there_once, lost

# commits that a test says are not to be waited for: the trigger speaks last, whatever a session set
NOT_DURABLE = """
CREATE FUNCTION not_durable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM set_config('synchronous_commit', 'off', true); RETURN NULL; END $$;
CREATE TRIGGER not_durable AFTER INSERT ON stored_events EXECUTE FUNCTION not_durable();
"""


@pytest.fixture
def cluster(postgres_programs: None) -> Iterator[Cluster]:
    with Cluster({"wal_writer_delay": "10s"}) as made:
        yield made.start()


@pytest.fixture
def url(cluster: Cluster) -> str:
    cluster.ask("CREATE DATABASE tracker")
    return real_store.made(cluster.url("tracker"))


def killed_and_started(cluster: Cluster, writers: Writers, chance: random.Random) -> None:
    writers.until_all_write()
    time.sleep(chance.random() / 2)
    cluster.kill()
    cluster.start()


@tiers("R4", quick=1, long=15)
def test_no_fact_acknowledged_is_lost_when_the_server_is_killed(
    cluster: Cluster, url: str, chance: random.Random, times: int
) -> None:
    with Writers(url) as writers:
        for _ in range(times):
            killed_and_started(cluster, writers, chance)
        writers.until_all_write()
        writers.finish()
    print(f"{times} kills: {writers.figures()}")
    all_is_there_once(writers, real_store.stored(url))
    real_store.verified(url)
    cluster.stop()
    assert "Bad checksums:  0" in cluster.run("pg_checksums", "--check", "-D", str(cluster.data))


def test_a_commit_that_is_acknowledged_too_early_would_be_noticed(
    cluster: Cluster, url: str, chance: random.Random
) -> None:
    """The deliberate fault: commits that do not wait for the disk."""
    cluster.ask(NOT_DURABLE, "tracker")
    with Writers(url) as writers:
        for _ in range(10):
            killed_and_started(cluster, writers, chance)
            if gone := lost(writers, real_store.stored(url)):
                break
    print(f"{len(gone)} of {len(writers.acknowledged())} acknowledged facts lost")
    assert gone
