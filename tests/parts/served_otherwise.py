"""A receiver as it may be served besides ``adit-receiver serve``: by daphne, as ADIT's are, and with Procrastinate.

    python tests/parts/served_otherwise.py serve --data DIR --port N

Takes the words of ``serve``, says the same ready line, and keeps one worker, too. ``ADIT_TEST_SERVER`` and
``ADIT_RECEIVER_ENGINE`` say which server and which engine; ``pytest --server`` and ``--engine`` set them.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER = "ADIT_TEST_SERVER"
SERVERS = ("uvicorn", "daphne")
ENGINE = "ADIT_TEST_ENGINE"
ENGINES = ("embedded", "procrastinate")
PROGRAM = (sys.executable, __file__)
_NEVER = 1e9  # seconds: Procrastinate's worker does not say whenever it has looked


def asked_for() -> bool:
    """Whether the tests of this run are to be served otherwise."""
    return os.environ.get(SERVER, SERVERS[0]) != SERVERS[0] or os.environ.get(ENGINE, ENGINES[0]) != ENGINES[0]


def main() -> int:
    _, _, data, _, port = sys.argv[1:]
    daphne = os.environ.get(SERVER) == "daphne"
    if daphne:
        import daphne.server  # noqa: PLC0415 - first: it chooses Twisted's reactor
    from adit_receiver.standalone.prepare import make_folder, make_tables_and_spool  # noqa: PLC0415 - the same

    make_folder(Path(data))
    import django  # noqa: PLC0415 - its settings need the data folder

    django.setup()
    make_tables_and_spool()
    with _worker():
        return _by_daphne(int(port)) if daphne else _by_uvicorn(Path(data), int(port))


@contextmanager
def _worker() -> Iterator[None]:
    from adit_receiver.conf import receiver_settings  # noqa: PLC0415 - needs Django to be set up
    from adit_receiver.standalone.keeper import Keeper  # noqa: PLC0415

    stopping = threading.Event()
    keeper = Keeper(stopping) if receiver_settings().engine == "embedded" else Keeper(stopping, silent=_NEVER)
    thread = threading.Thread(target=keeper.run, name="worker")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def _by_uvicorn(data: Path, port: int) -> int:
    from adit_receiver.standalone.serve import serve  # noqa: PLC0415 - needs Django to be set up

    return serve(data, "127.0.0.1", port, alone=False)


def _by_daphne(port: int) -> int:
    from daphne.server import Server  # noqa: PLC0415 - only where it is wanted
    from django.db import connection  # noqa: PLC0415 - needs Django to be set up

    from adit_receiver.conf import receiver_settings  # noqa: PLC0415
    from adit_receiver.living import release_leases_of_dead  # noqa: PLC0415
    from adit_receiver.spool import Spool  # noqa: PLC0415
    from adit_receiver.standalone.asgi import application  # noqa: PLC0415
    from adit_receiver.sweep import sweep  # noqa: PLC0415

    settings = receiver_settings()
    release_leases_of_dead(settings.spool)
    sweep(Spool(settings.spool), settings.partial_days)
    connection.close()

    def ready() -> None:
        sys.stdout.write(f"adit-receiver ready at http://127.0.0.1:{port}/\n")
        sys.stdout.flush()

    Server(application, endpoints=[f"tcp:port={port}:interface=127.0.0.1"], ready_callable=ready).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
