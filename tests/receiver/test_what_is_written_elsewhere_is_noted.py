"""What random conversations are watched by: it sees files that are left elsewhere, and no others."""

from pathlib import Path
from tempfile import TemporaryFile

from tests.soak.door.watching import Outside


def test_a_file_that_has_a_name_is_noted_and_one_that_vanishes_by_itself_is_not(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    outside = Outside(tmp_path / "inside")
    try:
        with TemporaryFile() as file:
            file.write(b"of large deflated files")
        (tmp_path / "inside" / "ours").write_text("")
        assert outside.places == set()
        (tmp_path / "elsewhere").write_text("")
        assert outside.places == {str(tmp_path / "elsewhere")}
    finally:
        outside.sleep()
