"""What can go wrong with the demo."""


class DemoError(Exception):
    """The demo can't run. title: what; message: why, and what to do."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(f"{title} {message}")
        self.title = title
        self.message = message
