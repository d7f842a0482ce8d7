"""What can end a run, with a server or without."""

from .receipt import Problem

CRASHING = Problem(
    "The upload can't go on", "The program's worker processes end again and again. Restart the computer and try again."
)
NOTHING = Problem("There is nothing to send", "Nothing of what was found can be sent. The reasons are listed.")
NOT_TOLD = Problem(
    "The server could not be told",
    "The upload was stopped here, but the server did not answer. What it has already stored may still be delivered; "
    "cancel the job on the server's page.",
)
NOT_NOTED = Problem(
    "The end of the upload could not be written down",
    "The upload has come to its end at the server, but the program's journal on this computer could not be written: "
    "there the upload still counts as open. Check the free space and the rights of the program's data folder, then "
    "give the same upload again; it sends nothing twice and closes it.",
)
