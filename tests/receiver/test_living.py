"""Leases of a killed server's connections are free at once; those of a living one are not."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from adit_receiver.errors import StorageFailedError
from adit_receiver.living import Presence, release_leases_of_dead, servers_folder, this_server
from adit_receiver.models import JobLease, UploadJob

ANNOUNCE = """
import sys
from pathlib import Path
import django
django.setup()
from adit_receiver.living import this_server
print(this_server(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""


def lease(server: str) -> JobLease:
    owner, _ = User.objects.get_or_create(username="alice")
    job = UploadJob.objects.create(id=uuid4(), owner=owner, destination_key="1", mode="none", profile="basic")
    return JobLease.objects.create(
        job=job, part="0", connection=uuid4(), server=server, until=timezone.now() + timedelta(seconds=30)
    )


@pytest.mark.django_db
def test_only_leases_of_a_killed_server_are_let_go(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", ANNOUNCE, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        alive = Presence(servers_folder(tmp_path))
        mine, theirs, unknown = lease(alive.name), lease(name), lease("")
        release_leases_of_dead(tmp_path)
        assert set(JobLease.objects.all()) == {mine, theirs, unknown}
        other.kill()
        other.wait()
        release_leases_of_dead(tmp_path)
        assert set(JobLease.objects.all()) == {mine, unknown}
    assert [path.name for path in servers_folder(tmp_path).iterdir()] == [alive.name]


def test_a_process_keeps_its_name(tmp_path: Path) -> None:
    assert this_server(tmp_path) == this_server(tmp_path)


def test_a_spool_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "servers").write_text("no folder")
    with pytest.raises(StorageFailedError):
        this_server(tmp_path)


def test_where_no_spool_was_made_no_server_makes_one(tmp_path: Path) -> None:
    # a disk that is not mounted: what is acknowledged there would be lost with the container
    with pytest.raises(StorageFailedError):
        this_server(tmp_path / "spool")
    assert not (tmp_path / "spool").exists()
