"""Instances that were found more than once: the same one sent once, contradicting ones not at all."""

from collections.abc import Callable, Iterable
from typing import BinaryIO

from .errors import DicomError, SourceArchive, SourceError
from .folders import reason_of
from .grouping import location_key
from .inventory import Instance, LeftOut, LeftOutReason
from .source import open_location, translate
from .structure import read_structure

_BLOCK = 1024 * 1024


def without_duplicates(
    instances: Iterable[Instance], before_each: Callable[[], None]
) -> tuple[list[Instance], list[LeftOut]]:
    """The instances that are sent, and those that are not because their SOPInstanceUID occurs again.

    What lies before the data set (preamble, file meta) says who wrote the file and does not make an instance another.

    Args:
        before_each: called before each file that has to be read again.
    """
    first: dict[str, Instance] = {}
    groups: dict[str, list[Instance]] = {}  # of those that occur again, who are few
    for instance in instances:
        uid = instance.sop_instance_uid
        before = first.setdefault(uid, instance)
        if before is not instance:
            groups.setdefault(uid, [before]).append(instance)
    unique: list[Instance] = []
    left_out: list[LeftOut] = []
    for uid, instance in first.items():
        if uid not in groups:
            unique.append(instance)
        else:
            group = sorted(groups[uid], key=lambda one: location_key(one.location))
            kept, dropped = _settle(group, before_each)
            unique.extend(kept)
            left_out.extend(dropped)
    return unique, left_out


def _settle(group: list[Instance], before_each: Callable[[], None]) -> tuple[list[Instance], list[LeftOut]]:
    """One of them, if all that can still be read are the same; none, if two differ."""
    contents: list[tuple[Instance, bytes]] = []
    dropped: list[LeftOut] = []
    for instance in group:
        before_each()
        try:
            contents.append((instance, _digest(instance)))
        except SourceError as error:
            reason = LeftOutReason.ARCHIVE if isinstance(error, SourceArchive) else reason_of(error)
            dropped.append(LeftOut(instance.location, reason, error.message, instance.size))
        except DicomError as error:
            dropped.append(LeftOut(instance.location, LeftOutReason.DAMAGED, error.message, instance.size))
    if len({digest for _, digest in contents}) > 1:
        text = "Another file has the same SOPInstanceUID and other content. Nobody can say which of them is right."
        return [], [*dropped, *(_left_out(one, LeftOutReason.CONFLICT, text) for one, _ in contents)]
    text = "Another file holds the same instance, and is sent."
    dropped.extend(_left_out(one, LeftOutReason.DUPLICATE, text) for one, _ in contents[1:])
    return [one for one, _ in contents[:1]], dropped


def _left_out(instance: Instance, reason: LeftOutReason, text: str) -> LeftOut:
    return LeftOut(instance.location, reason, text, instance.size)


def _digest(instance: Instance) -> bytes:
    """SHA-256 over the transfer syntax and the data set.

    Raises:
        DicomError: the file can no longer be read as it was.
    """
    import hashlib  # noqa: PLC0415 - few searches meet a repeated instance, and all wait for what is imported

    digest = hashlib.sha256(instance.transfer_syntax_uid.encode("ascii"))
    with open_location(instance.location) as file:
        try:
            structure = read_structure(file, instance.size)
            source: BinaryIO = structure.inflated or file
            try:
                _feed(digest.update, source, structure.dataset_offset, structure.dataset_end)
            finally:
                if structure.inflated is not None:
                    structure.inflated.close()
        except OSError as error:
            raise translate(error) from None
    return digest.digest()


def _feed(update: Callable[[bytes], None], source: BinaryIO, begin: int, end: int) -> None:
    source.seek(begin)
    left = end - begin
    while left > 0 and (block := source.read(min(left, _BLOCK))):
        update(block)
        left -= len(block)
