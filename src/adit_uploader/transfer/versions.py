"""Who we are, as the receiver and the receipt are told."""

from adit_uploader import __version__

VERSION = __version__
PROGRAM = f"adit-uploader/{VERSION}"
