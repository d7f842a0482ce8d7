"""A receiver as ADIT serves one: daphne around the same application, without a worker.

    python tests/parts/daphne_receiver.py serve --data DIR --port N

Takes the words of ``adit-receiver serve`` and says the same ready line, so that ``Receiver.program`` can be it.
"""

import sys
from pathlib import Path

from daphne.server import Server  # first: it chooses Twisted's reactor

from adit_receiver.standalone.prepare import make_folder, make_tables_and_spool

PROGRAM = (sys.executable, __file__)


def main() -> None:
    _, _, data, _, port = sys.argv[1:]
    make_folder(Path(data))
    import django  # noqa: PLC0415 - its settings need the data folder

    django.setup()
    make_tables_and_spool()
    from adit_receiver.standalone.asgi import application  # noqa: PLC0415 - the same

    def ready() -> None:
        sys.stdout.write(f"adit-receiver ready at http://127.0.0.1:{port}/\n")
        sys.stdout.flush()

    Server(application, endpoints=[f"tcp:port={port}:interface=127.0.0.1"], ready_callable=ready).run()


if __name__ == "__main__":
    main()
