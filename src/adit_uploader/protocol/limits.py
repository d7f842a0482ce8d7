"""Limits of the wire. All sizes are bytes, all times seconds."""

VERSION = 1
SUBPROTOCOL = "adit-upload.v1"
PATH = "/ws/upload/"

ZSTD = "zstd"  # feature: chunks may be compressed

CHUNK_SIZE = 256 * 1024
MAX_CHUNK_SIZE = 512 * 1024  # daphne drops what is over 1 MiB without a close frame
MAX_CONTROL_SIZE = 512 * 1024
CREDIT = 16 * 1024 * 1024  # what may be under way on one connection without an acknowledgement
MAX_CHUNKS = 4096  # chunks under way on one connection: each uses up at least such a part of the credit
ACKNOWLEDGED_OFFSET_STEP = 64 * 1024 * 1024
MAX_OFFER = 500  # instance keys a message
MAX_OPEN_STREAMS = 256  # instances begun and not answered, on one connection
MAX_REQUESTS = 32  # requests without an answer, on one connection
MAX_WATCHED = 100  # jobs watched on one connection
MAX_LISTED = 100_000  # tasks or jobs in one list, all its pages together
PAGE_SIZE = 256 * 1024  # bytes of a page's items

MAX_SIZE = 2**53 - 1  # largest integer that every JSON reader keeps exact (RFC 8259 section 6)
MAX_STREAM = 2**32 - 1

ACKNOWLEDGEMENT_TIMEOUT = 60.0
PING_INTERVAL = 20.0

MAX_UID_LENGTH = 64  # PS3.5 section 9.1
MAX_PATIENT_ID_LENGTH = 64  # PS3.5 section 6.2, LO
MAX_TEXT_LENGTH = 1024
SITE_PROFILES = "site-profiles"  # feature: profiles of the receiver's own
MAX_PROFILE_LENGTH = 32 * 1024  # characters of the file of a profile of a site's own
MAX_SITE_PROFILES = 6  # in one welcome
