"""What can end any run, with a server or without."""

from .receipt import Problem

CRASHING = Problem(
    "The upload can't go on", "The program's worker processes end again and again. Restart the computer and try again."
)
NOTHING = Problem("There is nothing to send", "Nothing of what was found can be sent. The reasons are listed.")
