"""From the spool to DICOM servers and folders.

What speaks DICOM imports pydicom, numpy and pynetdicom, which takes as long as all the rest of a start and as much
memory: it is imported where the first DICOM destination is used (``dicom_libraries``), so that web servers and the
commands of an administrator do without it.
"""
