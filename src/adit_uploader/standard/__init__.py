"""What the DICOM standard says: elements, UIDs, character sets. Data alone, so that every room can stand on it."""
