"""`tracker keys`, and every command where the keys are not as they must be: refused in words that
say what to do, with nothing stored, nothing made anew, and nothing of a key told to anybody.
"""

from __future__ import annotations

import os
import shutil
import sys
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from running import Tracker
from tracker.store import key_tables
from tracker.store.key_tables import SqliteKeys
from tracker.store.opening import open_log
from tracker.store.settings import Options
from wire import Event, Written, convicted, event, level, registered

BY = ("--authorised-by", "Supt Grey", "--reason", "decided")
WRITE = ("record", "level.set", "level=3", "--on", "2022-06-01", "--subject")
OFF, ON = {"TRACKER_SEALING": "off"}, {"TRACKER_SEALING": "on"}
NAME, DETAILS = "Robin Ashe", "12 Elm Row"
posix = pytest.mark.skipif(os.name == "nt", reason="by modes of files")


def verifier_of(tracker: Tracker) -> str:
    """The public key of a log, which its keeper gives to whoever asks."""
    return tracker("keys", "check").done().out.split()[-1]


def epoch(name: str) -> str:
    return f"{name}:{b64encode(os.urandom(32)).decode()}"


def person(subject: str) -> list[Event]:
    about = {"subject": subject, "source": f"/{subject}"}
    return [
        registered("e1", **about),
        convicted("e2", **about),
        event("e3", "notification.given", "2020-01-09", kind="initial", details=DETAILS, **about),
        level("e4", "2022-01-05", 2, **about),
    ]


@dataclass(frozen=True)
class Place:
    """A store with keys and a master key of its own, each where it can be got at."""

    tracker: Tracker
    keys: Path
    master: Path

    def with_env(self, **more: str) -> Place:
        return replace(self, tracker=Tracker(self.tracker.store, self.tracker.env | more))

    @property
    def url(self) -> str:
        return self.tracker.environment["TRACKER_STORE"]

    def epochs(self) -> list[str]:
        return [line.partition(":")[0] for line in self.master.read_text().splitlines()]

    @property
    def options(self) -> Options:
        return Options(
            key_store=self.tracker.env.get("TRACKER_KEY_STORE"), kek_file=str(self.master)
        )


@pytest.fixture
def place(store: Path, file: Written) -> Place:
    """A filled store on SQLite; the master key is the user's own file."""
    config, keys = store.with_name("config"), store.with_name("keys.db")
    env = {"TRACKER_KEY_STORE": str(keys), "XDG_CONFIG_HOME": str(config)}
    tracker = Tracker(store, env)
    tracker("import", file(*person("CHE-1"), *person("CHE-2")), "--trust-times").done()
    return Place(tracker, keys, config / "mappa-tracker" / "master.key")


@pytest.fixture
def on_postgres(place: Place, tmp_path: Path, postgres_url: str) -> Place:
    """The same facts on PostgreSQL, where the keys are in a schema of their own."""
    env = place.tracker.env | {"TRACKER_STORE": postgres_url}
    del env["TRACKER_KEY_STORE"]
    tracker = Tracker(place.tracker.store, env)
    tracker("migrate").done()
    tracker("import", tmp_path / "in.jsonl", "--trust-times").done()
    return replace(place, tracker=tracker)


@pytest.fixture
def every_command(tmp_path: Path, file: Written) -> list[tuple[str | Path, ...]]:
    """One use of each command that opens a store."""
    return [
        ("counts",), ("eligible",), ("diary",), ("show", "CHE-1"), ("review", "CHE-1"),
        ("return", "cheshire", "2021-22"), ("export",), ("rebuild",), ("rebuild", "--beside"),
        ("import", file(*person("CHE-3"), name="more.jsonl")), (*WRITE, "CHE-1"),
        ("verify",), ("verify", "--views"), ("witness",), ("prove", "1"),
        ("backup", tmp_path / "new.backup"), ("keys", "check"), ("keys", "rotate"),
        ("erase", "CHE-1", *BY), ("restrict", "CHE-1", *BY),
    ]  # fmt: skip


# --- what can be wrong, and what is said of it ----------------------------------------------------


def master_key_gone(place: Place) -> None:
    place.master.unlink()


def another_master_key(place: Place) -> None:
    place.master.write_text(epoch("other") + "\n")


def another_of_the_same_name(place: Place) -> None:
    place.master.write_text(epoch(place.epochs()[-1]) + "\n")


def open_to_others(place: Place) -> None:
    place.master.chmod(0o644)


def not_a_master_key(place: Place) -> None:
    place.master.write_text("correct horse battery staple\n")


def key_store_gone(place: Place) -> None:
    for part in place.keys.parent.glob("keys.db*"):
        part.unlink()


def key_store_damaged(place: Place) -> None:
    key_store_gone(place)
    place.keys.write_bytes(b"nothing of a database" * 1000)


def a_secret_gone(place: Place) -> None:
    with SqliteKeys(place.keys).working() as c:
        c.execute("DELETE FROM secrets WHERE name='history'")


WRONG: list[tuple[Callable[[Place], None], tuple[str, ...]]] = [
    (master_key_gone, ("cannot read the master key", "put a copy of it there", "TRACKER_KEK_FILE")),
    (another_master_key, ("lacks epoch '", "has: other", "give the tracker the copy")),
    (another_of_the_same_name, ("does not open under epoch", "another master key of that name")),
    (not_a_master_key, ("master.key, line 1 is not `epoch:base64 of 32 bytes`",)),
    (key_store_gone, ("its key store", "keys.db is missing", "put its newest copy in its place")),
    (key_store_damaged, ("keys.db", "file is not a database")),
    (a_secret_gone, ("lacks history", "put its newest copy in its place")),
    pytest.param(
        open_to_others, ("is open to others (mode 0644)", "chmod 600", "and rotate"), marks=posix
    ),  # type: ignore[list-item]
]


def everything(folder: Path) -> dict[str, bytes]:
    """Every file with its content, but for those that come and go with a connection."""
    passing = ("-wal", "-shm", ".lock")
    return {
        str(path): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(passing)
    }


class TestWrong:
    @pytest.mark.parametrize(("spoil", "told"), WRONG)
    def test_every_command_refuses_and_says_what_to_do(
        self,
        place: Place,
        every_command: list[tuple[str | Path, ...]],
        spoil: Callable[[Place], None],
        told: tuple[str, ...],
    ) -> None:
        spoil(place)
        before = everything(place.tracker.store.parent)
        for command in every_command:
            ran = place.tracker(*command)
            ran.refused(*told)
            assert ran.out == "", command
        assert everything(place.tracker.store.parent) == before, "nothing is stored or made anew"

    def test_on_postgresql_too(
        self, on_postgres: Place, every_command: list[tuple[str | Path, ...]]
    ) -> None:
        import psycopg

        with psycopg.connect(on_postgres.url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA tracker_keys CASCADE")
            for command in every_command:
                on_postgres.tracker(*command).refused("is missing: put its newest copy")
            asked = connection.execute("SELECT to_regnamespace('tracker_keys')").fetchone()
            assert asked == (None,), "new keys would open nothing"

    def test_as_a_process_of_its_own(self, place: Place) -> None:
        place.master.unlink()
        ran = place.tracker.process("show", "CHE-1")
        ran.refused("cannot read the master key")
        assert ran.err.count("\n") == 1, "one sentence"

    @pytest.mark.parametrize("spoil", [another_of_the_same_name, not_a_master_key, key_store_gone])
    def test_it_reads_again_once_all_is_back(
        self, place: Place, spoil: Callable[[Place], None]
    ) -> None:
        before, aside = place.tracker.export(), place.keys.with_name("aside")
        shutil.copyfile(place.keys, aside)
        held = place.master.read_text()
        spoil(place)
        place.tracker("export").refused()
        shutil.copyfile(aside, place.keys)
        place.master.write_text(held)
        assert place.tracker.export() == before
        place.tracker("keys", "check").done()

    def test_two_sources_of_the_master_key_at_once_are_refused(self, place: Place) -> None:
        both = place.with_env(TRACKER_KEK=epoch("one"), TRACKER_KEK_FILE=str(place.master))
        both.tracker("counts").refused("TRACKER_KEK_FILE and TRACKER_KEK are set", "set the one")


class TestCheck:
    def test_all_is_well(self, place: Place) -> None:
        ran = place.tracker("keys", "check").done()
        assert ran.out.startswith("every key opens; checkpoints are verified by mappa-tracker/")

    def test_a_key_that_is_missing_is_named_by_whose_it_is(self, place: Place) -> None:
        with SqliteKeys(place.keys).working() as c:
            c.execute("DELETE FROM person_keys WHERE originator_id="
                      "(SELECT MIN(originator_id) FROM person_keys)")  # fmt: skip
        place.tracker("keys", "check").refused("CHE-1 has no key, and none was destroyed")
        place.tracker("show", "CHE-1").refused("has no key", "put its newest copy in its place")
        assert NAME in place.tracker("show", "CHE-2").done().out

    def test_a_key_that_is_damaged_is_told(self, place: Place) -> None:
        with SqliteKeys(place.keys).working() as c:
            c.execute("UPDATE person_keys SET wrapped=zeroblob(60)")
        ran = place.tracker("keys", "check")
        ran.refused("does not open under epoch")
        assert ran.err.count("does not open under epoch") == 2

    def test_a_key_that_is_missing_is_told_though_nothing_more_is_sealed(
        self, place: Place
    ) -> None:
        """What was sealed before needs its key, whatever the setting says now."""
        with SqliteKeys(place.keys).working() as c:
            c.execute("DELETE FROM person_keys")
        place.with_env(**OFF).tracker("keys", "check").refused("CHE-2 has no key")

    def test_keys_of_an_epoch_that_is_lost_are_counted(self, place: Place) -> None:
        with SqliteKeys(place.keys).working() as c:
            c.execute("UPDATE person_keys SET epoch='2019'")
        place.tracker("keys", "check").refused("lacks epoch '2019': 2 keys are shut")

    def test_an_unsealed_store_lacks_no_key(self, store: Path, file: Written) -> None:
        """Nobody of whom nothing is sealed needs a key."""
        tracker = Tracker(store, OFF)
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        tracker("keys", "check").done()


class TestAuditor:
    """Whoever has the public key alone, and neither keys nor master key."""

    @pytest.fixture
    def auditor(self, place: Place) -> tuple[Tracker, str]:
        verifier = verifier_of(place.tracker)
        key_store_gone(place)
        place.master.unlink()
        place.master.parent.rmdir()
        return place.tracker, verifier

    def test_verifies_without_keys(self, place: Place, auditor: tuple[Tracker, str]) -> None:
        tracker, verifier = auditor
        before = everything(tracker.store.parent)
        ran = tracker("verify", "--verifier", verifier).done()
        assert ran.out == "8 entries verified\n"
        assert everything(tracker.store.parent) == before, "nothing is made"

    def test_finds_what_was_altered(self, auditor: tuple[Tracker, str]) -> None:
        from tracker.store.sqlite import sqlite3

        tracker, verifier = auditor
        with sqlite3.connect(tracker.store) as connection:
            connection.execute("DROP TRIGGER stored_events_no_update")
            connection.execute("UPDATE stored_events SET topic='uk.mappa.level.set'"
                               " WHERE notification_id=5")  # fmt: skip
        connection.close()
        tracker("verify", "--verifier", verifier).refused("altered: entry 5 (/CHE-2 e1, CHE-2)")

    def test_with_the_key_of_another_log_finds_the_signature_wanting(
        self, auditor: tuple[Tracker, str], tmp_path: Path, file: Written
    ) -> None:
        other = Tracker(tmp_path / "other.db", {"TRACKER_KEY_STORE": str(tmp_path / "other.keys")})
        other("import", file(*person("CHE-1"), name="other.jsonl"), "--trust-times").done()
        theirs = verifier_of(other)
        auditor[0]("verify", "--verifier", theirs).refused("signature: the head of the log")
        auditor[0]("verify", "--verifier", "nonsense").refused()

    def test_cannot_compare_the_views(self, auditor: tuple[Tracker, str]) -> None:
        ran = auditor[0]("verify", "--verifier", auditor[1], "--views")
        ran.wrong_usage("--views needs the keys")


class TestRotate:
    def test_every_fact_reads_and_the_old_epoch_is_gone(self, place: Place) -> None:
        before, (old,) = place.tracker.export(), place.epochs()
        held = place.master.read_bytes().strip()
        ran = place.tracker("keys", "rotate").done()
        (new,) = place.epochs()
        assert ran.out == f"2 keys are wrapped under epoch {new}; destroyed: {old}\n"
        assert held not in place.master.read_bytes()
        assert place.tracker.export() == before
        assert NAME in place.tracker.process("show", "CHE-1").done().out
        for command in (("keys", "check"), ("verify", "--views"), (*WRITE, "CHE-2")):
            place.tracker(*command).done()

    def test_an_old_copy_of_the_key_store_opens_no_more(self, place: Place, tmp_path: Path) -> None:
        """The copy of a disk, and the one that `backup --keys` made: both opened before."""
        disk, kept = tmp_path / "disk.keys", tmp_path / "kept.keys"
        place.tracker("backup", tmp_path / "log.backup", "--keys", kept).done()
        shutil.copyfile(place.keys, disk)
        for copy in (disk, kept):
            with_copy = place.with_env(TRACKER_KEY_STORE=str(copy))
            assert NAME in with_copy.tracker("show", "CHE-1").done().out
        place.tracker("keys", "rotate").done()
        for copy in (disk, kept):
            with_copy = place.with_env(TRACKER_KEY_STORE=str(copy))
            with_copy.tracker("show", "CHE-1").refused("lacks epoch")
            with_copy.tracker("keys", "check").refused("lacks epoch")

    def test_another_store_with_the_same_master_key_is_left_alone(
        self, place: Place, tmp_path: Path, file: Written
    ) -> None:
        other = Tracker(tmp_path / "other.db",
                        place.tracker.env | {"TRACKER_KEY_STORE": str(tmp_path / "o.keys")})  # fmt: skip
        other("import", file(*person("CHE-9"), name="other.jsonl"), "--trust-times").done()
        before = other.export()
        place.tracker("keys", "rotate").done()
        assert other.export() == before
        assert len(place.epochs()) == 2

    def test_twice_and_after_an_erasure(self, place: Place) -> None:
        place.tracker("keys", "rotate").done()
        place.tracker("keys", "rotate").done()
        assert place.tracker("keys", "check").done()
        assert len(place.epochs()) == 1

    def test_on_postgresql(self, on_postgres: Place) -> None:
        before = on_postgres.tracker.export()
        ran = on_postgres.tracker("keys", "rotate").done()
        assert ran.out.startswith("2 keys are wrapped under epoch ")
        assert on_postgres.tracker.export() == before
        on_postgres.tracker("keys", "check").done()

    def test_of_a_file_made_by_hand_the_old_line_is_left_and_named(
        self, store: Path, tmp_path: Path, file: Written
    ) -> None:
        master = tmp_path / "master"
        master.touch(0o600)
        master.write_text(epoch("k1") + "\n")
        tracker = Tracker(store, {"TRACKER_KEK_FILE": str(master)})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        before = tracker.export()
        ran = tracker("keys", "rotate").done()
        assert "destroy yourself, if nothing else needs it: k1" in ran.out
        first, second = master.read_text().splitlines()
        assert first.startswith("k1:")
        master.write_text(second + "\n")
        assert tracker.export() == before
        tracker("keys", "check").done()

    def test_to_an_epoch_that_every_machine_has(
        self, store: Path, tmp_path: Path, file: Written
    ) -> None:
        master = tmp_path / "master"
        master.touch(0o600)
        master.write_text(f"{epoch('k1')}\n{epoch('k2')}\n{epoch('k3')}\n")
        tracker = Tracker(store, {"TRACKER_KEK_FILE": str(master)})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        tracker("keys", "rotate", "--to", "k9").refused("lacks epoch 'k9'", "k1, k2, k3")
        before, held = tracker.export(), master.read_text()
        assert "epoch k2; destroy" in tracker("keys", "rotate", "--to", "k2").done().out
        assert master.read_text() == held
        master.write_text(held.splitlines()[1] + "\n")
        assert tracker.export() == before


# --- where the master key may come from -----------------------------------------------------------


COMMAND = """
import pathlib, sys
folder, (verb, *epoch) = pathlib.Path(sys.argv[1]), sys.argv[2:]
if verb == "epochs":
    print("\\n".join(sorted(path.name for path in folder.iterdir())))
else:
    pad = (folder / epoch[0]).read_bytes()
    sys.stdout.buffer.write(bytes(a ^ b for a, b in zip(sys.stdin.buffer.read(), pad)))
"""


class TestSources:
    @pytest.fixture
    def vault(self, tmp_path: Path) -> Path:
        """The folder of what stands for a vault: a file for each epoch."""
        folder = tmp_path / "vault"
        folder.mkdir()
        (folder / "v1").write_bytes(os.urandom(32))
        (tmp_path / "kms.py").write_text(COMMAND)
        return folder

    @pytest.fixture
    def by_command(self, store: Path, vault: Path) -> Tracker:
        script = vault.with_name("kms.py")
        return Tracker(store, {"TRACKER_KEK_COMMAND": f"{sys.executable} -IS {script} {vault}"})

    def test_the_environment(self, store: Path, file: Written, tmp_path: Path) -> None:
        one, two, config = epoch("one"), epoch("two"), tmp_path / "config"
        config.mkdir()
        base = {"XDG_CONFIG_HOME": str(config)}
        tracker = Tracker(store, base | {"TRACKER_KEK": one})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        before = tracker.export()
        tracker("keys", "rotate").refused("has no epoch after 'one': add one first")
        both = Tracker(store, base | {"TRACKER_KEK": f"{one},{two}"})
        assert "epoch two; destroy yourself" in both("keys", "rotate").done().out
        assert Tracker(store, base | {"TRACKER_KEK": two}).export() == before
        tracker("show", "CHE-1").refused("lacks epoch 'two'")
        assert not [*config.rglob("*")], "no master key of the user's own is made"

    def test_a_command(self, by_command: Tracker, vault: Path, file: Written) -> None:
        by_command("import", file(*person("CHE-1")), "--trust-times").done()
        before = by_command.export()
        (vault / "v2").write_bytes(os.urandom(32))
        assert by_command.export() == before
        assert "epoch v2; destroy yourself" in by_command("keys", "rotate").done().out
        (vault / "v1").unlink()
        assert by_command.export() == before
        by_command("keys", "check").done()

    def test_a_command_that_has_lost_its_key(
        self, by_command: Tracker, vault: Path, file: Written
    ) -> None:
        by_command("import", file(*person("CHE-1")), "--trust-times").done()
        (vault / "v1").write_bytes(os.urandom(32))
        by_command("show", "CHE-1").refused("does not open under epoch 'v1'")
        (vault / "v1").rename(vault / "v0")
        by_command("show", "CHE-1").refused("lacks epoch 'v1'")

    @pytest.mark.parametrize(
        ("command", "told"),
        [
            ("/no/such/program", "No such file"),
            (f"{sys.executable} -c exit(3)", "ended with 3"),
            (f"{sys.executable} -c print(3/7)", "not a list of names"),
        ],
    )
    def test_a_command_that_fails(self, store: Path, command: str, told: str) -> None:
        ran = Tracker(store, {"TRACKER_KEK_COMMAND": command})("counts")
        ran.refused("TRACKER_KEK_COMMAND", told)


# --- sealing on and off ---------------------------------------------------------------------------


class TestOffAndOn:
    def test_a_store_that_was_written_both_ways_reads_alike(
        self, store: Path, tmp_path: Path, file: Written
    ) -> None:
        events = [*person("CHE-1"), *person("CHE-2")]
        written = [file(*events[0:2], *events[4:5], name="1.jsonl"),
                   file(*events[2:3], *events[5:7], name="2.jsonl"),
                   file(*events[3:4], *events[7:8], name="3.jsonl")]  # fmt: skip
        exports = []
        for name, ways in (
            ("on", (ON, ON, ON)),
            ("mixed", (OFF, ON, OFF)),
            ("other", (ON, OFF, ON)),
        ):
            at = tmp_path / f"{name}.db"
            for way, part in zip(ways, written, strict=True):
                Tracker(at, way)("import", part, "--trust-times").done()
            for way in (ON, OFF):
                tracker = Tracker(at, way)
                exports.append(tracker.export())
                assert NAME in tracker("show", "CHE-2").done().out
                tracker("verify", "--views").done()
        assert len(set(exports)) == 1
        assert exports[0].count(DETAILS) == 2
        held = {n: (tmp_path / f"{n}.db").read_bytes() for n in ("on", "mixed", "other")}
        found = {n: (NAME.encode() in b, DETAILS.encode() in b) for n, b in held.items()}
        assert found == {"on": (False, False), "mixed": (True, False), "other": (False, True)}

    def test_whoever_was_recorded_both_ways_lacks_no_key(self, store: Path, file: Written) -> None:
        one, two = person("CHE-1"), person("CHE-2")
        Tracker(store, OFF)("import", file(*one, *two[:2]), "--trust-times").done()
        Tracker(store, ON)("import", file(*two[2:], name="2.jsonl"), "--trust-times").done()
        Tracker(store, ON)("keys", "check").done()


# --- nothing of a key is ever told ----------------------------------------------------------------


def material(place: Place) -> dict[str, bytes]:
    """Every key there is in the clear, in the forms in which it could be told."""
    keys = {line.partition(":")[0]: line for line in place.master.read_text().splitlines()}
    with open_log(place.url, lambda: datetime.now(UTC), place.options) as log:
        with key_tables.reading(SqliteKeys(place.keys)) as tables:
            people = log.keys.keys_of([one.originator_id for one in tables.people()])
            held = [bytes(one.wrapped) for one in tables.people()]
        clear = [bytes(log.keys.secret(name)) for name in ("signing", "history", "search")]
        clear += [bytes(key.key) for key in people.values() if key]
    forms = {f"master {name}": line.partition(":")[2].encode() for name, line in keys.items()}
    for n, key in enumerate([*clear, *held]):
        texts = (key.hex().encode(), b64encode(key).rstrip(b"="), repr(bytes(key)).encode())
        forms |= {f"{n} as {form}": text for form, text in enumerate(texts)}
    return forms


class TestTold:
    def test_nothing_of_a_key(
        self, place: Place, every_command: list[tuple[str | Path, ...]]
    ) -> None:
        tracker = place.with_env(TRACKER_LOG_LEVEL="debug").tracker
        forms = material(place)
        said = [tracker(*command) for command in every_command]
        forms |= material(place)
        said += [tracker(*command) for command in (("verify", "--format", "json"), ("prove", "2"))]
        assert sum(ran.status == 0 for ran in said) >= len(said) - 2, "most of them did their work"
        assert len(forms) > 20
        text = "".join(ran.out + ran.err for ran in said).encode()
        assert not [name for name, form in forms.items() if form in text]
        assert [n for n, f in forms.items() if f in place.master.read_bytes()], "it would be seen"

    @pytest.mark.parametrize("spoiled", ["k1:{}", "{}", "k1 {}", "k1:{}:", "k1:{}\nk1:{}"])
    def test_not_of_one_that_is_written_wrongly(
        self, store: Path, tmp_path: Path, spoiled: str
    ) -> None:
        secret = b64encode(os.urandom(33 if spoiled == "k1:{}" else 32)).decode()
        master = tmp_path / "master"
        master.touch(0o600)
        master.write_text(spoiled.format(secret, secret))
        for env in ({"TRACKER_KEK_FILE": str(master)},
                    {"TRACKER_KEK": spoiled.format(secret, secret).replace("\n", ",")}):  # fmt: skip
            ran = Tracker(store, env)("counts")
            ran.refused("k1" if "\n" in spoiled else "32 bytes")
            assert secret[:20] not in ran.out + ran.err
