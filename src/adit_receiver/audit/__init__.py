"""Who did what, when, and from where: entries that nobody changes, and a log line for each.

An entry names people who work here, jobs by their ids, and counts. It never holds what a client wrote: no PatientID, no
pseudonym, no UID of a study, no name of a project.
"""
