"""The receiver's own profiles: who is told of them, what a job may name, and how an administrator adds one."""

from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from adit_receiver.accounts import Target
from adit_receiver.errors import AccessDeniedError, ProfileNotAddedError
from adit_receiver.jobs import check_opening
from adit_receiver.models import ReceiverPolicy, SiteProfile
from adit_receiver.site_profiles import add_profile, offered_profile, offered_profiles
from adit_uploader.deid.profile_file import read_profile
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.limits import MAX_SITE_PROFILES
from adit_uploader.protocol.messages import OpenJob
from tests.deid.site_profiles import rule, text_of

pytestmark = pytest.mark.django_db
OURS = text_of(rule("PatientBirthDate", "keep"), name="heart-study")
NEXT = text_of(rule("PatientBirthDate", "shift"), name="heart-study", version=2)


def asked(profile: str, digest: str = "") -> OpenJob:
    return OpenJob(uuid4().hex, "internal", "Archive", profile, 1, 1, 1, profile_hash=digest)


def answer(job: OpenJob, policy: ReceiverPolicy | None = None) -> str:
    """'' if the job is taken, else the code."""
    targets = [Target("1", "Archive", "folder", True)]
    try:
        check_opening(
            job,
            permissions={"adit_receiver.can_upload_internal"},
            destinations=targets,
            policy=policy or ReceiverPolicy(pk=1),
        )
    except AccessDeniedError as error:
        return str(error.code)
    return ""


def test_a_job_is_taken_by_name_and_hash_of_what_is_offered_now() -> None:
    row = add_profile(OURS)
    assert row.keeps == ["(0010,0030) PatientBirthDate"]
    assert answer(asked("heart-study", row.digest)) == ""
    for job in (asked("heart-study"), asked("heart-study", "0" * 64), asked("other", row.digest)):
        assert answer(job) == RefusalCode.PROFILE
    assert answer(asked("research", row.digest)) == RefusalCode.PROFILE
    assert answer(asked("research")) == ""

    newer = add_profile(NEXT)
    assert answer(asked("heart-study", row.digest)) == RefusalCode.PROFILE
    assert answer(asked("heart-study", newer.digest)) == ""
    assert [one.version for one in offered_profiles()] == [2]


def test_built_in_profiles_can_be_forbidden_as_a_whole() -> None:
    row = add_profile(OURS, preferred=True)
    policy = ReceiverPolicy(pk=1, only_site_profiles=True)
    assert answer(asked("research"), policy) == RefusalCode.PROFILE
    assert answer(asked("heart-study", row.digest), policy) == ""


def test_a_text_that_this_version_reads_otherwise_is_not_offered() -> None:
    row = add_profile(OURS)
    SiteProfile.objects.filter(pk=row.pk).update(digest="0" * 64)
    assert offered_profiles() == []
    assert offered_profile("heart-study", "0" * 64) is None


def test_no_more_are_offered_than_a_welcome_holds() -> None:
    for number in range(MAX_SITE_PROFILES):
        add_profile(text_of(name=f"study-{number}"))
    with pytest.raises(ProfileNotAddedError):
        add_profile(OURS)
    add_profile(text_of(name="study-0", version=2))  # takes the place of its earlier version


def test_only_one_is_preferred() -> None:
    add_profile(OURS, preferred=True)
    add_profile(text_of(name="other"), preferred=True)
    assert [row.name for row in offered_profiles()] == ["other", "heart-study"]
    assert SiteProfile.objects.filter(preferred=True).count() == 1


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


def test_the_admin_page_takes_a_profile_as_browsers_send_it(admin: Client) -> None:
    page = reverse("admin:adit_receiver_siteprofile_add")
    said = admin.post(page, {"text": OURS.replace("\n", "\r\n"), "preferred": "on"})
    assert said.status_code == 302
    row = SiteProfile.objects.get()
    assert (row.name, row.version, row.preferred, row.offered) == ("heart-study", 1, True, True)
    assert (row.digest, row.text) == (read_profile(OURS).digest, OURS.strip())


def test_the_admin_page_names_every_mistake_with_its_line(admin: Client) -> None:
    page = reverse("admin:adit_receiver_siteprofile_add")
    wrong = OURS.replace("PatientBirthDate", "PatientID") + "[[rule]]\n"
    said = admin.post(page, {"text": wrong}).content.decode()
    assert "line 7, element: no rule can be made for (0010,0020) PatientID" in said
    assert "line 10, reason: the key is missing" in said
    assert SiteProfile.objects.count() == 0


def test_a_profile_is_withdrawn_and_never_changed(admin: Client) -> None:
    row = add_profile(OURS, preferred=True)
    listed = reverse("admin:adit_receiver_siteprofile_changelist")
    admin.post(listed, {"action": "withdraw", "_selected_action": [row.pk]})
    assert offered_profiles() == []
    admin.post(listed, {"action": "offer", "_selected_action": [row.pk]})
    assert [one.name for one in offered_profiles()] == ["heart-study"]
    changing = reverse("admin:adit_receiver_siteprofile_change", args=[row.pk])
    assert admin.post(changing, {"text": NEXT}).status_code == 403
