"""`tracker keys`, and every command where the keys are not as they must be: refused in words that
say what to do, with nothing stored, nothing made again, and nothing of a key shown to anybody.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.key_places import (
    DETAILS,
    NAME,
    OFF,
    ON,
    WRITE,
    Command,
    Place,
    epoch,
    every_command,
    on_postgres,
    person,
    place,
    written,
)
from running import Tracker
from tracker.store.address import Options
from tracker.store.keys import key_tables
from tracker.store.keys.key_tables import SqliteKeys
from tracker.store.opening import open_log
from wire import Written

__all__ = ["every_command", "on_postgres", "place"]


# --- what can be wrong, and what is said of it ----------------------------------------------------


def master_key_gone(place: Place) -> None:
    place.master.unlink()


def another_master_key(place: Place) -> None:
    written(place.master, epoch("other"))


def another_of_the_same_name(place: Place) -> None:
    written(place.master, epoch(place.epochs[-1]))


def not_a_master_key(place: Place) -> None:
    written(place.master, "correct horse battery staple")


def open_to_others(place: Place) -> None:
    if os.name == "nt":
        pytest.skip("by modes of files")
    place.master.chmod(0o644)


def key_store_gone(place: Place) -> None:
    for part in place.keys.parent.glob("keys.db*"):
        part.unlink()


def key_store_damaged(place: Place) -> None:
    key_store_gone(place)
    place.keys.write_bytes(b"nothing of a database" * 1000)


def a_secret_gone(place: Place) -> None:
    place.change("DELETE FROM secrets WHERE name='history'")


WRONG: dict[Callable[[Place], None], tuple[str, ...]] = {
    master_key_gone: ("cannot read the master key", "put a copy of it there", "TRACKER_KEK_FILE"),
    another_master_key: ("lacks epoch '", "has: other", "give the tracker the copy"),
    another_of_the_same_name: ("does not open under epoch", "another master key of that name"),
    not_a_master_key: ("master.key, line 1 is not `epoch:base64 of 32 bytes`",),
    open_to_others: ("is open to others (mode 0644)", "chmod 600", "and rotate"),
    key_store_gone: ("its key store", "keys.db is missing", "put its newest copy in its place"),
    key_store_damaged: ("keys.db", "file is not a database"),
    a_secret_gone: ("lacks history", "put its newest copy in its place"),
}


class TestWrong:
    @pytest.mark.parametrize("spoil", WRONG, ids=lambda spoil: spoil.__name__)
    def test_every_command_refuses_and_says_what_to_do(
        self, place: Place, every_command: list[Command], spoil: Callable[[Place], None]
    ) -> None:
        spoil(place)
        before = place.everything()
        for command in every_command:
            assert place.tracker(*command).refused(*WRONG[spoil]).out == "", command
        assert place.everything() == before, "nothing is stored or made again"

    def test_on_postgresql_too(self, on_postgres: Place, every_command: list[Command]) -> None:
        import psycopg

        url = on_postgres.tracker.environment["TRACKER_STORE"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA tracker_keys CASCADE")
            for command in every_command:
                on_postgres.tracker(*command).refused("is missing: put its newest copy")
            asked = connection.execute("SELECT to_regnamespace('tracker_keys')").fetchone()
            assert asked == (None,), "new keys would open nothing"

    def test_as_a_process_of_its_own(self, place: Place) -> None:
        place.master.unlink()
        ran = place.tracker.process("show", "CHE-1").refused("cannot read the master key")
        assert ran.err.count("\n") == 1, "one sentence"

    def test_it_reads_again_once_all_is_back(self, place: Place) -> None:
        before, aside = place.tracker.export(), place.keys.with_name("aside")
        shutil.copyfile(place.keys, aside)
        held = place.master.read_text()
        key_store_damaged(place)
        place.master.unlink()
        place.tracker("export").refused()
        shutil.copyfile(aside, place.keys)
        written(place.master, held)
        assert place.tracker.export() == before
        place.tracker("keys", "check").done()


class TestCheck:
    def test_all_is_well(self, place: Place) -> None:
        ran = place.tracker("keys", "check").done()
        assert ran.out.startswith("every key opens; checkpoints are verified by mappa-tracker/")

    def test_a_key_that_is_missing_is_named_by_whose_it_is(self, place: Place) -> None:
        place.change(
            "DELETE FROM person_keys WHERE originator_id="
            "(SELECT MIN(originator_id) FROM person_keys)"
        )
        ran = place.tracker("keys", "check")
        ran.refused("CHE-1 has no key, and none was destroyed")
        assert "CHE-2" not in ran.err
        place.tracker("show", "CHE-1").refused("has no key", "put its newest copy in its place")
        assert NAME in place.tracker("show", "CHE-2").done().out

    def test_what_was_sealed_needs_its_key_though_nothing_more_is_sealed(
        self, place: Place
    ) -> None:
        place.change("DELETE FROM person_keys")
        place.with_env(**OFF)("keys", "check").refused("CHE-1 has no key", "CHE-2 has no key")

    def test_whoever_has_nothing_sealed_needs_no_key(self, store: Path, file: Written) -> None:
        one, two = person("CHE-1"), person("CHE-2")
        Tracker(store, OFF)("import", file(*one, *two[:2]), "--trust-times").done()
        Tracker(store, OFF)("keys", "check").done()
        Tracker(store, ON)("import", file(*two[2:], name="2.jsonl"), "--trust-times").done()
        Tracker(store, ON)("keys", "check").done()

    def test_each_key_that_does_not_open_is_told(self, place: Place) -> None:
        place.change("UPDATE person_keys SET wrapped=zeroblob(60)")
        ran = place.tracker("keys", "check").refused()
        assert ran.err.count("does not open under epoch") == 2

    def test_keys_of_an_epoch_that_is_lost_are_counted(self, place: Place) -> None:
        place.change("UPDATE person_keys SET epoch='2019'")
        place.tracker("keys", "check").refused("lacks epoch '2019': 2 keys are shut")


class TestRotate:
    def test_every_fact_reads_and_the_old_epoch_is_gone(self, place: Place) -> None:
        before, (old,) = place.tracker.export(), place.epochs
        held = place.master.read_bytes().strip()
        ran = place.tracker("keys", "rotate").done()
        (new,) = place.epochs
        assert ran.out == f"2 keys are wrapped under epoch {new}; destroyed: {old}\n"
        assert held not in place.master.read_bytes()
        assert place.tracker.export() == before
        assert NAME in place.tracker.process("show", "CHE-1").done().out
        for command in (("keys", "check"), ("verify", "--views"), (*WRITE, "CHE-2")):
            place.tracker(*command).done()

    def test_an_old_copy_of_the_key_store_opens_no_more(self, place: Place) -> None:
        """The copy of a disk, and the one that `backup --keys` made: both opened before."""
        disk, kept = place.keys.with_name("disk.keys"), place.keys.with_name("kept.keys")
        place.tracker("backup", place.keys.with_name("log.backup"), "--keys", kept).done()
        shutil.copyfile(place.keys, disk)
        with_copies = [place.with_env(TRACKER_KEY_STORE=str(copy)) for copy in (disk, kept)]
        for tracker in with_copies:
            assert NAME in tracker("show", "CHE-1").done().out
        place.tracker("keys", "rotate").done()
        for tracker in with_copies:
            tracker("show", "CHE-1").refused("lacks epoch")
            tracker("keys", "check").refused("lacks epoch")

    def test_another_store_with_the_same_master_key_is_left_alone(
        self, place: Place, file: Written
    ) -> None:
        keys = {"TRACKER_KEY_STORE": str(place.keys.with_name("other.keys"))}
        other = Tracker(place.keys.with_name("other.db"), place.tracker.env | keys)
        other("import", file(*person("CHE-9"), name="other.jsonl"), "--trust-times").done()
        before = other.export()
        place.tracker("keys", "rotate").done()
        assert other.export() == before
        assert len(place.epochs) == 2

    def test_on_postgresql(self, on_postgres: Place) -> None:
        before = on_postgres.tracker.export()
        ran = on_postgres.tracker("keys", "rotate").done()
        assert ran.out.startswith("2 keys are wrapped under epoch ")
        assert on_postgres.tracker.export() == before
        on_postgres.tracker("keys", "check").done()

    def test_to_an_epoch_that_every_machine_has(self, place: Place, file: Written) -> None:
        """Of a file made by hand the old epoch is left, and named: other stores may need it."""
        lines = [epoch(name) for name in ("k1", "k2", "k3")]
        master = written(place.master.with_name("kek"), *lines[:1])
        tracker = Tracker(place.keys.with_name("hand.db"), {"TRACKER_KEK_FILE": str(master)})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        before = tracker.export()
        written(master, *lines)
        tracker("keys", "rotate", "--to", "k9").refused("lacks epoch 'k9'", "k1, k2, k3")
        ran = tracker("keys", "rotate", "--to", "k2").done()
        assert "destroy yourself, if nothing else needs it: k1" in ran.out
        assert master.read_text().splitlines() == lines
        written(master, lines[1])
        assert tracker.export() == before


# --- where the master key may come from -----------------------------------------------------------


VAULT = """
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
        folder.with_name("vault.py").write_text(VAULT)
        return folder

    @pytest.fixture
    def by_command(self, store: Path, vault: Path, file: Written) -> Tracker:
        """A filled store whose master key is in the vault."""
        command = f"{shlex.quote(sys.executable)} -IS {vault}.py {vault}"
        tracker = Tracker(store, {"TRACKER_KEK_COMMAND": command})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        return tracker

    def test_the_environment(self, store: Path, file: Written) -> None:
        one, two, config = epoch("one"), epoch("two"), store.with_name("config")
        env = {"XDG_CONFIG_HOME": str(config)}
        tracker = Tracker(store, env | {"TRACKER_KEK": one})
        tracker("import", file(*person("CHE-1")), "--trust-times").done()
        before = tracker.export()
        tracker("keys", "rotate").refused("has no epoch after 'one': add one first")
        both = Tracker(store, env | {"TRACKER_KEK": f"{one},{two}"})
        assert "epoch two; destroy yourself" in both("keys", "rotate").done().out
        assert Tracker(store, env | {"TRACKER_KEK": two}).export() == before
        tracker("show", "CHE-1").refused("lacks epoch 'two'")
        assert not config.exists(), "no master key of the user's own is made"

    def test_a_command(self, by_command: Tracker, vault: Path) -> None:
        before = by_command.export()
        (vault / "v2").write_bytes(os.urandom(32))
        assert by_command.export() == before
        assert "epoch v2; destroy yourself" in by_command("keys", "rotate").done().out
        (vault / "v1").unlink()
        assert by_command.export() == before
        by_command("keys", "check").done()

    def test_a_command_that_has_lost_its_key(self, by_command: Tracker, vault: Path) -> None:
        (vault / "v1").write_bytes(os.urandom(32))
        by_command("show", "CHE-1").refused("does not open under epoch 'v1'")
        (vault / "v1").rename(vault / "v0")
        by_command("show", "CHE-1").refused("lacks epoch 'v1'")

    @pytest.mark.parametrize(
        ("command", "told"),
        [
            ("/no/such/program", "No such file"),
            ("false", "ended with 1"),
            ("echo a/b", "not a list of names"),
        ],
    )
    def test_a_command_that_fails(self, store: Path, command: str, told: str) -> None:
        Tracker(store, {"TRACKER_KEK_COMMAND": command})("migrate").refused("KEK_COMMAND", told)

    def test_two_at_once_are_refused(self, place: Place) -> None:
        both = place.with_env(TRACKER_KEK=epoch("one"), TRACKER_KEK_FILE=str(place.master))
        both("counts").refused("TRACKER_KEK_FILE and TRACKER_KEK are set", "set the one")


def test_a_store_that_was_sealed_and_not_sealed_in_turn_reads_alike(
    tmp_path: Path, file: Written
) -> None:
    one, two = person("CHE-1"), person("CHE-2")
    parts = ([*one[:2], two[0]], [one[2], *two[1:3]], [one[3], two[3]])
    files = [file(*facts, name=f"{n}.jsonl") for n, facts in enumerate(parts)]
    exports, holds = set(), {}
    for name, ways in {"on": (ON, ON, ON), "mixed": (OFF, ON, OFF), "other": (ON, OFF, ON)}.items():
        at = tmp_path / f"{name}.db"
        for way, part in zip(ways, files, strict=True):
            Tracker(at, way)("import", part, "--trust-times").done()
        for tracker in (Tracker(at, ON), Tracker(at, OFF)):
            exports.add(tracker.export())
            assert NAME in tracker("show", "CHE-2").done().out
            tracker("verify", "--views").done()
        holds[name] = [text.encode() in at.read_bytes() for text in (NAME, DETAILS)]
    assert [export.count(DETAILS) for export in exports] == [2]
    assert holds == {"on": [False, False], "mixed": [True, False], "other": [False, True]}


# --- nothing of a key is ever told ----------------------------------------------------------------


def material(place: Place) -> list[bytes]:
    """Every key there is, in the clear and wrapped, in the forms in which it could be told."""
    options = Options(key_store=str(place.keys), kek_file=str(place.master))
    with open_log(f"sqlite:///{place.tracker.store}", lambda: datetime.now(UTC), options) as log:
        with key_tables.reading(SqliteKeys(place.keys)) as tables:
            people = list(tables.people())
        held = [bytes(log.keys.secret(name)) for name in ("signing", "history", "search")]
        held += [bytes(one.wrapped) for one in people]
        keys = log.keys.keys_of([one.originator_id for one in people])
        held += [bytes(key.key) for key in keys.values() if key]
    forms = [f(key) for key in held for f in (lambda k: k.hex().encode(), b64encode, ascii_of)]
    return [line.partition(b":")[2] for line in place.master.read_bytes().splitlines()] + forms


def ascii_of(key: bytes) -> bytes:
    return repr(key)[2:-1].encode()


class TestTold:
    def test_nothing_of_a_key(self, place: Place, every_command: list[Command]) -> None:
        tracker, forms = place.with_env(TRACKER_LOG_LEVEL="debug"), material(place)
        said = [tracker(*command) for command in every_command]
        said += [tracker("verify", "--format", "json"), tracker("prove", "2")]
        refused = [ran.err for ran in said if ran.status]
        assert len(refused) == 1, "to erase whoever is managed, and nothing else"
        forms += material(place)
        text = "".join(ran.out + ran.err for ran in said).encode()
        assert not [form for form in forms if form in text]
        assert [form for form in forms if form in place.master.read_bytes()], "it would be seen"

    @pytest.mark.parametrize("form", ["k1:{}x", "{}", "k1 {}", "k1:{}:", "k1:{}\nk1:{}"])
    def test_nor_of_one_that_is_written_wrongly(self, store: Path, form: str) -> None:
        secret = b64encode(os.urandom(32)).decode()
        text = form.format(secret, secret)
        master = written(store.with_name("kek"), text)
        Tracker(store)("migrate")
        for env in ({"TRACKER_KEK_FILE": str(master)},
                    {"TRACKER_KEK": text.replace("\n", ",")}):  # fmt: skip
            ran = Tracker(store, env)("counts")
            ran.refused("is there twice" if "\n" in form else "is not `epoch:base64 of 32 bytes`")
            assert secret[:16] not in ran.out + ran.err
