"""What the made-up states show."""

from adit_uploader.deid.blanking.areas import Rectangle
from adit_uploader.desktop.values import ModeOption, ProfileOption, Totals
from adit_uploader.pseudonyms.mode import Mode
from tests.desktop.parts import inventory, patient

AREAS = (Rectangle(0, 0, 320, 24), Rectangle(10, 200, 40, 20))
PSEUDONYM = "6590ebba" * 8
FOUND = inventory(
    patient("1001", root="1.2.3", name="Müller^Anna Maria", images=44, ultrasound=True),
    patient("0002734", root="1.2.4", name="Jäger^Bernd", images=120),
    left_out=3,
)
TOTALS = Totals(2, 2, 3, 165, 165_000)
BUILT_IN = tuple(ProfileOption(name, 1, "") for name in ("research", "basic", "research-full-dates"))
ALL_MODES = tuple(ModeOption(mode) for mode in Mode)
