"""How patients are named: the mode and what belongs to it, until there is a choice or the reason why there is none."""

from collections.abc import Callable, Collection
from pathlib import Path

from adit_uploader.account.errors import KeyringUnavailable
from adit_uploader.desktop.controllers.batch_reading import BatchReading
from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.memory import Memory
from adit_uploader.desktop.controllers.ports import InventoryView, MessageView, ModeView, Services, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import Explanation, KeyState, ModeBlock, ModeOption, SendBlock, Severity
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.choice import BatchChoice, Choice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.errors import InvalidPseudonym
from adit_uploader.pseudonyms.key_file import make_department_key, read_key_file, write_key_file
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.pseudonyms.syntax import check_pseudonym

TOPIC = "key"


class NamingController:
    """Knows the mode. ``Mode.NONE`` is never preselected, never remembered, and gone after each upload."""

    def __init__(
        self,
        desk: Desk,
        *,
        view: ModeView,
        page: InventoryView,
        messages: MessageView,
        gateway: Gateway,
        services: Services,
        memory: Memory,
        words: Words,
        watch: Callable[[Path], None],
    ) -> None:
        """watch: is to call ``look_again`` whenever something may have happened to this file."""
        self._desk = desk
        self._view = view
        self._page = page
        self._messages = messages
        self._gateway = gateway
        self._services = services
        self._memory = memory
        self._words = words
        self._keyed = False
        self._key: bytes | None = None
        self._key_state = KeyState.UNKNOWN
        self._watch = watch
        self._batch = BatchReading(desk, gateway, services, self._batch_changed)
        self._pseudonym = ""
        desk.listen(self._changed)

    # ------------------------------------------------------------ what the user does

    def choose(self, mode: Mode) -> None:
        self._set_mode(mode)
        self._memory.keep(self._desk.settings.with_mode(mode))

    def type_pseudonym(self, text: str) -> None:
        self._pseudonym = text
        self._decide()

    def choose_batch_file(self, path: Path) -> None:
        """Reads the file; all its problems are shown at once."""
        self._desk.batch_path = path
        self._watch(path)
        self._batch.read()

    def look_again(self) -> None:
        """The batch file may have been saved by another program."""
        if self._desk.mode is Mode.BATCH and not self._desk.sending:
            self._batch.look_again()

    def use_key(self, keyed: bool) -> None:
        """Whether pseudonyms are made with the department's own key."""
        self._keyed = keyed
        if keyed and self._key is None:
            self._with_key(lambda: self._services.keys.load(self._department()), kept=True)
        self._decide()

    def make_key(self) -> None:
        """A new key; without a keyring it lives as long as the window, and the user is told to save a copy."""
        if self._key_state is KeyState.NO_KEYRING:
            self._take_key(make_department_key())
            return
        self._with_key(lambda: self._services.keys.make(self._department()), kept=True)

    def load_key(self, path: Path) -> None:
        if self._key_state is KeyState.NO_KEYRING:
            self._with_key(lambda: read_key_file(path), kept=False)
            return
        self._with_key(lambda: self._services.keys.import_from(self._department(), path), kept=True)

    def save_key(self, path: Path) -> None:
        key = self._key
        if key is None:
            return

        def work(_: Reporter) -> None:
            write_key_file(path, key)

        def done(_: None) -> None:
            self._messages.show_message(TOPIC, Severity.SUCCESS, self._words.saved(path))

        self._gateway.run(work, done=done, failed=self._key_trouble)

    def forget_real_names(self) -> None:
        """After an upload with real names the mode falls back: it is asked for each time."""
        if self._desk.mode is Mode.NONE:
            self._preselect()

    # ------------------------------------------------------------ the mode

    def _changed(self, change: Change) -> None:
        if change is Change.ACCOUNT:
            self._account_changed()
        elif change is Change.INVENTORY and not self._desk.scanning:
            self._batch.read()  # lost zeros are found by comparing with what is here

    def _account_changed(self) -> None:
        self._key, self._key_state, self._keyed = None, KeyState.UNKNOWN, False
        self._view.set_key(False, self._key_state)
        self._view.set_department(self._department())
        welcome = self._welcome()
        self._view.set_options(options(welcome, self._desk.managed.modes) if welcome else ())
        self._preselect()

    def _preselect(self) -> None:
        welcome = self._welcome()
        usable = (
            [option.mode for option in options(welcome, self._desk.managed.modes) if option.blocked is None]
            if welcome
            else []
        )
        wanted = (self._desk.settings.mode, Mode.INTERNAL, Mode.BATCH, Mode.FIXED)
        self._set_mode(next((Mode(mode) for mode in wanted if mode and mode in usable and mode != Mode.NONE), None))

    def _set_mode(self, mode: Mode | None) -> None:
        self._desk.mode = mode
        self._view.set_mode(mode)
        self._view.set_wrong(None)
        if mode is not Mode.BATCH:
            self._page.set_problems(())
        elif self._batch.path is not None:
            self._batch.read()
            return
        self._decide()

    def _decide(self, wrong: Explanation | None = None) -> None:
        """Puts the choice on the desk, or what is missing."""
        choice, block = self._choice()
        if block is SendBlock.BAD_PSEUDONYM:
            wrong = self._pseudonym_problem()
        self._view.set_wrong(wrong)
        self._desk.choice, self._desk.choice_block = choice, block
        self._desk.tell(Change.CHOICE)

    def _choice(self) -> tuple[Choice | None, SendBlock | None]:
        choice: Choice | None = None
        block: SendBlock | None = None
        match self._desk.mode:
            case None:
                block = SendBlock.NO_MODE
            case Mode.INTERNAL:
                if self._keyed and self._key is None:
                    block = SendBlock.NO_DEPARTMENT_KEY
                else:
                    choice = InternalChoice(self._department(), self._key if self._keyed else None)
            case Mode.BATCH:
                block = self._batch_block()
                choice = BatchChoice(self._batch.batch) if self._batch.batch is not None else None
            case Mode.FIXED:
                block = self._pseudonym_block()
                choice = FixedChoice(self._pseudonym) if block is None else None
            case Mode.NONE:
                choice = NoneChoice()
        return choice, block

    def _batch_block(self) -> SendBlock | None:
        if self._batch.batch is not None:
            return None
        if self._batch.reading:
            return SendBlock.PLANNING
        return SendBlock.BATCH_FILE_PROBLEMS if self._batch.path else SendBlock.NO_BATCH_FILE

    def _pseudonym_block(self) -> SendBlock | None:
        if not self._pseudonym:
            return SendBlock.NO_PSEUDONYM
        return SendBlock.BAD_PSEUDONYM if self._pseudonym_problem() is not None else None

    def _pseudonym_problem(self) -> Explanation | None:
        try:
            check_pseudonym(self._pseudonym)
        except InvalidPseudonym as error:
            return self._words.explain(error)
        return None

    def _welcome(self) -> Welcome | None:
        return self._desk.account.welcome if self._desk.account else None

    def _department(self) -> str:
        welcome = self._welcome()
        return welcome.department if welcome else ""

    def _batch_changed(self) -> None:
        error = None
        if not self._batch.reading:
            error = self._batch.error
            self._view.set_batch(self._batch.state)
            self._page.set_problems(self._batch.problems if self._desk.mode is Mode.BATCH else ())
        self._decide(self._words.explain(error) if error is not None else None)

    # ------------------------------------------------------------ the department's key

    def _with_key(self, get: Callable[[], bytes | None], *, kept: bool) -> None:
        department = self._department()

        def work(_: Reporter) -> bytes | None:
            return get()

        def done(key: bytes | None) -> None:
            if department == self._department():
                self._take_key(key)

        def failed(error: BaseException) -> None:
            if kept and isinstance(error, KeyringUnavailable):
                self._key_state = KeyState.NO_KEYRING
                self._view.set_key(self._keyed, self._key_state)
            else:
                self._key_trouble(error)

        self._gateway.run(work, done=done, failed=failed)

    def _take_key(self, key: bytes | None) -> None:
        self._messages.dismiss(TOPIC)
        self._key = key
        self._key_state = KeyState.MISSING if key is None else KeyState.READY
        self._view.set_key(self._keyed, self._key_state)
        self._decide()

    def _key_trouble(self, error: BaseException) -> None:
        self._messages.show_message(TOPIC, Severity.ERROR, self._words.explain(error))


def options(welcome: Welcome, allowed: Collection[str] | None = None) -> tuple[ModeOption, ...]:
    """All four modes, those that this user can't use with the reason.

    Args:
        allowed: those that whoever manages this computer lets its users choose; None: all.
    """
    made = []
    for mode in Mode:
        block: ModeBlock | None = None
        if allowed is not None and mode.value not in allowed:
            block = ModeBlock.MANAGED
        elif mode.value not in welcome.modes:
            block = ModeBlock.NOT_PERMITTED
        elif mode is Mode.INTERNAL and not welcome.department.strip():
            block = ModeBlock.NO_DEPARTMENT
        made.append(ModeOption(mode, block))
    return tuple(made)
