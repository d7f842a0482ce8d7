"""What a lane has in hand, for the case that it ends over it."""

import mmap
import multiprocessing
import os
import struct
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_NUMBER = struct.Struct("q")  # the instance's number and one; 0: nothing is in hand


def shared_memory() -> int:
    """A file descriptor of memory for one of these, that another process can be given. On Linux."""
    fd = os.memfd_create("in-hand")
    os.ftruncate(fd, _NUMBER.size)
    return fd


class InHand:
    """A number in memory that a lane shares with the program: the lane writes it for every instance, the program reads
    it when the lane has ended by itself. Nobody is woken by it, and it is there even after a crash.
    """

    __slots__ = ("_memory",)

    def __init__(self, memory: "WriteableBuffer") -> None:
        self._memory = memory

    @classmethod
    def behind(cls, fd: int) -> Self:
        """In the memory behind a file descriptor of ``shared_memory``. The descriptor is not needed any longer."""
        return cls(mmap.mmap(fd, _NUMBER.size))

    @classmethod
    def for_a_new_process(cls) -> Self:
        """For a process that is spawned, which takes it among its arguments. On every system."""
        return cls(multiprocessing.get_context("spawn").RawArray("B", _NUMBER.size))

    def __reduce__(self) -> "tuple[type[InHand], tuple[WriteableBuffer]]":
        return InHand, (self._memory,)

    @property
    def number(self) -> int | None:
        """The instance in hand; None if there is none."""
        found: int = _NUMBER.unpack_from(self._memory)[0]
        return found - 1 if found else None

    def take(self, number: int) -> None:
        """If the process ends by itself from now on, this instance is the suspect."""
        _NUMBER.pack_into(self._memory, 0, number + 1)

    def let_go(self) -> None:
        """The lane is through with it."""
        _NUMBER.pack_into(self._memory, 0, 0)
