"""What was measured, as tables and a plot: the machine is named by its processors only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .memory import MEGA, Track
from .upload import Result

BOUND = 120  # MB that a lane and the receiver may hold
WINDOW_BOUND = 350
GROWTH = 10  # MB that a process may hold more at the end than when it was warm
WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT = 760, 300, 52, 36, 30, 120
FONT = 'font-family="sans-serif" font-size="11"'
POINTS = 300  # of a line at most
COLOURS = ("#1f5f8b", "#c05a1b", "#2f7d4f", "#8b3a8b", "#7a6a1b", "#555555")
STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)


def tables(results: Sequence[Result], cores: int) -> str:
    """All figures as Markdown."""
    about = (
        f"Measured on {cores} cores by `make soak-big`: what each process held (VmRSS), looked at each second. "
        "*Growth* is what it held in the last quarter of its time more than in the second one."
    )
    lines = [
        about,
        "",
        "| run | process | peak MB | growth MB |",
        "| --- | ------- | ------: | --------: |",
    ]
    for result in results:
        lines += [
            f"| {result.title} | {name} | {track.peak / MEGA:.0f} | {track.growth() / MEGA:+.1f} |"
            for name, track in result.tracks.items()
        ]
    lines += ["", "| run | what | figure |", "| --- | ---- | ------ |"]
    for result in results:
        lines += [f"| {result.title} | {what} | {figure} |" for what, figure in _figures(result)]
    return "\n".join(lines) + "\n"


def _figures(result: Result) -> list[tuple[str, str]]:
    window, scan, scroll = result.of("window"), result.of("scan"), result.of("scroll")
    upload = result.of("upload") or result.of("sending")
    found = [
        ("start to a usable window", f"{window['seconds']} s"),
        ("first rows", f"{scan['first_rows']} s"),
        ("search", f"{scan['seconds']} s for {scan['instances']:,} instances"),
        ("window after the search", f"{scan['memory'] / MEGA:.0f} MB"),
        ("16 ms timer during the search", _gaps(scan["gaps"])),
        ("a frame of scrolling", _gaps(scroll["frames"])),
        ("its processor time", _gaps(scroll["processor"])),
    ]
    if upload:
        sentence = upload.get("sentence") or f"stopped after {upload['stored']:,} instances"
        found += [("upload", sentence), ("16 ms timer during the upload", _gaps(upload["gaps"]))]
    return found


def _gaps(gaps: dict[str, Any]) -> str:
    if not gaps.get("count"):
        return "none"
    return f"p50 {gaps['p50']} ms, p99 {gaps['p99']} ms, longest {gaps['max']} ms"


def plot(path: Path, result: Result) -> None:
    """Memory of each process over time, as a drawing (SVG)."""
    tracks = {name: track for name, track in result.tracks.items() if track.held}
    end = max(track.seconds[-1] for track in tracks.values())
    top = max(BOUND, *(track.peak / MEGA for track in tracks.values())) * 1.08
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - ABOVE - BELOW

    def place(seconds: float, mega: float) -> str:
        return f"{LEFT + wide * seconds / end:.1f},{ABOVE + high * (1 - mega / top):.1f}"

    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="16" font-size="13" fill="#222222">Memory in MB: {result.title}</text>',
    ]
    for mega in range(0, int(top) + 1, 50):
        y = place(0, mega).partition(",")[2]
        drawn.append(f'<path d="M{LEFT} {y}H{LEFT + wide}" stroke="#dddddd"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y}" dy="4" text-anchor="end" fill="#555555">{mega}</text>')
    y = place(0, BOUND).partition(",")[2]
    drawn.append(f'<path d="M{LEFT} {y}H{LEFT + wide}" stroke="#aa2222" stroke-dasharray="5 4"/>')
    step = next((one for one in STEPS if end / one <= 10), STEPS[-1])
    for moment in range(0, int(end) + 1, step):
        x = place(moment, 0).partition(",")[0]
        drawn.append(f'<text x="{x}" y="{HEIGHT - 14}" text-anchor="middle" fill="#555555">{moment} s</text>')
    labels = sorted(((track.held[-1] / MEGA, name) for name, track in tracks.items()), reverse=True)
    lowest = 0.0
    for mega, name in labels:
        colour = COLOURS[list(tracks).index(name) % len(COLOURS)]
        points = " ".join(place(*point) for point in _thinned(tracks[name]))
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>')
        lowest = max(float(place(end, mega).partition(",")[2]) + 4, lowest + 14)
        drawn.append(f'<text x="{LEFT + wide + 8}" y="{lowest:.1f}" fill="{colour}">{name}: {mega:.0f}</text>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*drawn, "</svg>"]) + "\n", encoding="utf-8")


def _thinned(track: Track) -> list[tuple[float, float]]:
    each = max(1, len(track.held) // POINTS)
    points = [(at, held / MEGA) for at, held in zip(track.seconds, track.held, strict=True)]
    return [*points[::each], points[-1]]


def failures(result: Result) -> list[str]:
    """What is not as it has to be."""
    found = [
        f"{result.title}: {name} held {track.peak / MEGA:.0f} MB"
        for name, track in result.tracks.items()
        if track.peak / MEGA > (WINDOW_BOUND if name == "window" else BOUND)
    ]
    found += [
        f"{result.title}: {name} grew by {track.growth() / MEGA:.0f} MB"
        for name, track in result.tracks.items()
        if track.growth() / MEGA > GROWTH
    ]
    upload = result.of("upload")
    if not upload or upload["stored"] != result.of("scan")["instances"]:
        found.append(f"{result.title}: not everything was stored")
    elif result.delivered != upload["stored"]:
        found.append(f"{result.title}: {result.delivered} files lie at the destination instead of {upload['stored']}")
    return found
