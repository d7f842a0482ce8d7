"""What the window asks screen readers to say by itself: one line each, after a first one that says that we listen.

Runs under the system's own Python, as screen_reader.py does, and beside it: that one answers, this one waits.
"""

import sys

import pyatspi


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main():
    pyatspi.Registry.registerEventListener(
        lambda event: say(str(event.any_data).replace("\n", " ")), "object:announcement"
    )
    say("listening")
    pyatspi.Registry.start()


main()
