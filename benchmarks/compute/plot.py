"""Draws the ratios of every row as an SVG picture: a line for each row, a dot for each peer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from typing import Any

from benchmarks.compute.report import SUBJECT, ratio

COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#8d5a97", "#c77d0a", "#555555")
LEFT, WIDTH, LINE, TOP, MARGIN = 240, 560, 22, 50, 20


def text(x: float, y: float, value: str, anchor: str = "start", fill: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(value)}</text>'


def draw(results: Mapping[str, Any]) -> str:
    """The picture as text."""
    entries = [entry for entry in results["rows"] if entry["kind"] == "throughput"]
    peers = [name for name in results["contestants"] if name != SUBJECT]
    points = [
        (line, peer, value)
        for line, entry in enumerate(entries)
        for peer, name in enumerate(peers)
        if (value := ratio(entry, name)) is not None
    ]
    low = math.floor(math.log10(min([0.5, *(value for _, _, value in points)])))
    high = math.ceil(math.log10(max([2.0, *(value for _, _, value in points)])))

    def x(value: float) -> float:
        return LEFT + WIDTH * (math.log10(value) - low) / (high - low)

    def y(line: int) -> float:
        return TOP + LINE * (line + 0.5)

    bottom, full = TOP + LINE * len(entries), LEFT + WIDTH + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{bottom + 40}" '
        'font-family="sans-serif" font-size="12">',
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for line, entry in enumerate(entries):
        if line % 2 == 0:
            parts.append(f'<rect x="0" y="{TOP + LINE * line}" width="{full}" height="{LINE}" fill="#f4f4f4"/>')
        parts.append(text(LEFT - 10, y(line) + 4, entry["title"], "end"))
    for power in range(low, high + 1):
        for step in (1, 2, 5):
            value = step * 10.0**power
            if value > 10.0**high:
                break
            at = x(value)
            colour, width = ("#222", 1.5) if value == 1 else ("#ddd", 1)
            parts.append(f'<path d="M{at:.1f} {TOP}V{bottom}" stroke="{colour}" stroke-width="{width}"/>')
            parts.append(text(at, bottom + 16, f"{value:g}", "middle", "#555"))
    for line, peer, value in points:
        parts.append(f'<circle cx="{x(value):.1f}" cy="{y(line):.1f}" r="4.5" fill="{COLOURS[peer % len(COLOURS)]}"/>')
    at = float(LEFT)
    for peer, name in enumerate(peers):
        parts.append(f'<circle cx="{at:.1f}" cy="32" r="4.5" fill="{COLOURS[peer % len(COLOURS)]}"/>')
        parts.append(text(at + 10, 36, name))
        at += 30 + 6.6 * len(name)
    parts.append(text(LEFT, 16, f"time of the peer / time of {SUBJECT}; to the right of 1, {SUBJECT} is faster"))
    return "\n".join([*parts, "</svg>", ""])
