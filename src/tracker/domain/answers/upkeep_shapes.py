"""The shapes of the upkeep of a store: `status`, `schedule`, `verify` and `prove`.

Imported for types, and by the schema of the answers; nothing here runs while a command answers.
"""

from typing import Annotated

from typing_extensions import TypedDict

from tracker.domain.answers.answer_values import Day, Moment, one_of, says


class ViewState(TypedDict):
    """The state of one view."""

    view: str
    status: str
    error: str | None
    position: Annotated[int, says("the position in the log that it has reached")]
    lag_facts: int
    lag_seconds: int


class JobState(TypedDict):
    """One job: what it does, when, how its last run went and when it runs next."""

    job: str
    does: str
    when: Annotated[str, says("`off`: stopped in the settings")]
    last_run: Moment | None
    outcome: str | None
    attempt: int | None
    counts: Annotated[
        dict[str, int] | None, says("the counts of the last run, under the names of the job")
    ]
    error: str | None
    last_success: Moment | None
    next_run: Moment | None
    overdue: bool


class FailedMessage(TypedDict):
    """A message that could not be sent so far, and when the next try is."""

    key: str
    via: str
    tries: int
    next_try: Moment
    error: str


class OutboxState(TypedDict):
    """How many messages are not sent yet and how many failed, with the last few failures."""

    waiting: int
    failed: int
    oldest: Annotated[Moment | None, says("since when the oldest of them waits")]
    lag_seconds: int
    failures: list[FailedMessage]


class RunningJob(TypedDict):
    """A run of a job that has not ended."""

    job: str
    run: str
    holder: Annotated[str, says("the process that runs it")]
    since: Moment


class OwnRules(TypedDict):
    """The law and counting setting of this process."""

    law: Annotated[str, says("the digest of its tables of law")]
    category_4: str


class AgreementState(TypedDict):
    """The law and counting setting recorded in the store; null if nobody has used it yet."""

    law: Annotated[str | None, says("the digest of the tables of law")]
    category_4: Annotated[str | None, says("the counting setting")]
    adopted_by: str | None
    adopted_at: Moment | None
    release: Annotated[str | None, says("the release of the tracker that recorded it")]
    own: OwnRules
    differs: Annotated[str | None, says("how this process differs; null where it does not")]


class StatusParts(TypedDict):
    """How views, jobs and messages are doing."""

    at: Moment
    position: Annotated[int, says("the number of entries in the log")]
    agreement: AgreementState
    views: list[ViewState]
    jobs: list[JobState]
    outbox: OutboxState
    running: list[RunningJob]


class StatusAnswer(StatusParts):
    """How views, jobs and messages are doing. Exit status 1 where something is wrong."""

    healthy: bool
    problems: Annotated[list[str], says("what is wrong, a sentence each")]


class OnceAnswer(TypedDict):
    """The result of one run of a job."""

    job: str
    day: Day
    counts: dict[str, int]


class LogFinding(TypedDict):
    """One thing that is wrong with the log."""

    kind: Annotated[
        str,
        one_of(
            "altered", "leaf", "reordered", "deleted", "cut_off", "inserted", "damaged",
            "unreadable", "topic", "versions", "index", "checkpoint", "head", "signature",
            "witness", "more",
        ),
    ]  # fmt: skip
    where: str
    detail: str
    first: Annotated[int | None, says("the position of the first entry it is about")]
    last: int | None


class VerifyAnswer(TypedDict):
    """Whether the log is unchanged. Exit status 1 if there are findings."""

    entries: int
    findings: list[LogFinding]
    views: Annotated[
        list[str], says("with `--views`: where a view differs from one rebuilt from the log")
    ]


class ProvenEntry(TypedDict):
    """An entry as it is stored."""

    notification_id: int
    originator_id: str
    version: int
    topic: str
    state: Annotated[str, says("base64")]


class ProofAnswer(TypedDict):
    """A proof that an entry is in the log: how to check it is in `docs/proof.md`. Always JSON."""

    format: str
    entry: ProvenEntry
    index: int
    path: Annotated[list[str], says("hashes, base64")]
    checkpoint: str


class ConsistencyProof(TypedDict):
    """A proof that the log of one checkpoint is the beginning of the log of another."""

    format: str
    old: str
    path: Annotated[list[str], says("hashes, base64")]
    checkpoint: str
