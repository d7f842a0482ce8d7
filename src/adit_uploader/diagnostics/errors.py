"""What can go wrong with the diagnostic bundle.

DiagnosticsError
└── BundleNotWritten        the file can't be written
"""


class DiagnosticsError(Exception):
    """title: what; message: why, and what to do; both for people."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message


class BundleNotWritten(DiagnosticsError):
    def __init__(self, why: str) -> None:
        super().__init__("The diagnostic information can't be saved", why)
