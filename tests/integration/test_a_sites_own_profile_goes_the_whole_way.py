"""A receiver's own profile: added by its command, given to the program, carried out, checked at the door, delivered."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydicom import dcmread

from adit_uploader.account.servers import ServerAddress
from adit_uploader.deid.profile_file import read_profile
from adit_uploader.dicom.scan import scan
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.errors import JobRefused
from adit_uploader.transfer.events import Event, ProfileChanged
from adit_uploader.transfer.offered_profiles import offered_profiles
from adit_uploader.transfer.plan import UploadPlan, make_plan
from adit_uploader.transfer.receipt import Receipt
from adit_uploader.transfer.sign_in import sign_in
from adit_uploader.transfer.upload import Upload
from tests.deid.site_profiles import rule, text_of
from tests.parts.program import Machine
from tests.parts.receiver import Receiver, running_receiver
from tests.transfer.studies import write_studies

NAME = "heart-study"
KEPT = rule("PatientBirthDate", "keep")


def text(version: int, *rules: dict[str, str]) -> str:
    return text_of(KEPT, *rules, name=NAME, version=version)


@dataclass
class Place:
    """A running receiver with a folder destination, and a user."""

    receiver: Receiver
    archive: Path
    files: Path

    @property
    def server(self) -> ServerAddress:
        return ServerAddress.parse(self.receiver.url, insecure_loopback=True)

    def token_file(self) -> Path:
        return self.receiver.user("ada", destinations=("Archive",))

    def add(self, content: str, *options: str) -> tuple[int, str]:
        path = self.files / "ours.toml"
        path.write_text(content, encoding="utf-8")
        done = self.receiver.command("profile", str(path), *options)
        return done.returncode, done.stdout + done.stderr

    def plan(self, folder: Path, welcome: Welcome, name: str = "") -> UploadPlan:
        profile = offered_profiles(welcome).get(name)
        return make_plan(
            scan([folder]),
            InternalChoice(welcome.department),
            profile=profile.name,
            site_profile=profile if profile.site else None,
            site_key=bytes.fromhex(welcome.site_key),
            destination="Archive",
            policies=welcome.policies,
        )

    def run(self, plan: UploadPlan, home: Path, token: str, events: list[Event] | None = None) -> Receipt:
        heard = events if events is not None else []
        return Upload(plan, self.server, token, journal=home / "journal.sqlite", on_event=heard.append).run()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "archive").mkdir()
    with running_receiver(tmp_path / "data") as receiver:
        receiver.destination("Archive", "--folder", str(tmp_path / "archive"))
        yield Place(receiver, tmp_path / "archive", tmp_path)


def test_the_program_sends_by_the_receivers_own_profile(place: Place, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "computer")
    folder = write_studies(tmp_path / "in", patients=1, series=1, instances=3)
    born = dcmread(next(folder.rglob("*.dcm"))).PatientBirthDate
    status, told = place.add(text(1), "--preferred")
    assert status == 0
    assert "Identifiers that it keeps: (0010,0030) PatientBirthDate" in told

    done = machine.run(
        "upload",
        folder,
        *("--server", place.receiver.url, "--insecure-loopback", "--token-file", place.token_file()),
        *("--destination", "Archive", "--mode", "internal", "--report", tmp_path / "report.json"),
    )
    assert done.returncode == 0, done.stderr
    assert "This profile keeps identifiers: (0010,0030) PatientBirthDate." in done.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    digest = read_profile(text(1)).digest
    assert (report["profile"], report["profile_hash"], report["versions"]["profile"]) == (NAME, digest, 1)
    assert report["keeps_identifiers"] == ["(0010,0030) PatientBirthDate"]
    delivered = [dcmread(path) for path in place.archive.rglob("*") if path.is_file()]
    assert len(delivered) == 3
    for ds in delivered:
        assert ds.PatientBirthDate == born
        assert f"profile hash {digest[:16]}" in ds.DeidentificationMethod

    refused = machine.run(
        "upload",
        folder,
        *("--server", place.receiver.url, "--insecure-loopback", "--token-file", place.token_file()),
        *("--destination", "Archive", "--mode", "internal", "--profile", "basic"),
    )
    assert refused.returncode == 1
    assert "does not allow the de-identification profile basic. Allowed: heart-study, research." in refused.stderr


def test_the_command_names_every_mistake_of_a_file(place: Place) -> None:
    status, told = place.add(text(1).replace("PatientBirthDate", "PatientID") + "\n[[rule]]\n")
    assert status == 1
    assert "ours.toml, line 7, element: no rule can be made for (0010,0020) PatientID" in told
    assert "ours.toml, line 11, action: the key is missing" in told


def test_another_content_needs_another_version(place: Place) -> None:
    assert place.add(text(2))[0] == 0
    assert place.add(text(2))[0] == 0  # the same again
    status, told = place.add(text(2, rule("StudyID", "remove")))
    assert (status, "count the version up" in told) == (1, True)
    assert place.add(text(1))[0] == 1
    assert place.add(text(3, rule("StudyID", "remove")))[0] == 0


def test_a_profile_that_changed_is_noticed_and_named(place: Place, tmp_path: Path) -> None:
    folder = write_studies(tmp_path / "in", patients=1, series=1, instances=3)
    place.add(text(1), "--preferred")
    token = place.token_file().read_text().strip()
    plan = place.plan(folder, sign_in(place.server, token))
    upload = Upload(plan, place.server, token, journal=tmp_path / "home" / "journal.sqlite")
    upload.pause()
    upload.run()

    place.add(text(2, rule("StudyID", "remove")), "--preferred")
    with pytest.raises(JobRefused) as caught:  # planned by what is no longer offered
        place.run(plan, tmp_path / "home", token)
    assert caught.value.code == "profile-changed"
    assert "(version 1, hash" in caught.value.message
    assert "now version 2" in caught.value.message

    events: list[Event] = []
    receipt = place.run(place.plan(folder, sign_in(place.server, token)), tmp_path / "home", token, events)
    assert receipt.complete
    assert not receipt.resumed
    [changed] = [event for event in events if isinstance(event, ProfileChanged)]
    assert (changed.name, changed.job, changed.before) == (NAME, upload.job, plan.profile_hash)


def test_the_door_takes_no_file_of_another_hash(place: Place, tmp_path: Path) -> None:
    """A client that names the profile that it should have, and de-identifies by another one."""
    folder = write_studies(tmp_path / "in", patients=1, series=1, instances=2)
    place.add(text(1), "--preferred")
    token = place.token_file().read_text().strip()
    plan = place.plan(folder, sign_in(place.server, token))
    assert plan.site_profile is not None
    assert plan.site_profile.site is not None
    forged = read_profile(text(1, rule("InstitutionName", "keep")))
    assert forged.site is not None
    lying = replace_site(plan, forged)
    receipt = place.run(lying, tmp_path / "home", token)
    assert receipt.counts.stored == 0
    assert {item.code for item in receipt.items} == {"profile"}


def replace_site(plan: UploadPlan, forged: object) -> UploadPlan:
    """The plan with another profile that says that it has the first one's hash."""
    site = replace(forged.site, digest=plan.profile_hash)  # type: ignore[attr-defined]
    kept = replace(forged, site=site)  # type: ignore[type-var]
    return replace(plan, site_profile=kept)
