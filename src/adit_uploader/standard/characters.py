"""Character sets: PS3.3 section C.12.1.1.2 (the defined terms), PS3.5 section 6.1 (escape sequences)."""

from collections.abc import Mapping
from types import MappingProxyType

_SINGLE_BYTE = {
    "100": "latin_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "126": "iso_ir_126",  # Greek
    "127": "iso_ir_127",  # Arabic
    "138": "iso_ir_138",  # Hebrew
    "144": "iso_ir_144",  # Russian
    "148": "iso_ir_148",  # Turkish
    "166": "iso_ir_166",  # Thai
    "13": "shift_jis",
}

CODECS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("", "ISO_IR 6", "ISO 2022 IR 6"), "iso8859"),
        **{f"ISO_IR {number}": codec for number, codec in _SINGLE_BYTE.items()},
        **{f"ISO 2022 IR {number}": codec for number, codec in _SINGLE_BYTE.items()},
        "ISO 2022 IR 87": "iso2022_jp",
        "ISO 2022 IR 149": "euc_kr",
        "ISO 2022 IR 159": "iso2022_jp_2",
        "ISO 2022 IR 58": "iso_ir_58",
        "ISO_IR 192": "UTF8",
        "GB18030": "GB18030",
        "GBK": "GBK",
        "ISO 2022 GBK": "GBK",  # of CP-1234, as the next one
        "ISO 2022 58": "GB2312",
    }
)
"""Defined term -> Python's codec."""

ESCAPES: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x1b(B": "iso8859",
        b"\x1b-A": "latin_1",
        b"\x1b)I": "shift_jis",
        b"\x1b(J": "shift_jis",
        b"\x1b$B": "iso2022_jp",
        b"\x1b-B": "iso8859_2",
        b"\x1b-C": "iso8859_3",
        b"\x1b-D": "iso8859_4",
        b"\x1b-F": "iso_ir_126",
        b"\x1b-G": "iso_ir_127",
        b"\x1b-H": "iso_ir_138",
        b"\x1b-L": "iso_ir_144",
        b"\x1b-M": "iso_ir_148",
        b"\x1b-T": "iso_ir_166",
        b"\x1b$)C": "euc_kr",
        b"\x1b$(D": "iso2022_jp_2",
        b"\x1b$)A": "iso_ir_58",
    }
)
"""Escape sequence -> Python's codec."""

ESCAPED_CODECS = frozenset({"iso2022_jp", "iso2022_jp_2", "iso_ir_58"})
"""Codecs that read the escape sequence themselves."""
