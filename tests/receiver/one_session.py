"""A connection's work without its socket, for tests that look at what it keeps."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import override_settings

from adit_receiver import session as session_module
from adit_receiver.accounts import SignIn, accounts, token_digest
from adit_receiver.audit.of_session import SessionAudit
from adit_receiver.conf import receiver_settings
from adit_receiver.models import Destination, Token
from adit_receiver.session import Answer, Session
from adit_receiver.site_key import make_secret
from adit_receiver.spool import Spool
from adit_uploader.protocol.chunks import Chunk
from adit_uploader.protocol.messages import Begin, Credit, End, OpenJob

from .wire_client import Made


@dataclass
class Running:
    """A session and what it has said."""

    session: Session
    said: list[Answer] = field(default_factory=list)
    job: str = ""

    def do(self, *events: Any) -> list[Answer]:
        """What it says to this; credit left out."""
        self.said.clear()
        self.session.work(events)
        return [answer for answer in self.said if not isinstance(answer, Credit)]

    def look(self) -> list[Answer]:
        self.said.clear()
        self.session.look()
        return list(self.said)

    def open(self, job: str = "", part: str = "0") -> list[Answer]:
        self.job = job or uuid4().hex
        return self.do(OpenJob(self.job, "none", "archive", "research", 1, 1, 1, part=part))


def events(file: Made, stream: int = 0) -> tuple[Begin, Chunk, End]:
    begin = Begin(
        stream,
        file.sop_instance_uid,
        file.sop_class_uid,
        file.transfer_syntax_uid,
        file.study_instance_uid,
        file.series_instance_uid,
        file.patient_id,
        len(file.data),
    )
    return begin, Chunk(stream, 0, file.data), End(stream, file.sha256)


@contextmanager
def user_at(folder: Path) -> Iterator[User]:
    """A user who may do everything, and the folder's spool; in Django's present database."""
    given = {"SPOOL": folder / "spool", "SECRET_FILE": folder / "secret"}
    with override_settings(ADIT_UPLOADER_RECEIVER=given):
        make_secret(folder / "secret")
        Spool(folder / "spool").prepare()
        user = User.objects.create(username="alice")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="can_upload"))
        Destination.objects.create(name="archive", kind="folder", folder="/nowhere").users.add(user)
        Token.objects.create(user=user, digest=token_digest("secret"))
        yield user


def start(user: User) -> Running:
    adapter = accounts()
    sign_in = adapter.sign_in("secret")
    assert isinstance(sign_in, SignIn)
    settings = receiver_settings()
    said: list[Answer] = []
    return Running(
        Session(sign_in, adapter, settings, Spool(settings.spool), said.append, SessionAudit("alice", "192.0.2.1")),
        said,
    )


def in_a_while(monkeypatch: pytest.MonkeyPatch, running: Running, seconds: float) -> None:
    """The session's clock goes ahead."""
    now = session_module.monotonic()
    monkeypatch.setattr(session_module, "monotonic", lambda: now + seconds)
