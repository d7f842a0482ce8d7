"""One running receiver for the tests that only talk to it; its policy is put back after each of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.receiver import Receiver, running_receiver
from tests.parts.tables import Tables

SET_UP = """
from pathlib import Path
from adit_receiver.models import ReceiverPolicy
from adit_receiver.standalone.people import UserWishes, set_up_folder_destination, set_up_user
data = Path({data!r})
ReceiverPolicy.objects.get_or_create(pk=1)
set_up_folder_destination("archive", data / "out")
set_up_folder_destination("private", data / "private")
for name, (modes, destinations) in {users!r}.items():
    set_up_user(UserWishes(name, data / f"token-{{name}}", "Radiology", modes, destinations))
"""
USERS = {
    "alice": (("internal", "batch", "fixed", "none"), ("archive",)),
    "bob": (("internal", "batch", "none"), ("archive",)),
    "carol": (("internal",), ("archive",)),
    "dave": (("internal", "batch"), ("archive",)),
    "frank": (("internal",), ()),
    "nobody": ((), ("archive",)),
}
"""Modes and destinations of the users; alice is the one for everything, carol's tokens get spoiled."""


@pytest.fixture(scope="session")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    """A receiver with the users above and a folder destination ``archive``."""
    data = tmp_path_factory.mktemp("receiver")
    with running_receiver(data) as started:
        # one process instead of one a user, which takes seconds each
        made = started.command("manage", "shell", "-c", SET_UP.format(data=str(data), users=USERS))
        assert made.returncode == 0, made.stderr
        yield started


@pytest.fixture(scope="session")
def token(receiver: Receiver) -> Path:
    """alice's token file."""
    return receiver.data / "token-alice"


@pytest.fixture
def tables(receiver: Receiver) -> Iterator[Tables]:
    """The running receiver's tables; the policy is put back at the end."""
    tables = Tables(receiver)
    with tables.kept_row("adit_receiver_receiverpolicy", "id = 1"):
        yield tables
