"""Who is signed in where; and the fields to sign in."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from adit_uploader.desktop.values import Explanation, Identity, TokenKept
from adit_uploader.desktop.views import parts
from adit_uploader.desktop.words import formats


class AccountPanel(QWidget):
    """Two faces: fields while nobody is signed in, identity when somebody is."""

    sign_in_wanted = Signal(str, str)  # address, token
    sign_out_wanted = Signal()
    sign_out_everywhere_wanted = Signal()
    token_page_wanted = Signal(str)  # address
    line_wanted = Signal()
    server_chosen = Signal(str)  # origin of one that was signed in to before

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._identity: Identity | None = None
        self._busy = False
        self._fixed = False
        self._keyring = True
        self._error: Explanation | None = None
        self._token_url = ""
        self._fields, self._who = self._make_fields(), self._make_identity()
        self._title = parts.label("section")
        self._servers_label, self._servers = parts.label(), QComboBox()
        self._servers_label.setBuddy(self._servers)
        self._servers.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._servers.setMinimumContentsLength(12)
        self._servers.activated.connect(lambda row: self.server_chosen.emit(self._servers.itemText(row)))
        self._everywhere = parts.button("link")
        self._everywhere.clicked.connect(self.sign_out_everywhere_wanted)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(6)
        around.addWidget(self._title)
        around.addWidget(self._servers_label)
        around.addWidget(self._servers)
        around.addWidget(self._fields)
        around.addWidget(self._who)
        around.addWidget(self._everywhere, 0, Qt.AlignmentFlag.AlignLeft)
        self.retranslate()

    def _make_fields(self) -> QWidget:
        page = QWidget()
        self._address_label, self._token_label = parts.label(), parts.label()
        self._address, self._token = QLineEdit(), QLineEdit()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._address_label.setBuddy(self._address)
        self._token_label.setBuddy(self._token)
        self._fixed_hint = parts.label("muted", wrap=True)
        self._error_title = parts.label("danger", wrap=True, selectable=True)
        self._error_text = parts.label(wrap=True, selectable=True)
        self._kept_hint = parts.label("muted", wrap=True)
        self._token_page, self._line = parts.button("link"), parts.button("link")
        self._token_page.clicked.connect(lambda: self.token_page_wanted.emit(self._address.text().strip()))
        self._line.clicked.connect(self.line_wanted)
        self._token_hint = parts.label(wrap=True, selectable=True)
        self._sign_in = parts.button("primary")
        self._sign_in.clicked.connect(self._ask)
        self._address.returnPressed.connect(self._ask)
        self._token.returnPressed.connect(self._ask)
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(5)
        for widget in (
            self._address_label,
            self._address,
            self._fixed_hint,
            self._token_label,
            self._token,
            self._token_page,
            self._token_hint,
            self._error_title,
            self._error_text,
            self._kept_hint,
            self._sign_in,
            self._line,
        ):
            link = widget in {self._token_page, self._line}
            inside.addWidget(widget, 0, Qt.AlignmentFlag.AlignLeft if link else Qt.AlignmentFlag(0))
        self._error_title.setVisible(False)
        self._error_text.setVisible(False)
        return page

    def _make_identity(self) -> QWidget:
        page = QWidget()
        self._user = parts.label("heading", wrap=True)
        self._department = parts.label(wrap=True)
        self._server = parts.label("muted", wrap=True)
        self._kept = parts.label("muted", wrap=True)
        self._sign_out = parts.button("link")
        self._sign_out.clicked.connect(self.sign_out_wanted)
        row = QHBoxLayout()
        row.addWidget(self._user, 1)
        row.addWidget(self._sign_out)
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(3)
        inside.addLayout(row)
        inside.addWidget(self._department)
        inside.addWidget(self._server)
        inside.addWidget(self._kept)
        return page

    # ------------------------------------------------------------ state

    def set_address(self, address: str) -> None:
        """Puts the last server into the field."""
        self._address.setText(address)

    def set_fixed(self, fixed: bool) -> None:
        """Whether the server is set for all users of this computer."""
        self._fixed = fixed
        self._render()

    def set_servers(self, servers: Sequence[str], current: str) -> None:
        """Those that were signed in to before; a choice only where there are several."""
        self._servers.clear()
        self._servers.addItems(list(servers))
        self._servers.setCurrentIndex(servers.index(current) if current in servers else -1)
        self._render()

    def set_identity(self, identity: Identity | None) -> None:
        """None: nobody is signed in."""
        self._identity = identity
        if identity is not None:
            self._token.clear()
            self._token_url = ""
            self.set_error(None)
        self._render()

    def set_busy(self, busy: bool) -> None:
        """Whether the server is being asked."""
        self._busy = busy
        self._render()

    def set_locked(self, locked: bool) -> None:
        """While an upload runs nobody signs out."""
        for choice in (self._sign_out, self._everywhere, self._servers):
            choice.setEnabled(not locked)

    def set_keyring(self, works: bool) -> None:
        """Whether this computer has a keyring that works."""
        self._keyring = works
        self._render()

    def set_token_page(self, url: str) -> None:
        """The browser shows it: what to do there is said."""
        self._token_url = url
        self._render()
        parts.announce(self._token_hint, self._token_hint.text())
        self._token.setFocus()

    def set_error(self, error: Explanation | None) -> None:
        """Why signing in did not work."""
        self._error = error
        self._render_error()
        if error is not None:
            parts.announce(self._error_title, f"{error.title}. {error.message}")

    def retranslate(self) -> None:
        self._address_label.setText(self.tr("Server a&ddress"))
        self._address.setPlaceholderText("https://adit.example.org")
        self._token_label.setText(self.tr("&Token"))
        self._token.setPlaceholderText(self.tr("From the server's token page"))
        self._sign_out.setText(self.tr("Sign o&ut"))
        self._everywhere.setText(self.tr("Sign out of all servers"))
        self._servers_label.setText(self.tr("Known servers"))
        self._token_page.setText(self.tr("Get a token in the browser …"))
        self._token_page.setToolTip(self.tr("Opens the page of the server on which you make tokens."))
        self._line.setText(self.tr("Connection settings …"))
        self._line.setToolTip(self.tr("Proxy, own certificates, bandwidth, compression"))
        self._error = self._error.again() if self._error else None
        self._render_error()
        self._render()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    # ------------------------------------------------------------ inside

    def _ask(self) -> None:
        if not self._busy:
            self.sign_in_wanted.emit(self._address.text().strip(), self._token.text().strip())

    def _render_error(self) -> None:
        title, message = (self._error.title, self._error.message) if self._error else ("", "")
        self._error_title.setText(title)
        self._error_text.setText(message)
        self._error_title.setVisible(bool(title))
        self._error_text.setVisible(bool(message))

    def _render(self) -> None:
        self._title.setText(self.tr("Signed in") if self._identity else self.tr("Server"))
        self._sign_in.setText(self.tr("Signing in …") if self._busy else self.tr("Sign &in"))
        self._token_hint.setText(
            self.tr(
                "Your browser shows {url}. Sign in there with your usual password, make a new token, copy it at once "
                "(it is shown only once), and paste it above."
            ).format(url=self._token_url)
        )
        self._token_hint.setVisible(bool(self._token_url))
        for widget in (self._address, self._token, self._sign_in, self._token_page, self._line):
            widget.setEnabled(not self._busy)
        self._address.setReadOnly(self._fixed)
        self._fixed_hint.setText(self.tr("Set by your IT department."))
        self._fixed_hint.setVisible(self._fixed)
        self._address.setAccessibleDescription(self._fixed_hint.text() if self._fixed else "")
        self._kept_hint.setText(
            self.tr("The token is kept in this computer's keyring.")
            if self._keyring
            else self.tr("This computer has no keyring: the token is kept for this session only.")
        )
        if self._identity is not None:
            self._user.setText(formats.breakable(self._identity.user))
            department = formats.breakable(self._identity.department) or self.tr("none")
            self._department.setText(self.tr("Department: {name}").format(name=department))
            self._server.setText(formats.breakable(self._identity.server))
            session_only = self._identity.kept is TokenKept.SESSION
            self._kept.setText(self.tr("Token kept for this session only: no keyring here.") if session_only else "")
            self._kept.setVisible(session_only)
        several = self._servers.count() > 1
        self._server.setVisible(not several)  # it is the chosen one above
        for choice in (self._servers_label, self._servers, self._everywhere):
            choice.setVisible(several)
        self._fields.setVisible(self._identity is None)
        self._who.setVisible(self._identity is not None)
