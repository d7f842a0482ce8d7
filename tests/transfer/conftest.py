"""What the tests of this room share."""

from collections.abc import Iterator

import pytest

from tests.transfer.small_receiver import SmallReceiver, small_receiver


@pytest.fixture
def receiver() -> Iterator[SmallReceiver]:
    with small_receiver() as running:
        yield running
