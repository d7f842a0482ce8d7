"""The whole run without a server: de-identified files into a folder."""

from collections.abc import Callable
from pathlib import Path

from .events import Event
from .plan import UploadPlan
from .receipt import Receipt
from .upload import ignore


class LocalRun:
    """De-identify a plan into ``out``: ``<new study>/<new series>/<new instance>.dcm``, each written atomically.

    A file that is there already with the same bytes is fine; with other bytes it is a refusal and stays.
    """

    def __init__(
        self,
        plan: UploadPlan,
        out: Path,
        *,
        lanes: int = 2,
        key_list: Path | None = None,
        on_event: Callable[[Event], None] = ignore,
    ) -> None:
        """
        Args:
            key_list: .csv or .xlsx, written before the first file; None: none is written.
            on_event: called in the thread of ``run``, about ten times a second.
        """

    def run(self) -> Receipt:
        """Do it; blocks.

        Raises:
            TransferError: nothing was written: OutputNotWritable, KeyListNotWritten.
        """
        raise NotImplementedError

    def cancel(self) -> None:
        """End ``run`` within some seconds, from any thread. What was written stays."""
