"""What lies on disk: scan folders, recognise DICOM, group it, split header from pixels."""
