"""The forwarding worker as a child of ``serve``: ends when its parent ends, however that happens.

Its standard input is a pipe that the parent holds open and never writes to; when the parent dies, even by SIGKILL,
the system closes it. To its standard output, which the parent reads, it writes a byte whenever it has looked for work.
"""

import os
import signal
import sys
import threading

from django.core.management import execute_from_command_line

_LAST_SECONDS = 20.0


def _watch_parent() -> None:
    while os.read(sys.stdin.fileno(), 1):
        continue
    os.kill(os.getpid(), signal.SIGTERM)  # the worker ends what it has begun
    threading.Event().wait(_LAST_SECONDS)
    os._exit(1)  # it did not: its leases run out


def main() -> None:
    threading.Thread(target=_watch_parent, name="parent", daemon=True).start()
    execute_from_command_line(["adit-receiver", "forward", "--alive-fd", str(sys.stdout.fileno())])


if __name__ == "__main__":
    main()
