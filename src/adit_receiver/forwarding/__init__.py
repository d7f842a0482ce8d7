"""From the spool to DICOM servers and folders."""
