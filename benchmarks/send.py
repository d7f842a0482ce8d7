"""An upload until everything is durable at the receiver; its delivery is left to that.

What the command ``upload`` does, which would wait for the delivery:
``python -m benchmarks.send FOLDER URL TOKEN_FILE DESTINATION LANES [auto|on|off [CA_FILE]]``
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import journal_path, make_private
from adit_uploader.dicom.scan import scan
from adit_uploader.pseudonyms.choice import InternalChoice
from adit_uploader.transfer.line import NO_PROXY, Compression, Line
from adit_uploader.transfer.offered_profiles import offered_profiles
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.ready_lanes import ReadyLanes
from adit_uploader.transfer.zygote import begun

_COMPRESSIONS: dict[str, Compression] = {"auto": "auto", "on": "on", "off": "off"}


@dataclass(frozen=True, slots=True)
class _Job:
    folder: Path
    url: str
    token: str = field(repr=False)
    destination: str
    lanes: int


def main(words: list[str]) -> int:
    """Sends; 0 if every file is stored."""
    if not 5 <= len(words) <= 7:
        sys.stderr.write(__doc__)
        return 2
    folder, url, token_file, destination, lanes, *rest = words
    compression = _COMPRESSIONS[rest[0]] if rest else "auto"
    line = Line(proxy=NO_PROXY, compression=compression, ca_file=Path(rest[1]) if len(rest) > 1 else None)
    with begun(wire=True) as zygote, ReadyLanes(int(lanes), zygote) as ready:
        job = _Job(Path(folder), url, Path(token_file).read_text("ascii").strip(), destination, int(lanes))
        return _send(job, line, ready)


def _send(job: _Job, line: Line, ready: ReadyLanes) -> int:
    from adit_uploader.transfer.sign_in import sign_in  # noqa: PLC0415 - the copies are made before
    from adit_uploader.transfer.upload import Upload  # noqa: PLC0415

    server = ServerAddress.parse(job.url, insecure_loopback=True)
    welcome = sign_in(server, job.token, line=line)
    inventory = scan([job.folder], looking=ready.look)
    plan = make_plan(
        inventory,
        InternalChoice(welcome.department, None),
        profile=offered_profiles(welcome).get("").name,
        site_key=bytes.fromhex(welcome.site_key),
        destination=job.destination,
        policies=welcome.policies,
    )
    make_private(journal_path().parent)
    upload = Upload(
        plan,
        server,
        job.token,
        journal=journal_path(),
        lanes=job.lanes,
        line=line,
        ready=ready,
        wait_for_delivery=False,
    )
    counts = upload.run().counts
    return 0 if counts.stored == counts.found else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
