"""Limits of the wire. All sizes are bytes, all times seconds."""

VERSION = 1
SUBPROTOCOL = "adit-upload.v1"
PATH = "/ws/upload/"

CHUNK_SIZE = 256 * 1024
MAX_CHUNK_SIZE = 512 * 1024  # daphne drops what is over 1 MiB without a close frame
MAX_CONTROL_SIZE = 512 * 1024
CREDIT = 16 * 1024 * 1024  # what may be under way on one connection without an acknowledgement
ACKNOWLEDGED_OFFSET_STEP = 64 * 1024 * 1024
MAX_OFFER = 500  # instance keys a message

ACKNOWLEDGEMENT_TIMEOUT = 60.0
PING_INTERVAL = 20.0

MAX_UID_LENGTH = 64  # PS3.5 section 9.1
MAX_PATIENT_ID_LENGTH = 64  # PS3.5 section 6.2, LO
MAX_TEXT_LENGTH = 1024
