"""Rows for pictures and tests of the receiver's pages: users, and a job in each state. Run where Django is set up:

adit-receiver manage shell -c "exec(open('.../page_specimens.py').read()); make_specimens(PASSWORD)"
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import Permission, User

from adit_receiver.accounts import token_digest
from adit_receiver.models import (
    Destination,
    Forward,
    ReceiverPolicy,
    StoredInstance,
    Token,
    UploadJob,
    UploadTask,
    UserProfile,
)

BEGAN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
JOBS = (
    # state, mode, project, announced images, studies of (state, delivered, waiting, failed, message)
    ("SU", "internal", "Liver MR follow-up", 84, (("SU", 42, 0, 0, ""), ("SU", 42, 0, 0, ""))),
    ("IP", "batch", "Lung screening 2026", 120, (("IP", 31, 17, 0, ""), ("PE", 0, 12, 0, ""))),
    (
        "WA",
        "internal",
        "Stroke registry",
        30,
        (
            ("SU", 20, 0, 0, ""),
            ("FA", 0, 0, 10, "10 of 10 instances were not delivered. The destination refused it: Refused (0x0122)."),
        ),
    ),
    (
        "PE",
        "fixed",
        "",
        12,
        (
            (
                "PE",
                0,
                12,
                0,
                "Waiting for destination PACS: nobody answers at 10.1.2.3:104; next try at 2026-11-20 10:12:00 UTC.",
            ),
        ),
    ),
    (
        "FA",
        "none",
        "Teaching collection with an exceptionally long name that has to wrap somewhere",
        6,
        (("FA", 0, 0, 6, "6 of 6 instances were not delivered. The destination was deleted."),),
    ),
    ("CA", "internal", "Knee trial", 9, (("CA", 0, 0, 0, ""),)),
)


def make_specimens(password: str) -> None:
    """olga has uploaded everything that there is; rita has just begun; chief administers."""
    ReceiverPolicy.objects.get_or_create(pk=1)
    pacs, _ = Destination.objects.get_or_create(
        name="PACS", defaults={"kind": "dicom", "ae_title": "PACS", "host": "127.0.0.1", "port": 104}
    )
    rights = Permission.objects.filter(codename__startswith="can_upload")
    users = {}
    for name in ("olga", "rita", "chief"):
        user = users[name] = User(username=name, is_staff=name == "chief", is_superuser=name == "chief")
        user.set_password(password)
        user.save()
        user.user_permissions.set(rights)
        pacs.users.add(user)
        UserProfile.objects.create(user=user, department="Radiology")
    for number, facts in enumerate(JOBS):
        _make_job(users["olga"], pacs, number, *facts)
    for name, days, revoked in (("Reading room 7", 60, None), ("Old laptop", 10, BEGAN), ("Research server", -3, None)):
        Token.objects.create(
            user=users["olga"],
            name=name,
            digest=token_digest(name),
            created=BEGAN - timedelta(days=30),
            expires=datetime.now(UTC) + timedelta(days=days),
            last_used=BEGAN,
            revoked=revoked,
        )


def _make_job(owner, destination, number, *facts):
    state, mode, project, announced, studies = facts
    created = BEGAN - timedelta(hours=7 * number)
    final = state in {"SU", "WA", "FA"}
    job = UploadJob.objects.create(
        id=UUID(hashlib.sha256(str(number).encode()).hexdigest()[:32]),
        owner=owner,
        destination_key=str(destination.pk),
        destination_name="PACS",
        mode=mode,
        profile="research",
        project_name=project,
        trial_protocol_id="LSC-26" if number == 1 else "",
        instances=announced,
        state=state,
        message="Canceled by its owner." if state == "CA" else "",
        created=created,
        started=created + timedelta(seconds=4),
        ended=created + timedelta(minutes=3) if final else None,
        finished_by_client=created + timedelta(minutes=2) if final else None,
        client_counts=dict.fromkeys(("found", "sent", "stored"), announced) | {"refused": 0, "held": 0, "left_out": 2}
        if final
        else {},
    )
    for place, (task_state, delivered, waiting, failed, message) in enumerate(studies):
        name = f"{number}/{place}"
        pseudonym = {"none": "4711-0815", "fixed": "STUDY-007", "batch": f"LSC-{place:04}"}.get(mode)
        task = UploadTask.objects.create(
            job=job,
            patient_id=pseudonym or hashlib.sha3_256(name.encode()).hexdigest(),
            study_instance_uid=_uid(name),
            state=task_state,
            message=message,
            log="".join(
                f"2026-11-20 09:33:0{line} {_uid(f'{name}/{line}')}: failed. The destination refused it: Refused.\n"
                for line in range(min(failed, 9))
            ),
            attempts=1 if delivered or failed else 0,
            created=created,
            started=created if delivered or failed else None,
            ended=created + timedelta(minutes=3) if final else None,
        )
        later = datetime.now(UTC) + timedelta(minutes=10)  # no worker takes it before that
        for state_of_it, count in (("delivered", delivered), ("waiting", waiting), ("failed", failed)):
            for each in range(count):
                instance = StoredInstance.objects.create(
                    job=job,
                    task=task,
                    sop_instance_uid=_uid(f"{name}/{state_of_it}/{each}"),
                    series_instance_uid=_uid(f"{name}/series"),
                    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
                    transfer_syntax_uid="1.2.840.10008.1.2.1",
                    length=1,
                    digest="0" * 64,
                )
                Forward.objects.create(instance=instance, state=state_of_it, next_try=later)


def _uid(name: str) -> str:
    return f"2.25.{int(hashlib.sha256(name.encode()).hexdigest()[:32], 16)}"
