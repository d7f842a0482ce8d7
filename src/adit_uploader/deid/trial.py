"""The clinical trial that results belong to."""

from adit_uploader.values import dataclass


@dataclass(frozen=True, slots=True)
class Trial:
    """The clinical trial that the results belong to: (0012,0020) and (0012,0021) of every result, '' for none."""

    protocol_id: str = ""
    protocol_name: str = ""


NO_TRIAL = Trial()
