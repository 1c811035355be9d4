#!/usr/bin/env python3
"""Draws how many members segments had, week by week: size_chart.py SIZES.json TITLE SEGMENT… > chart.svg.

SIZES.json is a list of {"at": "2011-01-03T03:00:00.000Z", "sizes": {"repeat-buyers": 112, …}} in the order of time,
as tests/online_retail/online_retail_test.py --sizes writes it. At most five segments; each is named at its line's end.
"""
import datetime
import html
import json
import sys

WIDTH, HEIGHT = 880, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 670, 56, 356
COLOURS = ["#1f5fa8", "#c4541a", "#2b7a4b", "#7a3f9d", "#8a6d00"]  # dark enough on white
LABEL_GAP = 18


def step_of(top):
    """A round distance between four to eight lines."""
    step = 1
    while top / step > 8:
        step *= 2.5 if str(step).startswith("2") else 2
    return int(step)


def places(ends):
    """Labels at the ends of lines, moved apart where they would lie on each other: by segment."""
    placed, last = {}, -LABEL_GAP
    for y, segment in sorted((y, segment) for segment, y in ends.items()):
        last = placed[segment] = max(y, last + LABEL_GAP)
    return placed


def text(x, y, words, more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{html.escape(words)}</text>'


def grid(top, step, y_of, months, x_of):
    for value in range(0, top + 1, step):
        y = y_of(value)
        colour = "#888" if value == 0 else "#e2e2e2"
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{RIGHT}" y2="{y:.1f}" stroke="{colour}"/>'
        yield text(LEFT - 8, y + 4, f"{value:,}", ' text-anchor="end" fill="#555"')
    for month in months:
        x = x_of(month)
        yield f'<line x1="{x:.1f}" y1="{BOTTOM}" x2="{x:.1f}" y2="{BOTTOM + 5}" stroke="#888"/>'
        words = month.strftime("%b %Y" if month.month == 1 else "%b")
        yield text(x, BOTTOM + 20, words, ' text-anchor="middle" fill="#555"')


def chart(sizes, title, segments):
    times = [datetime.datetime.fromisoformat(one["at"].replace("Z", "+00:00")) for one in sizes]
    first, span = times[0], (times[-1] - times[0]).total_seconds()
    most = max(one["sizes"][segment] for one in sizes for segment in segments)
    step = step_of(max(most, 1))
    top = -(-max(most, 1) // step) * step

    def x_of(at):
        return LEFT + (RIGHT - LEFT) * (at - first).total_seconds() / span

    def y_of(value):
        return BOTTOM - (BOTTOM - TOP) * value / top

    months = sorted({at.replace(day=1, hour=0, minute=0) for at in times} - {first.replace(day=1, hour=0, minute=0)})
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
           f' font-size="13" role="img" aria-label="{html.escape(title)}">')
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    yield text(LEFT, 30, title, ' font-size="16" fill="#222"')
    yield from grid(top, step, y_of, months, x_of)
    labels = places({segment: y_of(sizes[-1]["sizes"][segment]) for segment in segments})
    for colour, segment in zip(COLOURS, segments):
        points = " ".join(f"{x_of(at):.1f},{y_of(one['sizes'][segment]):.1f}" for at, one in zip(times, sizes))
        yield f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
        words = f"{segment} {sizes[-1]['sizes'][segment]:,}"
        yield text(RIGHT + 8, labels[segment] + 4, words, f' fill="{colour}"')
    yield "</svg>"


def main():
    if not 4 <= len(sys.argv) <= 3 + len(COLOURS):
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="ascii") as file:
        sizes = json.load(file)
    print("\n".join(chart(sizes, sys.argv[2], sys.argv[3:])))


if __name__ == "__main__":
    main()
