"""Named colours of the window: light, dark, and both once more for people who need high contrast.

Every pair of text and ground has a contrast of at least 4.5:1 (WCAG 2.2 AA), of 7:1 (AAA) in high contrast, where every
edge can be seen too; a test computes it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, as #rrggbb."""

    dark: bool
    window: str  # the ground that everything lies on
    surface: str  # cards and lists
    alternate: str  # every other row
    border: str
    field_border: str  # 3:1 against the surface: the edge of something one can type into
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_ground: str  # a faint tint of the accent
    selection: str
    on_selection: str
    success: str
    success_ground: str
    warning: str
    warning_ground: str
    danger: str
    danger_ground: str
    danger_fill: str
    on_danger_fill: str


LIGHT = Theme(
    dark=False,
    window="#f3f5f8",
    surface="#ffffff",
    alternate="#f7f9fb",
    border="#d5dce4",
    field_border="#7d8997",
    text="#18212b",
    muted="#4f5b68",
    accent="#0b5fa5",
    accent_hover="#094d86",
    on_accent="#ffffff",
    accent_ground="#e6f0f9",
    selection="#0b5fa5",
    on_selection="#ffffff",
    success="#146c33",
    success_ground="#e4f4e9",
    warning="#7a4d00",
    warning_ground="#fff3d6",
    danger="#a61b1b",
    danger_ground="#fdeaea",
    danger_fill="#b3201f",
    on_danger_fill="#ffffff",
)

DARK = Theme(
    dark=True,
    window="#171c22",
    surface="#1f262e",
    alternate="#232b34",
    border="#36414d",
    field_border="#7f8c9a",
    text="#e9eef3",
    muted="#aab6c2",
    accent="#63b3f2",
    accent_hover="#8ac7f7",
    on_accent="#0b1824",
    accent_ground="#1d3346",
    selection="#1f5c94",
    on_selection="#ffffff",
    success="#6fd394",
    success_ground="#1b3526",
    warning="#f4c25b",
    warning_ground="#3a2f17",
    danger="#ff9c96",
    danger_ground="#432221",
    danger_fill="#ff9c96",
    on_danger_fill="#2a0b0a",
)

CONTRAST = Theme(
    dark=False,
    window="#ffffff",
    surface="#ffffff",
    alternate="#ffffff",
    border="#000000",
    field_border="#000000",
    text="#000000",
    muted="#1a1a1a",
    accent="#00297a",
    accent_hover="#000000",
    on_accent="#ffffff",
    accent_ground="#ffffff",
    selection="#00297a",
    on_selection="#ffffff",
    success="#00401a",
    success_ground="#ffffff",
    warning="#4d2e00",
    warning_ground="#ffffff",
    danger="#7a0000",
    danger_ground="#ffffff",
    danger_fill="#7a0000",
    on_danger_fill="#ffffff",
)

CONTRAST_DARK = Theme(
    dark=True,
    window="#000000",
    surface="#000000",
    alternate="#000000",
    border="#ffffff",
    field_border="#ffffff",
    text="#ffffff",
    muted="#f0f0f0",
    accent="#ffe14d",
    accent_hover="#ffffff",
    on_accent="#000000",
    accent_ground="#000000",
    selection="#ffe14d",
    on_selection="#000000",
    success="#7dffa6",
    success_ground="#000000",
    warning="#ffe14d",
    warning_ground="#000000",
    danger="#ffb3b3",
    danger_ground="#000000",
    danger_fill="#ffb3b3",
    on_danger_fill="#000000",
)

THEMES = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST, "contrastdark": CONTRAST_DARK}


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21. Source: WCAG 2.2, relative luminance."""

    def luminance(colour: str) -> float:
        channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)
