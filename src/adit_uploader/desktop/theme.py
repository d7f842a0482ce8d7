"""The window's colours and shapes, as Qt takes them.

Fusion's own selection colours have too little contrast, so Highlight is overridden. Style sheets carry literal colours,
because ``palette(...)`` in a style sheet freezes when a widget is first shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from adit_uploader.desktop.colours import CONTRAST, CONTRAST_DARK, DARK, LIGHT, THEMES, Theme


def system_theme(before: QPalette) -> Theme:
    """What the desktop asks for. before: the system's own palette, which alone says it in high contrast."""
    hints = QGuiApplication.styleHints()
    scheme = hints.colorScheme()
    dark = scheme == Qt.ColorScheme.Dark
    if scheme == Qt.ColorScheme.Unknown:
        dark = before.color(QPalette.ColorRole.Window).lightness() < 128
    return theme_for(dark=dark, contrast=wants_contrast())


def theme_for(*, dark: bool, contrast: bool) -> Theme:
    """One of the four."""
    if contrast:
        return CONTRAST_DARK if dark else CONTRAST
    return DARK if dark else LIGHT


def wants_contrast() -> bool:
    """Whether the desktop is set to high contrast; Qt tells it from 6.10 on."""
    hints = QGuiApplication.styleHints()
    if not hasattr(hints, "accessibility"):
        return False
    return bool(hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast)


def current_theme() -> Theme:
    """The theme that is applied, read back from the application's palette."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    known = next((one for one in THEMES.values() if one.window == window.name()), None)
    return known or theme_for(dark=window.lightness() < 128, contrast=False)


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Gives the application this theme's palette and style sheet."""
    app.setPalette(palette(theme))
    app.setStyleSheet(style_sheet(theme))


@contextmanager
def unstyled() -> Iterator[None]:
    """For the making of many widgets: they get the style sheet once, at the end.

    Else Qt would look it through again for a widget, and all that it holds, at each place that it is put into.
    """
    app = QApplication.instance()
    sheet = app.styleSheet() if isinstance(app, QApplication) else ""
    if not isinstance(app, QApplication) or not sheet:
        yield
        return
    app.setStyleSheet("")
    try:
        yield
    finally:
        app.setStyleSheet(sheet)


def palette(theme: Theme) -> QPalette:
    """The theme as a palette for Fusion."""
    made = QPalette()
    role = QPalette.ColorRole
    for roles, colour in (
        ((role.Window,), theme.window),
        ((role.Base, role.Button, role.ToolTipBase), theme.surface),
        ((role.AlternateBase,), theme.alternate),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), theme.text),
        ((role.PlaceholderText,), theme.muted),
        ((role.Highlight,), theme.selection),
        ((role.HighlightedText,), theme.on_selection),
        ((role.Link, role.Accent), theme.accent),
        ((role.LinkVisited,), theme.muted),
        ((role.Light, role.Midlight), theme.border),
        ((role.Mid, role.Dark), theme.field_border),
        ((role.Shadow,), theme.window if theme.dark else theme.border),
    ):
        for each in roles:
            made.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, each, QColor(theme.muted))
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(theme.border))
    return made


def drawing(name: str, theme: Theme) -> str:
    """Path of an icon for a style sheet, which takes its colours as they are in the file."""
    file = f"{name}-{'dark' if theme.dark else 'light'}.svg"
    with resources.as_file(resources.files("adit_uploader.desktop").joinpath("icons", file)) as path:
        return path.as_posix()


def style_sheet(theme: Theme) -> str:
    """What Fusion can't say by palette: cards, buttons, the steps, banners."""
    return f"""
QToolTip {{ color: {theme.text}; background: {theme.surface}; border: 1px solid {theme.border}; padding: 4px; }}
QMainWindow, QDialog {{ background: {theme.window}; }}
QStatusBar {{ color: {theme.muted}; }}

#header, #panel {{ background: {theme.surface}; }}
#header {{ border-bottom: 1px solid {theme.border}; }}
#panel {{ border-left: 1px solid {theme.border}; }}
#panelScroll, #panelScroll > QWidget > QWidget {{ background: {theme.surface}; border: none; }}
#sendBar {{ border-top: 1px solid {theme.border}; }}
#card {{ background: {theme.surface}; border: 1px solid {theme.border}; border-radius: 8px; }}
#rule {{ background: {theme.border}; max-height: 1px; min-height: 1px; border: none; }}

QLabel[tone="title"] {{ font-size: 17pt; font-weight: 600; }}
QLabel[tone="heading"] {{ font-size: 12pt; font-weight: 600; }}
QLabel[tone="section"] {{ font-weight: 600; }}
QLabel[tone="muted"] {{ color: {theme.muted}; }}
QLabel[tone="danger"] {{ color: {theme.danger}; }}
QLabel[tone="warning"] {{ color: {theme.warning}; }}
QLabel[tone="success"] {{ color: {theme.success}; }}
QLabel[tone="figure"], QLabel[tone="figure-short"] {{ font-size: 17pt; font-weight: 600; }}
QLabel[tone="figure-short"] {{ color: {theme.danger}; }}

QPushButton {{
    color: {theme.text}; background: {theme.surface}; border: 1px solid {theme.field_border};
    border-radius: 5px; padding: 5px 14px; min-height: 20px;
}}
QPushButton:hover {{ background: {theme.accent_ground}; }}
QPushButton:pressed {{ background: {theme.border}; }}
QPushButton:disabled {{ color: {theme.muted}; border-color: {theme.border}; background: {theme.window}; }}
QPushButton:focus {{ border: 2px solid {theme.accent}; padding: 4px 13px; }}
QPushButton[kind="primary"] {{
    color: {theme.on_accent}; background: {theme.accent}; border: 1px solid {theme.accent}; font-weight: 600;
}}
QPushButton[kind="primary"]:hover {{ background: {theme.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {theme.text}; }}
QPushButton[kind="danger"] {{
    color: {theme.on_danger_fill}; background: {theme.danger_fill}; border: 1px solid {theme.danger_fill};
    font-weight: 600;
}}
QPushButton[kind="danger"]:focus {{ border: 2px solid {theme.text}; }}
QPushButton[kind="primary"]:disabled, QPushButton[kind="danger"]:disabled {{
    color: {theme.muted}; background: {theme.window}; border: 1px solid {theme.border};
}}
QPushButton[kind="link"] {{
    color: {theme.accent}; background: transparent; border: 1px solid transparent; padding: 2px 4px;
}}
QPushButton[kind="link"]:hover {{ color: {theme.accent_hover}; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {theme.accent}; padding: 1px 3px; }}
QPushButton[kind="link"]:disabled {{ color: {theme.muted}; }}

QLineEdit, QComboBox {{ min-height: 24px; }}
QComboBox {{
    color: {theme.text}; background: {theme.surface}; border: 1px solid {theme.field_border};
    border-radius: 5px; padding: 2px 8px;
}}
QComboBox:focus {{ border: 2px solid {theme.accent}; padding: 1px 7px; }}
QComboBox:disabled {{ color: {theme.muted}; border-color: {theme.border}; background: {theme.window}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: url("{drawing("chevron", theme)}"); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{
    color: {theme.text}; background: {theme.surface}; border: 1px solid {theme.field_border}; padding: 2px; outline: 0;
}}
QComboBox QAbstractItemView::item {{ min-height: 26px; padding: 0 6px; }}
QComboBox QAbstractItemView::item:selected {{ color: {theme.on_selection}; background: {theme.selection}; }}
QComboBox QAbstractItemView::item:disabled {{ color: {theme.muted}; }}

QCheckBox {{ spacing: 8px; }}
QCheckBox:disabled {{ color: {theme.muted}; }}
QCheckBox::indicator, QTableView::indicator, QTreeView::indicator {{
    width: 14px; height: 14px; border: 1px solid {theme.field_border}; border-radius: 3px; background: {theme.surface};
}}
QCheckBox::indicator:focus {{ border: 2px solid {theme.accent}; width: 12px; height: 12px; }}
QCheckBox::indicator:checked, QTableView::indicator:checked, QTreeView::indicator:checked {{
    background: {theme.accent}; border-color: {theme.accent}; image: url("{drawing("tick", theme)}");
}}
QTreeView::indicator:indeterminate {{
    background: {theme.accent}; border-color: {theme.accent}; image: url("{drawing("dash", theme)}");
}}
QCheckBox::indicator:checked:focus {{ border-color: {theme.text}; }}
QCheckBox::indicator:disabled, QTableView::indicator:disabled {{ border-color: {theme.border}; }}
QCheckBox::indicator:checked:disabled {{ background: {theme.field_border}; border-color: {theme.field_border}; }}
QRadioButton {{ spacing: 8px; }}
QRadioButton:disabled {{ color: {theme.muted}; }}
QRadioButton::indicator {{
    width: 12px; height: 12px; border: 1px solid {theme.field_border}; border-radius: 7px; background: {theme.surface};
}}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 4px solid {theme.accent}; }}
QRadioButton::indicator:focus {{ border: 2px solid {theme.accent}; width: 10px; height: 10px; }}
QRadioButton::indicator:checked:focus {{ border: 4px solid {theme.text}; width: 6px; height: 6px; }}
QRadioButton::indicator:disabled {{ border-color: {theme.border}; }}
QLineEdit {{
    color: {theme.text}; background: {theme.window}; border: 1px solid {theme.field_border};
    border-radius: 5px; padding: 2px 8px; placeholder-text-color: {theme.muted};
}}
QLineEdit:focus {{ border: 2px solid {theme.accent}; padding: 1px 7px; }}
QLineEdit:disabled {{ color: {theme.muted}; border-color: {theme.border}; }}
QLineEdit[wrong="true"] {{ border: 2px solid {theme.danger}; padding: 1px 7px; }}

QTreeView, QTableView, QListWidget, QTextBrowser {{
    background: {theme.surface}; border: 1px solid {theme.border}; border-radius: 8px;
    alternate-background-color: {theme.alternate}; gridline-color: {theme.border}; outline: 0;
}}
QTreeView:focus, QTableView:focus, QListWidget:focus, QTextBrowser:focus {{ border: 1px solid {theme.accent}; }}
QTreeView::item, QTableView::item, QListWidget::item {{ padding: 4px 4px; border: none; }}
QTreeView::item:selected, QTableView::item:selected, QListWidget::item:selected {{
    background: {theme.selection}; color: {theme.on_selection};
}}
QTableView::item:focus, QTreeView::item:focus {{ border: 1px solid {theme.accent}; }}
QHeaderView {{ background: transparent; border: none; }}
QHeaderView::section {{
    color: {theme.muted}; background: {theme.surface}; border: none; border-bottom: 1px solid {theme.border};
    padding: 5px 6px; font-weight: 600;
}}
QTableCornerButton::section {{ background: {theme.surface}; border: none; }}

QTabWidget::pane {{ border: none; }}
QTabBar::tab {{
    color: {theme.muted}; background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 6px 12px;
}}
QTabBar::tab:selected {{ color: {theme.text}; border-bottom: 2px solid {theme.accent}; font-weight: 600; }}
QTabBar::tab:focus {{ color: {theme.accent}; }}

QProgressBar {{
    background: {theme.border}; border: none; border-radius: 5px; min-height: 10px; max-height: 10px;
}}
QProgressBar::chunk {{ background: {theme.accent}; border-radius: 5px; }}

QSlider::groove:horizontal {{ background: {theme.field_border}; height: 4px; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {theme.accent}; border-radius: 2px; }}
QSlider::handle:horizontal {{
    background: {theme.accent}; border: 2px solid {theme.accent}; border-radius: 7px; width: 10px; margin: -5px 0;
}}
QSlider::handle:horizontal:focus {{ border-color: {theme.text}; }}
QSlider::handle:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{
    background: {theme.field_border}; border-color: {theme.field_border};
}}

QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {theme.field_border}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

#dropTarget {{ background: {theme.surface}; border: 2px dashed {theme.field_border}; border-radius: 12px; }}
#dropTarget[over="true"] {{ background: {theme.accent_ground}; border: 2px dashed {theme.accent}; }}

#banner {{ border-radius: 8px; border: 1px solid {theme.border}; background: {theme.surface}; }}
#banner[severity="INFO"] {{ background: {theme.accent_ground}; border-color: {theme.accent}; }}
#banner[severity="SUCCESS"] {{ background: {theme.success_ground}; border-color: {theme.success}; }}
#banner[severity="WARNING"] {{ background: {theme.warning_ground}; border-color: {theme.warning}; }}
#banner[severity="ERROR"] {{ background: {theme.danger_ground}; border-color: {theme.danger}; }}
"""
