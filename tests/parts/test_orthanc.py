"""The Orthanc that other tests lean on does what they expect of it."""

from pathlib import Path

import pytest

from tests.parts import orthanc as part
from tests.parts.orthanc import OrthancMissingError, start_orthanc


def test_it_starts_empty_and_comes_back_on_the_same_ports(tmp_path: Path) -> None:
    with start_orthanc(tmp_path / "orthanc") as orthanc:
        assert orthanc.instances() == []
        address = orthanc.address
        orthanc.stop()
        orthanc.start()
        orthanc.kill()
        orthanc.start()
        assert orthanc.count() == 0
        assert orthanc.address == address


def test_a_missing_orthanc_names_its_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part.shutil, "which", lambda *_args, **_kwargs: None)
    with pytest.raises(OrthancMissingError, match="apt-get install orthanc"), start_orthanc(tmp_path):
        pass
