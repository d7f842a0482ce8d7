"""Receiving from workstations: a DICOM listener in a process of its own, and the folder it writes into."""
