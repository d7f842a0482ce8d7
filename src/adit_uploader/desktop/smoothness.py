"""What keeps the window moving while threads behind it work in the same interpreter."""

import gc
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

# seconds for which a thread may keep the interpreter while the window waits for it; Python's own: 0.005
SWITCH = 0.0002

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def stay_smooth() -> None:
    """To be called once, when everything is imported and the window is made."""
    sys.setswitchinterval(SWITCH)
    gc.freeze()  # modules and widgets stay: looking through them again and again finds nothing


def without_pauses(work: Callable[_Given, _Result]) -> Callable[_Given, _Result]:
    """The same work, during which nobody looks for garbage. For work that makes very many values that stay.

    A look at a hundred thousand values stops all threads for longer than a frame may take. What the work made is not
    looked through later either; it goes as soon as nobody holds it any more. Values hold no cycles.
    """

    def quietly(*arguments: _Given.args, **named: _Given.kwargs) -> _Result:
        gc.disable()
        try:
            return work(*arguments, **named)
        finally:
            gc.freeze()
            gc.enable()

    return quietly
