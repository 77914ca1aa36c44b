import stat
from pathlib import Path

from demo import walk_record

PEOPLE = [walk_record.SignIn("运营 ops", "/console/", "ops", "open sesame")]


def test_load_of_an_empty_folder_returns_nothing(tmp_path: Path) -> None:
    assert walk_record.load(tmp_path) is None
    assert not walk_record.was_interrupted(tmp_path)


def test_load_returns_the_saved_record(tmp_path: Path) -> None:
    played = walk_record.save(tmp_path, lines=["1 品牌入驻"], people=PEOPLE)
    assert walk_record.load(tmp_path) == played == walk_record.WalkRecord(("1 品牌入驻",), tuple(PEOPLE))


def test_save_keeps_the_passwords_from_other_users(tmp_path: Path) -> None:
    walk_record.save(tmp_path, lines=[], people=PEOPLE)
    written = [path for path in tmp_path.iterdir() if "open sesame" in path.read_text()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o600]


def test_was_interrupted_until_the_record_is_saved(tmp_path: Path) -> None:
    walk_record.mark_started(tmp_path)
    assert walk_record.was_interrupted(tmp_path)
    walk_record.save(tmp_path, lines=[], people=[])
    assert not walk_record.was_interrupted(tmp_path)
