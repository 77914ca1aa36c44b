import stat
from pathlib import Path

from demo import walk_record

PEOPLE = [walk_record.SignIn("运营 ops", "/console/", "ops", "open sesame")]


def test_kept_in_an_empty_folder_is_nothing(tmp_path: Path) -> None:
    assert walk_record.load(tmp_path) is None
    assert not walk_record.was_interrupted(tmp_path)


def test_kept_after_keep_is_what_was_played(tmp_path: Path) -> None:
    played = walk_record.save(tmp_path, lines=["1 品牌入驻"], people=PEOPLE)
    assert walk_record.load(tmp_path) == played == walk_record.WalkRecord(("1 品牌入驻",), tuple(PEOPLE))


def test_keep_lets_nobody_else_read_the_passwords(tmp_path: Path) -> None:
    walk_record.save(tmp_path, lines=[], people=PEOPLE)
    written = [path for path in tmp_path.iterdir() if "open sesame" in path.read_text()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o600]


def test_interrupted_is_a_walk_that_began_and_was_not_kept(tmp_path: Path) -> None:
    walk_record.mark_started(tmp_path)
    assert walk_record.was_interrupted(tmp_path)
    walk_record.save(tmp_path, lines=[], people=[])
    assert not walk_record.was_interrupted(tmp_path)
