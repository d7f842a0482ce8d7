"""A desk with stand-ins around it."""

from dataclasses import dataclass, field
from unittest.mock import Mock

from adit_uploader.desktop.controllers.desk import Desk
from adit_uploader.desktop.controllers.ports import Services
from adit_uploader.desktop.views.account_panel import AccountPanel
from adit_uploader.desktop.views.check_page import CheckPage
from adit_uploader.desktop.views.held_review import HeldReview
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.views.messages import MessageArea
from adit_uploader.desktop.views.mode_panel import ModePanel
from adit_uploader.desktop.views.profile_box import ProfileBox
from adit_uploader.desktop.views.scan_strip import ScanStrip
from adit_uploader.desktop.views.send_page import SendPage
from adit_uploader.desktop.views.unfinished_box import UnfinishedBox
from adit_uploader.desktop.views.upload_panel import DestinationBox, SendBar
from adit_uploader.desktop.words.speaker import Speaker
from tests.desktop.parts import ManualGateway


@dataclass
class Room:
    """A desk with stand-ins for every view, and a gateway that the test drives by hand."""

    desk: Desk
    gateway: ManualGateway = field(default_factory=ManualGateway)
    services: Mock = field(default_factory=lambda: Mock(spec=Services))
    account: Mock = field(default_factory=lambda: Mock(spec=AccountPanel))
    destinations: Mock = field(default_factory=lambda: Mock(spec=DestinationBox))
    mode: Mock = field(default_factory=lambda: Mock(spec=ModePanel))
    profile: Mock = field(default_factory=lambda: Mock(spec=ProfileBox))
    messages: Mock = field(default_factory=lambda: Mock(spec=MessageArea))
    strip: Mock = field(default_factory=lambda: Mock(spec=ScanStrip))
    page: Mock = field(default_factory=lambda: Mock(spec=CheckPage))
    review: Mock = field(default_factory=lambda: Mock(spec=HeldReview))
    button: Mock = field(default_factory=lambda: Mock(spec=SendBar))
    sending: Mock = field(default_factory=lambda: Mock(spec=SendPage))
    unfinished: Mock = field(default_factory=lambda: Mock(spec=UnfinishedBox))
    window: Mock = field(default_factory=lambda: Mock(spec=MainWindow))
    words: Speaker = field(default_factory=Speaker)

    def last(self, method: Mock) -> object:
        """What a view was told last."""
        return method.call_args.args[0]
