"""Who we are, as the receiver and the receipt are told."""

from importlib.metadata import PackageNotFoundError, version


def _version() -> str:
    try:
        return version("adit-uploader")
    except PackageNotFoundError:  # run from a source tree that was not installed
        return "0"


VERSION = _version()
PROGRAM = f"adit-uploader/{VERSION}"
