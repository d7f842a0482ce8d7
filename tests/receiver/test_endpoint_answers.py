"""What a session says too late, because something else has answered it meanwhile, is not said."""

import pytest

from adit_receiver.endpoint import _say
from adit_uploader.protocol.codes import RefusalCode
from adit_uploader.protocol.errors import LocalProtocolError
from adit_uploader.protocol.messages import Cancel, Failed, Tasks, Watch
from tests.protocol.pair import OTHER_JOB, Pair


@pytest.fixture
def pair() -> Pair:
    """The client watches a job and knows how it is."""
    pair = Pair().greet()
    pair.client.watch(OTHER_JOB)
    pair.settle()
    _say(pair.server, Tasks(OTHER_JOB, "IP", ()))
    pair.settle()
    return pair


@pytest.mark.parametrize("request_", [Watch(OTHER_JOB), Cancel(OTHER_JOB)])
def test_a_request_that_news_have_answered_is_not_refused_as_well(pair: Pair, request_: Watch | Cancel) -> None:
    pair.client.watch(OTHER_JOB) if isinstance(request_, Watch) else pair.client.cancel(OTHER_JOB)
    pair.settle()
    _say(pair.server, Tasks(OTHER_JOB, "CA", ()))
    _say(pair.server, Failed(RefusalCode.JOB_CLOSED, request=type(request_).__name__))
    _, events = pair.settle()
    assert events == [Tasks(OTHER_JOB, "CA", ())]


def test_a_request_without_an_answer_is_refused(pair: Pair) -> None:
    pair.client.watch(OTHER_JOB)
    pair.settle()
    refusal = Failed(RefusalCode.JOB_CLOSED, request="Watch")
    _say(pair.server, refusal)
    assert pair.settle()[1] == [refusal]


def test_a_refusal_of_what_nobody_asked_is_a_fault(pair: Pair) -> None:
    with pytest.raises(LocalProtocolError, match="no request"):
        _say(pair.server, Failed(RefusalCode.JOB_CLOSED, request="Finish"))
