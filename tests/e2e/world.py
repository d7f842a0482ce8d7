"""What stands behind the window: a real receiver, and the real Orthanc that it delivers to."""

from dataclasses import dataclass
from pathlib import Path

from tests.parts.orthanc import Orthanc
from tests.parts.receiver import Receiver

EXPIRE = """
from django.utils import timezone
from adit_receiver.models import Token
Token.objects.update(expires=timezone.now())
"""


@dataclass(frozen=True)
class World:
    """anna may do everything; her token is in a file."""

    receiver: Receiver
    orthanc: Orthanc
    token_file: Path

    @property
    def url(self) -> str:
        return self.receiver.url

    @property
    def token(self) -> str:
        return self.token_file.read_text(encoding="utf-8").strip()

    def let_token_expire(self) -> None:
        """All that anna has by now."""
        done = self.receiver.command("manage", "shell", "-c", EXPIRE)
        assert done.returncode == 0, done.stderr

    def new_token(self) -> str:
        """As anna makes herself one where hers has ended."""
        self.receiver.user("anna")
        return self.token

    def patient_names(self) -> set[str]:
        return {str(self.orthanc.dataset(key).PatientName) for key in self.orthanc.instances()}
