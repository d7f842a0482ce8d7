"""``python -m tests.soak.big.window FOLDER SERVER TOKEN_FILE``: see ``watched``.

A lane imports this module again before it starts: what only the window needs is imported where it is used.
"""

import sys


def main() -> int:
    from .watched import run  # noqa: PLC0415 - see above

    return run()


if __name__ == "__main__":
    sys.exit(main())
