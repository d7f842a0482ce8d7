"""The program's own tables say what pydicom's say; regenerate them (resources/standard) where they no longer do."""

import json
import re
import subprocess
import sys
from functools import cache

from pydicom._dicom_dict import DicomDictionary
from pydicom.charset import CODES_TO_ENCODINGS, handled_encodings, python_encoding
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MediaStorageDirectoryStorage,
)

from adit_uploader.standard import uids
from adit_uploader.standard.characters import CODECS, ESCAPED_CODECS, ESCAPES
from adit_uploader.standard.elements import ELEMENTS, sequences
from adit_uploader.standard.words import standard_words


@cache
def shipped_uids() -> dict[str, tuple[str, str]]:
    """Name and kind by UID as pydicom ships them; in a process of its own, since pynetdicom adds to the dictionary."""
    program = "import json; from pydicom._uid_dict import UID_dictionary; print(json.dumps(UID_dictionary))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {uid: (entry[0], entry[1]) for uid, entry in json.loads(done.stdout).items()}


def test_every_element_has_its_vr_and_keyword() -> None:
    assert {tag: (entry[0], entry[4]) for tag, entry in DicomDictionary.items()} == ELEMENTS
    assert {tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ"} == sequences()


def test_every_uid_has_its_name_and_kind() -> None:
    assert shipped_uids() == uids.UIDS


def test_the_words_are_those_of_all_names() -> None:
    names = [entry[2] for entry in DicomDictionary.values()] + [name for name, _ in shipped_uids().values()]
    assert standard_words() == {word.lower() for name in names for word in re.findall(r"[^\W_]+", name)}


def test_the_character_sets_are_the_same() -> None:
    assert python_encoding == CODECS
    assert ESCAPES == CODES_TO_ENCODINGS
    assert frozenset(handled_encodings) == ESCAPED_CODECS


def test_the_named_uids_are_the_right_ones() -> None:
    named = (
        (uids.IMPLICIT_LITTLE, ImplicitVRLittleEndian),
        (uids.EXPLICIT_LITTLE, ExplicitVRLittleEndian),
        (uids.EXPLICIT_BIG, ExplicitVRBigEndian),
        (uids.DEFLATED, DeflatedExplicitVRLittleEndian),
        (uids.MEDIA_DIRECTORY, MediaStorageDirectoryStorage),
    )
    for ours, theirs in named:
        assert ours == str(theirs)
    assert uids.is_transfer_syntax(uids.DEFLATED)
    assert not uids.is_transfer_syntax(uids.MEDIA_DIRECTORY)
    assert not uids.is_transfer_syntax("1.2.3")
