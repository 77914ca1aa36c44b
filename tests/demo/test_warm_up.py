import stat
from pathlib import Path

from demo import warm_up

PEOPLE = [warm_up.SignIn("运营 ops", "/console/", "ops", "open sesame")]


def test_kept_in_an_empty_folder_is_nothing(tmp_path: Path) -> None:
    assert warm_up.kept(tmp_path) is None
    assert not warm_up.interrupted(tmp_path)


def test_kept_after_keep_is_what_was_played(tmp_path: Path) -> None:
    played = warm_up.keep(tmp_path, lines=["1 品牌入驻"], people=PEOPLE)
    assert warm_up.kept(tmp_path) == played == warm_up.Played(("1 品牌入驻",), tuple(PEOPLE))


def test_keep_lets_nobody_else_read_the_passwords(tmp_path: Path) -> None:
    warm_up.keep(tmp_path, lines=[], people=PEOPLE)
    written = [path for path in tmp_path.iterdir() if "open sesame" in path.read_text()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in written] == [0o600]


def test_interrupted_is_a_walk_that_began_and_was_not_kept(tmp_path: Path) -> None:
    warm_up.begin(tmp_path)
    assert warm_up.interrupted(tmp_path)
    warm_up.keep(tmp_path, lines=[], people=[])
    assert not warm_up.interrupted(tmp_path)
