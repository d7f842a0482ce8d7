"""Who counts jobs for the admin section."""

from collections.abc import Callable
from typing import NamedTuple


class JobStats(NamedTuple):
    job_name: str
    url_name: str
    counts: dict[str, int]


job_stats_collectors: list[Callable[[], JobStats]] = []


def register_job_stats_collector(collector: Callable[[], JobStats]) -> None:
    job_stats_collectors.append(collector)
