"""A small screen reader: finds, reads and operates what the window offers to assistive technology.

Runs under the system's own Python, which has pyatspi; takes one JSON command a line, answers one JSON line each.
It sees only what AT-SPI shows: what it can't reach, a blind user can't reach either.
"""

import json
import sys

import pyatspi
from gi.repository import GLib

APPLICATION = "adit-uploader"
LABELLED = {"combo box", "text", "password text", "list", "slider", "spin button", "tree", "table"}
"""Roles of what may have its name beside it; each question to the window takes its time."""
PARTS = {"list item", "table cell", "tree item", "page tab"}
"""The one that is chosen says that it has the keyboard, also where the whole has it not."""


def application():
    desktop = pyatspi.Registry.getDesktop(0)
    for index in range(desktop.childCount):
        child = desktop.getChildAtIndex(index)
        if child is not None and child.name == APPLICATION:
            return child
    return None


def visible(thing):
    return thing.getState().contains(pyatspi.STATE_SHOWING)


def below(thing, *, everything=False):
    """All that is on screen below a thing, from top to bottom."""
    for index in range(thing.childCount):
        child = thing.getChildAtIndex(index)
        if child is None:
            continue
        if everything or visible(child):
            yield child
            yield from below(child, everything=everything)


def name_of(thing):
    """Its own name, or that of the label which belongs to it."""
    if thing.getRoleName() not in LABELLED:
        return thing.name
    for relation in thing.getRelationSet():
        if relation.getRelationType() == pyatspi.RELATION_LABELLED_BY:
            return relation.getTarget(0).name
    return thing.name


def text_of(thing):
    try:
        text = thing.queryText()
    except NotImplementedError:
        return ""
    return text.getText(0, text.characterCount)


def describe(thing):
    states = thing.getState()
    return {
        "role": thing.getRoleName(),
        "name": name_of(thing),
        "value": thing.name,
        "text": text_of(thing),
        "description": thing.description,
        "enabled": states.contains(pyatspi.STATE_ENABLED) and states.contains(pyatspi.STATE_SENSITIVE),
        "focusable": states.contains(pyatspi.STATE_FOCUSABLE),
        "focused": states.contains(pyatspi.STATE_FOCUSED),
        "checked": states.contains(pyatspi.STATE_CHECKED),
        "actions": actions(thing),
    }


def actions(thing):
    try:
        action = thing.queryAction()
    except NotImplementedError:
        return []
    return [action.getName(index) for index in range(action.nActions)]


def combo(name):
    """State and value of a dropdown."""
    return described("combo box", name)


def button(name):
    """State of a button."""
    return described("push button", name)


def described(role, name):
    thing = find(role, name)
    return None if thing is None else describe(thing)


def find(role, name):
    """The one of this name, else the first that has it in its name."""
    program = application()
    if program is None:
        return None
    named = [(thing, name_of(thing)) for thing in below(program) if thing.getRoleName() == role]
    near = [thing for thing, said in named if name in said]
    return next((thing for thing, said in named if said == name), near[0] if near else None)


def see(text):
    """The first name or text on screen that holds this text."""
    program = application()
    if program is None:
        return None
    for thing in below(program):
        for said in (name_of(thing), text_of(thing)):
            if text in said:
                return said
    return None


def tree():
    program = application()
    return [] if program is None else [describe(thing) for thing in below(program)]


def act(role, name, wanted):
    thing = find(role, name)
    if thing is None or not describe(thing)["enabled"]:
        return False
    names = [each.lower() for each in actions(thing)]
    if wanted not in names:
        return False
    return bool(thing.queryAction().doAction(names.index(wanted)))


def write(name, text):
    for role in ("text", "password text"):
        thing = find(role, name)
        if thing is not None and describe(thing)["enabled"]:
            return bool(thing.queryEditableText().setTextContents(text))
    return False


def focused():
    """What has the keyboard."""
    program = application()
    found = None if program is None else next((thing for thing in below(program) if has_focus(thing)), None)
    return None if found is None else describe(found)


def has_focus(thing):
    return thing.getState().contains(pyatspi.STATE_FOCUSED) and thing.getRoleName() not in PARTS


def focus(role, name):
    thing = find(role, name)
    return thing is not None and bool(thing.queryComponent().grabFocus())


def place():
    """Where the window is: x, y, width, height in pixels of the screen."""
    program = application()
    if program is None or not program.childCount:
        return None
    extents = program.getChildAtIndex(0).queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    return [extents.x, extents.y, extents.width, extents.height]


COMMANDS = {
    "tree": tree,
    "see": see,
    "combo": combo,
    "button": button,
    "act": act,
    "write": write,
    "focused": focused,
    "focus": focus,
    "place": place,
}


def main():
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        try:
            answer = COMMANDS[command](*arguments)
        except (GLib.GError, LookupError, AttributeError, TypeError):
            answer = None  # it vanished while it was read: ask again
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
