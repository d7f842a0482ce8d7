"""The receipt as a page to read, keep and print: HTML that holds all it needs, without a script and without a link.

It uses no more of HTML and CSS than Qt's documents know too, which is how the window makes a PDF of it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

from .receipt import Receipt, RunState
from .receipt_words import Language, Speaker

MAX_FILES = 20  # of one reason; the report (JSON) names all
_STYLE = """\
body { font-family: "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif; font-size: 11pt; color: #18212b;
  background: #ffffff; margin: 2em auto; max-width: 60em; padding: 0 1.5em; line-height: 1.45; }
h1 { font-size: 20pt; margin: 0; }
h2 { font-size: 13pt; margin: 1.6em 0 0.4em 0; color: #0b5fa5; }
p { margin: 0.4em 0; }
table { border-collapse: collapse; }
caption { text-align: left; color: #4f5b68; }
th { text-align: left; font-weight: 600; color: #4f5b68; }
th, td { border-bottom: 1px solid #d5dce4; padding: 4px 12px 4px 0; vertical-align: top; }
td { overflow-wrap: anywhere; }
.number { text-align: right; white-space: nowrap; }
.good { color: #146c33; } .open { color: #7a4d00; } .bad { color: #a61b1b; }
.result { font-size: 13pt; font-weight: 600; }
.quiet { color: #4f5b68; font-size: 9.5pt; }
code { font-family: Consolas, Menlo, "DejaVu Sans Mono", monospace; font-size: 9.5pt; }
@media print { body { margin: 0; max-width: none; padding: 0; } h2, tr { break-inside: avoid; }
  h2 { break-after: avoid; } thead { display: table-header-group; } }
"""
_STEPS = {
    "upload": ("found", "pseudonymized", "sent", "stored", "delivered"),
    "local": ("found", "pseudonymized", "stored"),
}
_LOST = ("refused", "held", "left_out", "not_chosen")
_NUMBERS = frozenset({"count", "studies", "instances", "stored", "delivered", "failed", "written"})


def receipt_page(
    receipt: Receipt,
    language: Language = "en",
    *,
    include_patient_ids: bool = False,
    include_paths: bool = False,
    tell: Callable[[str, str], str] = lambda _code, message: message,
) -> str:
    """The page, whole.

    Args:
        include_patient_ids: adds the original PatientIDs; in mode none nothing else names a patient.
        include_paths: adds the paths of the files concerned, which may name patients.
        tell: code and message of a reason -> its words in this language; the message as it is where nobody knows them.
    """
    values = receipt.to_dict(include_paths=include_paths, include_patient_ids=include_patient_ids)
    page = _Page(values, Speaker(language), tell)
    names = include_patient_ids or include_paths
    title = f"{page.words.say('receipt')} - {page.words.say(receipt.kind)}"
    body = [
        f"<h1>{escape(page.words.say('receipt'))}</h1>",
        f'<p class="quiet">{escape(page.words.say(receipt.kind))}, {escape(receipt.ended)}</p>',
        *_result(receipt, page.words),
        *page.problem(),
        *page.counts(),
        *page.missing(),
        *page.patients(),
        *page.pictures(),
        *page.tasks(),
        *page.details(),
        f'<p class="quiet">{escape(page.words.say("somebody" if names else "nobody"))}</p>',
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">\n"""
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _result(receipt: Receipt, words: Speaker) -> list[str]:
    """Never good while something is missing."""
    if receipt.state is not RunState.FINISHED:
        tone, sign, key = "bad", "✗", receipt.state.value
    elif receipt.complete:
        tone, sign, key = "good", "✓", "complete"
    elif receipt.waiting:
        tone, sign, key = "open", "…", "waiting"
    else:
        tone, sign, key = "bad", "✗", "incomplete"
    return [f'<p class="result {tone}"><span aria-hidden="true">{sign} </span>{escape(words.say(key))}</p>']


class _Page:
    def __init__(self, values: Mapping[str, Any], words: Speaker, tell: Callable[[str, str], str]) -> None:
        self.words = words
        self._values = values
        self._tell = tell

    def problem(self) -> list[str]:
        problem = self._values["problem"]
        if problem is None:
            return []
        return [f"<p><strong>{escape(problem['title'])}</strong><br>{escape(problem['message'])}</p>"]

    def counts(self) -> list[str]:
        counts = self._values["counts"]
        local = self._values["kind"] == "local"
        rows = [
            ("written" if local and step == "stored" else step, counts[step]) for step in _STEPS[self._values["kind"]]
        ]
        rows += [(lost, counts[lost]) for lost in _LOST if counts[lost]]
        cells = [(escape(self.words.say(name)), self.words.number(value)) for name, value in rows]
        return [
            self._headline("counts"),
            "<table><tbody>",
            *[f'<tr><th scope="row">{name}</th><td class="number">{value}</td></tr>' for name, value in cells],
            "</tbody></table>",
        ]

    def missing(self) -> list[str]:
        together: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
        for item in self._values["items"]:
            told = self._tell(item["code"], item["message"])
            together.setdefault((item["outcome"], item["code"], told), []).append(item)
        rows = [
            {
                "what": escape(self.words.say(f"outcome {outcome}")),
                "why": f'{escape(message)} <span class="quiet">({escape(code)})</span>{self._files(items)}',
                "count": self.words.number(sum(item["count"] for item in items)),
            }
            for (outcome, code, message), items in together.items()
        ]
        return self._listed("missing", ("what", "why", "count"), rows)

    def patients(self) -> list[str]:
        rows = [
            {name: self._cell(name, patient[name]) for name in patient if name != "patient_id"}
            | ({"patient_id": escape(patient["patient_id"])} if "patient_id" in patient else {})
            for patient in self._values["patients"]
        ]
        wanted = ("patient_id", "pseudonym", "studies", "instances", "stored")
        return self._listed("patients", [name for name in wanted if rows and name in rows[0]], rows)

    def pictures(self) -> list[str]:
        rows = [
            {
                "series": f"<code>{escape(one['series_instance_uid'])}</code>",
                "decision": escape(self.words.say(f"decision {one['decision']}")),
                "count": self.words.number(one["count"]),
                "stored": self.words.number(one["stored"]),
                "rectangles": escape("; ".join(", ".join(map(str, area)) for area in one["rectangles"])),
            }
            for one in self._values["pictures"]
        ]
        return self._listed("pictures", ("series", "decision", "count", "stored", "rectangles"), rows)

    def tasks(self) -> list[str]:
        rows = [
            {
                "study": f"<code>{escape(task['study_instance_uid'])}</code>",
                "state": escape(self.words.say(f"task {task['state']}")),
                "stored": self.words.number(task["stored"]),
                "delivered": self.words.number(task["delivered"]),
                "failed": self.words.number(task["failed"]),
                "message": escape(task["message"]),
            }
            for task in self._values["tasks"]
        ]
        return self._listed("tasks", ("study", "state", "stored", "delivered", "failed", "message"), rows)

    def details(self) -> list[str]:
        values, versions = self._values, self._values["versions"]
        version = self.words.say("version", version=str(versions["profile"]))
        profile = f"{values['profile']}, {version}" if values["profile"] else ""
        told: Iterable[tuple[str, str]] = (
            ("mode", self.words.say(f"mode {values['mode']}")),
            ("profile", profile),
            ("profile_hash", values["profile_hash"]),
            ("keeps", ", ".join(values["keeps_identifiers"])),
            ("server", values["server"]),
            ("destination", values["destination"]),
            ("job", values["job"]),
            ("resumed", self.words.say("yes") if values["resumed"] else ""),
            ("started", values["started"]),
            ("ended", values["ended"]),
            ("bytes", self.words.number(values["bytes_sent"])),
            ("manifest", values["manifest_sha256"] if values["manifest_instances"] else ""),
            ("manifest_digest", values["manifest_digest"] if values["manifest_instances"] else ""),
            ("manifest_instances", self.words.number(values["manifest_instances"])),
            ("key_list", values.get("key_list", "")),
            ("program", f"adit-uploader {versions['program']}"),
            ("receiver", versions["receiver"]),
            ("protocol", str(versions["protocol"] or "")),
        )
        rows = [
            f'<tr><th scope="row">{escape(self.words.say(name))}</th><td><code>{escape(value)}</code></td></tr>'
            for name, value in told
            if value
        ]
        return [self._headline("details"), *_table(rows)]

    # ------------------------------------------------------------ parts

    def _headline(self, name: str) -> str:
        return f"<h2>{escape(self.words.say(name))}</h2>"

    def _cell(self, name: str, value: str | int) -> str:
        return self.words.number(int(value)) if name in _NUMBERS else f"<code>{escape(str(value))}</code>"

    def _files(self, items: Sequence[Mapping[str, Any]]) -> str:
        """Lines under the reason, if the page may name files."""
        paths = sorted(item["path"] for item in items if item.get("path"))
        told = [f"<code>{escape(path)}</code>" for path in paths[:MAX_FILES]]
        if len(paths) > MAX_FILES:
            told.append(escape(self.words.say("more", count=self.words.number(len(paths) - MAX_FILES))))
        return "".join(f"<br>{line}" for line in told)

    def _listed(self, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[str]:
        """A table under its headline; nothing where there are no rows. rows: cells as HTML, by column."""
        if not rows:
            return []
        classes = {column: ' class="number"' if column in _NUMBERS else "" for column in columns}
        heads = "".join(f'<th scope="col"{classes[one]}>{escape(self.words.say(one))}</th>' for one in columns)
        lines = ["".join(f"<td{classes[column]}>{row[column]}</td>" for column in columns) for row in rows]
        return [
            self._headline(name),
            *_table([f"<tr>{line}</tr>" for line in lines], f"<thead><tr>{heads}</tr></thead>"),
        ]


def _table(rows: Iterable[str], head: str = "") -> list[str]:
    return [f'<table width="100%">{head}', "<tbody>", *rows, "</tbody>", "</table>"]
