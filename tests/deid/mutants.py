"""Mechanisms of the engine, each taken away by a few words of its source."""
# ruff: noqa: E501 - quotes of source are not broken

_FOUND = "finishing = self._situations.get(situation)\n"


def _forgets(field: str) -> tuple[str, str, str]:
    """A memory that takes situations for one that differ in this."""
    same = f"one._replace({field}=None) == situation._replace({field}=None)"
    return "engine", _FOUND, f"finishing = next((made for one, made in self._situations.items() if {same}), None)\n"


# name: (module, what, by what)
MUTANTS = {
    "private elements stay": (
        "rewrite",
        "found = None if creator is None or place.scrub",
        "found = element if creator is None or place.scrub",
    ),
    "unsafe private elements stay": (
        "rewrite",
        'or element.fragments or (vr == "SQ") != (element.items is not None):\n            return None',
        ":\n            return element",
    ),
    "safe private sequences are not looked into": (
        "rewrite",
        "return self._items(element, characters, 0)\n        if element.vr",
        "return element\n        if element.vr",
    ),
    "curves and overlays stay": (
        "rewrite",
        "or self.rules.drops(tag):\n            found = None",
        ":\n            found = None\n        elif self.rules.drops(tag):\n            found = element",
    ),
    "commands and directories stay": ("rewrite", "elif group < 0x0008 or tag", "elif tag"),
    "another kind of VR is believed": ("rewrite", "or not vr_fits(element.tag, element.vr):", "or False:"),
    "what is unknown stays": ("rewrite", 'if element.vr == "UN" or not vr_fits', "if not vr_fits"),
    "dummies are transparent": (
        "rewrite",
        "if place is not TOP:",
        "if False:",
    ),
    "items are not looked into": (
        "rewrite",
        "return self.data_set(item.elements, characters, place_of(item.elements, sequence.tag, scrub))",
        "return item.elements",
    ),
    "dummies are what was there": (
        "rewrite",
        "return self._changed(element, Action.DUMMY, dummy(element.vr))",
        "return element",
    ),
    "nothing is emptied": ("rewrite", 'result = self._changed(element, action, b"")', "result = element"),
    "UIDs stay": (
        "rewrite",
        "return value if not value or is_well_known(value) else self.new_uid(value)",
        "return value",
    ),
    "dates stay": ("rewrite", "moved.append(new)", "moved.append(value)"),
    "texts are not cleaned": (
        "rewrite",
        "element, characters, self.cleaner.clean, or_dummy",
        "element, characters, str, or_dummy",
    ),
    "careful texts are not cleaned": ("rewrite", "cleaner.without_leaks, or_dummy=True", "str, or_dummy=True"),
    "texts are not recoded": (
        "rewrite",
        "return element if is_plain(element.value) else self._cleaned(element, characters, str, or_dummy=False)",
        "return element",
    ),
    "ages over 89 stay": ("rewrite", "int(value[:3]) > 89", "int(value[:3]) > 890"),
    "known UIDs stay": ("rewrite", 'if vr == "UI" and self.careful:', "if False:"),
    "web addresses stay": ("rewrite", 'if value.startswith("urn:")', "if value"),
    "offsets are believed": ("rewrite", "if is_timezone(value)", "if value"),
    "what no IOD knows stays": ("rules", 'tag not in self.types.known or vr == "PN"', 'vr == "PN"'),
    "times stay in basic": (
        "rules",
        'return Action.KEEP if vr == "TM" else Action.SHIFT\n            return Action.REMOVE',
        "return Action.KEEP",
    ),
    "X is kept": (
        "rules",
        'if letter == "X":\n            return Action.REMOVE',
        'if letter == "X":\n            return Action.KEEP',
    ),
    "Z is kept": ("rules", "return Action.EMPTY", "return Action.KEEP"),
    "D is kept": ("rules", "        return Action.DUMMY", "        return Action.KEEP"),
    "options are not asked": ("rules", "if option in self.profile.options}", "if option}"),
    "sequences are dummies without consequence": (
        "rules",
        "return Action.ITEMS if cleaned else Action.SCRUB",
        "return Action.ITEMS",
    ),
    "dummies of persons": ("places", '_SCRUBBED_VRS = TEXT_VRS | {"PN", ', "_SCRUBBED_VRS = {"),
    "every code is public": (
        "places",
        'return scheme.strip(b" \\0").decode("ascii", "replace") in PUBLIC_SCHEMES',
        "return True",
    ),
    "UN is never known again": (
        "encoding",
        "known = None if tag >> 16 & 1 or not self._syntax.little else dictionary_vr(tag)",
        "known = None",
    ),
    "UIDs are themselves": ("uids", "return f\"{NEW_ROOT}{int.from_bytes(digest[:16], 'big')}\"", "return text"),
    "dates move by nothing": ("dates", "+ timedelta(days=days)", "+ timedelta(days=0 * days)"),
    "the preamble passes": ("part10", "PREAMBLE = bytes(128)", 'PREAMBLE = b"CANARYPREAMBLE".ljust(128)'),
    "the pseudonym is forgotten": ("engine", 'text(PATIENT_NAME, "PN", situation.pseudonym),\n', ""),
    "the method is forgotten": ("engine", "*self._method,\n", ""),
    "what follows the pixels passes": (
        "engine",
        "tail = [one.finished for one in made.behind]",
        "tail = source.behind.raws",
    ),
    "the check is not asked": ("engine", "        if made.leaks(told.replaced):\n", "        if False:\n"),
    "there is no careful second try": (
        "engine",
        "self._finishing(situation, source, readings, told.replaced)",
        "self._finishing(situation, source, readings)",
    ),
    "other files' secrets are ignored": ("engine", " | (situation.secrets or PatientSecrets())", ""),
    "titles mean nothing": ("cleaning", "cleaned = without_strangers(composed)", "cleaned = composed"),
    "mail addresses stay": ("strangers", '(_MAIL, "@" in text)', "(_MAIL, False)"),
    "UIDs in texts stay": ("strangers", '(_UID, text.count(".") >= _MIN_DOTS)', "(_UID, False)"),
    "dates in texts stay": ("cleaning", "cleaned = without_dates(cleaned)", "pass"),
    "short numbers in texts stay": ("cleaning", 'cleaned = self._short.sub(" ", cleaned)', "pass"),
    "words in texts stay": (
        "cleaning",
        "self._without(without_contacts(cleaned), self.words)",
        "without_contacts(cleaned)",
    ),
    "joined names stay": ("cleaning", "places = spans(text) if self.solid else []", "places = []"),
    "unlisted texts are no free ones": (
        "rules",
        "Action.CLEAN if unlisted.is_free_text(tag, vr) else Action.KEEP",
        "Action.KEEP",
    ),
    "unlisted references stay": (
        "rules",
        "Action.KEEP if unlisted.is_common_uid(tag) else Action.UID",
        "Action.KEEP",
    ),
    "unlisted persons stay": ("rules", " or tag in unlisted.IDENTIFYING", ""),
    "whom a report names stays": ("places", "if place.names and element.tag in _VALUES", "if False"),
    "any text is a time": (
        "rewrite",
        "if all(not value or is_possible(value, element.vr) for value in _values(element)):",
        "if True:",
    ),
    "umlauts are what they are": ("spelling", "_stripped(lower.translate(_UMLAUTS))", "lower"),
    "phone numbers are words": (
        "cleaning",
        "for contact in sorted(secrets.contacts) if (pattern := number_pattern(contact))",
        "for contact in () if (pattern := number_pattern(contact))",
    ),
    "addresses are no secret": ("collect", "frozenset(texts[Kind.CONTACT])", "frozenset()"),
    "numbers are no secret": ("collect", "frozenset(texts[Kind.ID])", "frozenset()"),
    "other persons are no one": ("collect", "frozenset(texts[Kind.OTHER_NAME])", "frozenset()"),
    "names are no secret": ("collect", "frozenset(texts[Kind.NAME])", "frozenset()"),
    "own UIDs are no secret": ("collect", "elif tag in _OWN_UIDS and", "elif False and"),
    "own UIDs that are left are no leak": (
        "residual",
        "if not self.leaks and replaced.isdisjoint(self.uids):",
        "if not self.leaks:",
    ),
    "numbers are not checked": (
        "residual",
        "cleaner.is_number(one) if self._number(one)",
        "False if self._number(one)",
    ),
    "numbers that are none are not checked": (
        "residual",
        "else cleaner.leaks(one) for one",
        "else False for one",
    ),
    "bytes are not checked": (
        "residual",
        "return any(trace in block for block in _lower(value, self._longest) for trace in self._traces)",
        "return False",
    ),
    "blocks of bytes do not overlap": ("residual", "start + _BLOCK + overlap", "start + _BLOCK"),
    "texts are not checked": ("residual", "return cleaner.leaks(element.value", "return not str(element.value"),
    "finished elements are not checked": (
        "finishing",
        "outcome = self._checked(finished, changes, replaced if len(raw) > MAX_SIZE else None)",
        "outcome = Outcome(finished, changes)",
    ),
    "private blocks without content stay": ("finishing", "self._drop_idle(part, private, outcomes)", "pass"),
    "memory forgets what it was told": (
        "reading",
        "at_hand(piece[1]) or self._read",
        "(_SILENT if at_hand(piece[1]) else None) or self._read",
    ),
    "a stretch has none of its marks": (
        "finishing",
        "left = {tag: outcome",
        "inside = {}\n        left = {tag: outcome",
    ),
    "the marks of a stretch follow it again": ("finishing", "while tag <= stretch.last:", "while False:"),
    "what a stretch says is not heard": ("reading", "self._of_all(source, stretch)", "_SILENT"),
    "a stretch is not checked": ("finishing", "_all_remains(ordered))", "None)"),
    "memory forgets the creator": ("finishing", "key = (creator, raw)", "key = (None, raw)"),
    "readings forget the character set": (
        "engine",
        "key = (source.structure.transfer_syntax_uid, declared)",
        'key = (source.structure.transfer_syntax_uid, b"")',
    ),
    "careful results are remembered": (
        "engine",
        "            finishing = self._finishing(situation, source, readings, told.replaced)\n",
        "            finishing = self._finishing(situation, source, readings, told.replaced)\n            self._situations[situation] = finishing\n",
    ),
    # long sequences
    "long sequences are not looked into": (
        "rewrite",
        'return Element(element.tag, "SQ", items=rewritten, undefined=element.undefined)',
        "return element",
    ),
    "long sequences forget the character set": (
        "rewrite",
        "lambda item: self._item(item, element, characters, scrub)",
        'lambda item: self._item(item, element, CharacterSet(b""), scrub)',
    ),
    "what long sequences say is not heard": (
        "collect",
        "for item in element.items:",
        "for item in element.items if isinstance(element.items, list) else ():",
    ),
    "long sequences are not checked": (
        "residual",
        "for item in element.items:",
        "for item in element.items if isinstance(element.items, list) else ():",
    ),
    "long sequences may hold own UIDs": ("residual", "if own is None or value in own", "if own is None"),
    "long sequences are the same if their last item is": (
        "tree",
        "same = same and are_same(elements, item.elements)",
        "same = are_same(elements, item.elements)",
    ),
    "values that stay where they are are not checked": (
        "tree",
        "return memoryview(self._data)[self._span.value : self._span.value_end]",
        'return b""',
    ),
    # a site's own profile
    "a site's rules are not asked": ("rules", "if rule is None:\n            return based", "return based"),
    "a place is any place": (
        "rules",
        "self.own.get((parent, tag)) or self.own.get((None, tag))",
        "self.own.get((None, tag))",
    ),
    "a site's private actions are not asked": (
        "rules",
        "        if rule is not None:\n            return Action.KEEP",
        "        if False:\n            return Action.KEEP",
    ),
    "a site's overlays go": ("rules", "and (None, normal(tag)) not in self.own", ""),
    "a site's text is not written": (
        "rewrite",
        "self.rules.replacement(place.parent, element.tag).encode()",
        "element.value",
    ),
    "what a site keeps is pardoned everywhere": ("residual", "and self.pardons(parent, tag)", "and True"),
    "what a site keeps is pardoned nowhere": ("residual", "return self.pardoning if", "return self.cleaner if"),
    "a PatientID is pardoned": (
        "engine",
        "Identity(rest.secrets | given, rest.others)",
        "Identity(PatientSecrets(), rest.others)",
    ),
    "careful results lose what a site keeps": (
        "rewrite",
        "(pardoned and self.pardoning) or self.cleaner",
        "self.cleaner",
    ),
    "claims of the file stay": ("finishing", "frozenset(STEPS)", "frozenset()"),
    "earlier steps are forgotten": ("engine", 'b"YES" in source.before.raw(IDENTITY_REMOVED)', "False"),
    "files that were never de-identified have had earlier steps": (
        "engine",
        'b"YES" in source.before.raw(IDENTITY_REMOVED)',
        "True",
    ),
    "a kept date may be any text": (
        "rewrite",
        "case Action.KEEP | Action.RETAIN if element.vr in TIMES:",
        "case Action.KEEP if element.vr in TIMES:",
    ),
    "memory forgets what else the file says": _forgets("facts"),
    "memory forgets the patient": _forgets("patient_id"),
    "memory forgets the secrets": _forgets("secrets"),
    "memory forgets the pseudonym": _forgets("pseudonym"),
    "memory forgets the class": _forgets("sop_class_uid"),
    "memory forgets the transfer syntax": _forgets("transfer_syntax_uid"),
    "memory forgets the character set": _forgets("declared"),
}
