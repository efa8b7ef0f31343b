"""Checkpoints: notes as C2SP has them, signed and read; sealed roots; what is refused and why."""

from __future__ import annotations

import hashlib
import hmac
import io
import random
from base64 import b64encode
from itertools import combinations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from store.images import own_keys
from tracker.domain.errors import TrackerError
from tracker.store.proof.checkpoints import (
    LogKeys,
    check_signature,
    notes,
    parse,
    parsed_verifier,
    verified,
    verifier_key,
)

# sum.golang.org on 23 September 2024
ELSEWHERE = """go.sum database tree
30055305
mXfgRcJ0bG0j3CPdKwgGWtUzBUbX67saZGRmFuJGGsM=

— sum.golang.org Az3grpgEild5qw7+5dtV13Kf1C2Xurm8q4fhdxvcsDHnqNTaxL2AFjBY+2TyGKevucFcAAlWFJJYle3EJlDCrQ+y3A8=
"""  # noqa: E501
ITS_KEY = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
# from the specifications of signed-note and its first implementation
KEYS = (
    ITS_KEY,
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
)
ROOT = hashlib.sha256(b"root").digest()


@pytest.fixture
def keys(chance: random.Random) -> LogKeys:
    return own_keys(chance)


class TestVectors:
    @pytest.mark.parametrize("verifier", KEYS)
    def test_a_verifier_key_of_others_is_read_and_written(self, verifier: str) -> None:
        name, key_id, key = parsed_verifier(verifier)
        assert verifier_key(name, key.public_bytes_raw()) == verifier
        assert verifier.split("+", 2)[:2] == [name, key_id.hex()]

    def test_a_checkpoint_of_another_log_is_read_and_its_signature_holds(self) -> None:
        read = parse(ELSEWHERE)
        assert (read.origin, read.size) == ("go.sum database tree", 30_055_305)
        assert read.root.hex().startswith("9977e045c2746c6d")
        check_signature(read, ITS_KEY)

    def test_and_not_where_a_word_of_it_is_changed(self) -> None:
        with pytest.raises(TrackerError, match=r"false signature of sum\.golang\.org"):
            check_signature(parse(ELSEWHERE.replace("30055305", "30055306")), ITS_KEY)


class TestNote:
    def test_says_which_log_how_many_entries_and_their_root(self, keys: LogKeys) -> None:
        note = keys.note(1234, ROOT)
        text, _, signature = note.rpartition("\n\n")
        assert text == f"mappa-tracker/test\n1234\n{b64encode(ROOT).decode()}"
        assert signature.startswith("— mappa-tracker/test ")
        assert note.endswith("=\n")

    def test_is_read_as_it_was_signed(self, keys: LogKeys) -> None:
        read = verified(keys.note(0, ROOT), str(keys.verifier))
        assert (read.origin, read.size, read.root) == ("mappa-tracker/test", 0, ROOT)

    def test_of_one_log_says_nothing_of_another_with_the_same_key(
        self, chance: random.Random
    ) -> None:
        seed = chance.randbytes(32)
        facts, other = (
            LogKeys.from_secrets("facts", seed, b""),
            LogKeys.from_secrets("other", seed, b""),
        )
        note = other.note(5, ROOT)
        with pytest.raises(TrackerError, match="of another log: 'mappa-tracker/other'"):
            verified(note, str(facts.verifier))
        renamed = note.replace("— mappa-tracker/other", "— mappa-tracker/facts")
        with pytest.raises(TrackerError, match="of another log"):
            verified(renamed, str(facts.verifier))

    def test_may_be_signed_by_others_too(self, keys: LogKeys, chance: random.Random) -> None:
        note = keys.note(5, ROOT)
        witness = own_keys(chance, "witness").note(5, ROOT).splitlines()[-1]
        first = note.replace("\n\n", f"\n\n{witness}\n")
        for signed in (f"{note}{witness}\n", first):
            assert verified(signed, str(keys.verifier)).size == 5
            assert len(parse(signed).signatures) == 2

    def test_is_the_same_whenever_it_is_signed(self, keys: LogKeys) -> None:
        assert keys.note(7, ROOT) == keys.note(7, ROOT)

    def test_no_character_of_it_can_be_changed(self, keys: LogKeys) -> None:
        note, verifier = keys.note(41, ROOT), str(keys.verifier)
        for at, was in enumerate(note):
            for other in "0A \n":
                if other != was and (at, other) != (len(note), "\n"):
                    with pytest.raises(TrackerError):
                        verified(note[:at] + other + note[at + 1 :], verifier)
            with pytest.raises(TrackerError):
                verified(note[:at], verifier)

    def test_is_not_signed_without_the_key(self, keys: LogKeys) -> None:
        with pytest.raises(TrackerError, match="signing key is not here"):
            LogKeys(verifier=keys.verifier).note(1, ROOT)

    def test_of_a_thief_is_refused(self, keys: LogKeys, chance: random.Random) -> None:
        thief = own_keys(chance)
        assert thief.verifier != keys.verifier
        with pytest.raises(TrackerError, match="did not sign with this key"):
            verified(thief.note(1, ROOT), str(keys.verifier))
        with_our_id = LogKeys(thief.signing, keys.verifier).note(1, ROOT)
        with pytest.raises(TrackerError, match="false signature"):
            verified(with_our_id, str(keys.verifier))


GOOD = ("log", "7", b64encode(ROOT).decode())
SIGNED = f"— log {b64encode(bytes(68)).decode()}"


class TestRefused:
    @pytest.mark.parametrize(
        "note",
        [
            "", "\n", "\n\n", "log", "log\n7\n", f"{SIGNED}\n", "\n".join(GOOD),
            f"{GOOD[0]}\n{GOOD[1]}\n\n{SIGNED}\n", f"\n7\n{GOOD[2]}\n\n{SIGNED}\n",
            f"log\n\n7\n{GOOD[2]}\n\n{SIGNED}\n", f"log\n7\n{GOOD[2]}\n\n\n{SIGNED}\n",
            f"log\r\n7\n{GOOD[2]}\n\n{SIGNED}\n", f"l\tog\n7\n{GOOD[2]}\n\n{SIGNED}\n",
            f"l\ud800og\n7\n{GOOD[2]}\n\n{SIGNED}\n", f"{'l' * 20_000}\n7\n{GOOD[2]}\n\n{SIGNED}\n",
            *(f"log\n{n}\n{GOOD[2]}\n\n{SIGNED}\n" for n in ("", "07", "-1", "+1", "7.0", "x", "٧",
                                                             "1" * 20, " 7", "7 ")),
            *(f"log\n7\n{r}\n\n{SIGNED}\n" for r in (GOOD[2][:-1], GOOD[2] + "=", "AAAA", " " * 44,
                                                     GOOD[2][:-2] + "9=", "é" * 44)),
            *(f"log\n7\n{GOOD[2]}\n\n{s}\n" for s in ("", "log AAAAAA==", "- log AAAAAAA=", "— log",
                                                      "— log AAAA", "—  AAAAAAAA", "— l+g AAAAAAAA",
                                                      "— log AAAAAAA", f"{SIGNED}\nx")),
        ],
    )  # fmt: skip
    def test_what_is_no_checkpoint(self, note: str) -> None:
        with pytest.raises(TrackerError, match=r"^not a checkpoint: "):
            parse(note)

    def test_and_the_notes_beside_it_are(self) -> None:
        assert parse("\n".join([*GOOD, "", SIGNED, ""])).size == 7
        assert parse("\n".join([*GOOD, "an extension", "", SIGNED, ""])).text.endswith(
            "extension\n"
        )

    @pytest.mark.parametrize(
        "verifier",
        [
            "", "+", "++", "log", "log+00000000", *(ITS_KEY[:n] for n in range(len(ITS_KEY))),
            ITS_KEY.replace("golang", "golong"), ITS_KEY.replace("033de0ae", "033de0af"),
            ITS_KEY.replace("Ac4z", "Bc4z"), f"a {ITS_KEY}", ITS_KEY.replace("+Ac4", "+Ac5"),
        ],
    )  # fmt: skip
    def test_what_is_no_verifier_key(self, verifier: str) -> None:
        with pytest.raises(TrackerError, match="is not a verifier key"):
            parsed_verifier(verifier)

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b"])
    def test_a_name_that_no_key_may_have(self, name: str) -> None:
        with pytest.raises(TrackerError, match="cannot name a log"):
            verifier_key(name, bytes(32))


class TestSeal:
    def test_is_an_hmac_of_size_and_root(self, keys: LogKeys) -> None:
        data = b"tracker-checkpoint-v1" + (12).to_bytes(8) + ROOT
        assert keys.history is not None
        assert keys.mac(12, ROOT) == hmac.new(keys.history, data, hashlib.sha256).digest()

    def test_is_of_one_size_one_root_and_one_key(
        self, keys: LogKeys, chance: random.Random
    ) -> None:
        seals = [
            keys.mac(12, ROOT), keys.mac(13, ROOT), keys.mac(12, ROOT[::-1]),
            own_keys(chance).mac(12, ROOT),
        ]  # fmt: skip
        assert all(one != other for one, other in combinations(seals, 2))

    def test_is_not_made_without_the_key(self) -> None:
        with pytest.raises(TrackerError, match="history key is not here"):
            LogKeys().mac(1, ROOT)

    def test_is_no_head(self, keys: LogKeys) -> None:
        """A sealed old root holds nothing that would pass for a signature of the log cut short."""
        note = keys.note(9, ROOT)
        for data in (keys.mac(9, ROOT), keys.mac(9, ROOT) * 2):
            _, key_id, _ = parsed_verifier(str(keys.verifier))
            signature = b64encode(key_id + data).decode()
            forged = f"{note.rpartition('— ')[0]}— mappa-tracker/test {signature}\n"
            with pytest.raises(TrackerError, match="false signature"):
                verified(forged, str(keys.verifier))


class TestKeys:
    def test_show_no_secret(self, keys: LogKeys) -> None:
        assert keys.history is not None
        assert keys.history.hex() not in repr(keys)
        assert repr(keys.history) not in repr(keys)
        assert "signing" not in repr(keys)

    def test_come_from_the_secrets_of_the_key_store(self, chance: random.Random) -> None:
        seed, history = chance.randbytes(32), chance.randbytes(32)
        keys = LogKeys.from_secrets("a-log", seed, history)
        public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
        assert keys.verifier == verifier_key("mappa-tracker/a-log", public)
        assert keys.history == history


class TestFile:
    """What a witness keeps: one note after another."""

    def test_gives_its_notes(self, keys: LogKeys, chance: random.Random) -> None:
        kept = [keys.note(n, ROOT) for n in range(4)]
        kept[2] += own_keys(chance, "witness").note(2, ROOT).splitlines()[-1] + "\n"
        for between in ("", "\n", "\n\n"):
            assert list(notes(io.StringIO(between.join(kept)))) == kept
            assert list(notes(io.StringIO(between + "".join(kept) + between))) == kept

    def test_gives_them_without_a_last_line_end(self, keys: LogKeys) -> None:
        assert list(notes(io.StringIO(keys.note(1, ROOT).removesuffix("\n")))) == [
            keys.note(1, ROOT)
        ]

    def test_gives_what_is_broken_as_it_is(self, keys: LogKeys) -> None:
        good = keys.note(1, ROOT)
        split_notes = list(notes(io.StringIO(f"{good}half a note\n")))
        assert split_notes == [good, "half a note\n"]
        assert list(notes(io.StringIO("\n"))) == []
