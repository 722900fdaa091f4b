"""From records to what people read: text, a Markdown table, a plot."""

import os
import statistics

FLOOR = "kernel floor"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"


def params_text(params):
    words = []
    for key, value in params.items():
        if key == "n":
            words.append("%s routes" % number(value))
        elif key == "tors":
            words.append("one ToR" if value == 1 else "two ToRs" if value == 2 else "%d ToRs" % value)
        elif key in ("how", "loss"):
            words.append(value if key == "how" else value + " loss")
        else:
            words.append("%s %s" % (key if key != "bfd" else "BFD", value))
    return ", ".join(words)


def number(n):
    if n >= 1000000 and n % 100000 == 0:
        return "%gM" % (n / 1e6)
    return "%gk" % (n / 1e3) if n >= 1000 and n % 100 == 0 else str(n)


def quantity(value, unit):
    if value is None:
        return ""
    if unit == "s":
        return "%.2f s" % value if value >= 1 else "%.1f ms" % (value * 1e3) if value < 0.01 else "%.0f ms" % (value * 1e3)
    if unit == "KiB":
        return "%.1f MiB" % (value / 1024)
    if unit == "B":
        return "%.1f MiB" % (value / 1048576) if value >= 1048576 else "%.1f KiB" % (value / 1024)
    digits = "%.0f" % value if abs(value) >= 100 else "%g" % round(value, 3)
    return "%s %s" % (digits, unit) if unit else digits


UNITS = {"_s": "s", "_kib": "KiB", "_bytes": "B"}


def values_text(values):
    if "failed" in values:
        return "FAILED: " + values["failed"]
    words = []
    for key, value in values.items():
        unit = next((u for end, u in UNITS.items() if key.endswith(end)), "")
        words.append("%s %s" % (key.rsplit("_", 1)[0] if unit else key, quantity(value, unit)))
    return ", ".join(words)


class Group:
    """All runs of a case with the same parameters: the median of each value of each contestant."""

    def __init__(self, case, params):
        self.case = case
        self.params = params
        self.runs = {}

    def values(self, contestant, key):
        return [r[key] for r in self.runs.get(contestant, []) if r.get(key) is not None]

    def median(self, contestant, key):
        values = self.values(contestant, key)
        return statistics.median(values) if values else None

    def failures(self, contestant):
        return [r["failed"] for r in self.runs.get(contestant, []) if "failed" in r]

    def failure(self, contestant):
        return next(iter(self.failures(contestant)), None)


def groups(records):
    found = {}
    for r in records:
        key = (r["case"], tuple(sorted(r["params"].items())))
        group = found.setdefault(key, Group(r["case"], r["params"]))
        group.runs.setdefault(r["contestant"], []).append(r["values"])
    return list(found.values())


def spread(values, unit):
    if not values:
        return ""
    text = quantity(statistics.median(values), unit)
    if len(values) > 1:
        text += " (%s-%s)" % (quantity(min(values), unit), quantity(max(values), unit))
    return text


def ratio(group, contestant, key):
    floor, mine = group.median(FLOOR, key), group.median(contestant, key)
    return mine / floor if floor and mine is not None else None


def best_peer(group, key):
    peers = [(group.median(c, key), c) for c in group.runs if c not in ("leafpeer", FLOOR)]
    peers = [p for p in peers if p[0] is not None]
    return min(peers) if peers else None


def rows(group, case):
    """Header and rows of the group's table, as text."""
    key = getattr(case, "RATIO", None)
    has_floor = key and group.median(FLOOR, key)
    header = ["", *[title for _, title, _ in case.COLUMNS]] + (["of the floor"] if has_floor else [])
    lines = [header]
    for contestant in group.runs:
        line = [contestant]
        for name, _, unit in case.COLUMNS:
            line.append(spread(group.values(contestant, name), unit))
        if has_floor:
            r = ratio(group, contestant, key)
            line.append("%.2f x" % r if r else "")
        if group.failure(contestant):
            line[1] = "failed: " + group.failure(contestant)[:60]
        lines.append(line)
    return lines


def verdict(name, have, target, unit):
    word = "kept" if have <= target else "MISSED"
    return "%s: %s: %.2f %s, the target is %g" % (word, name, have, unit, target)


def verdicts(group, case):
    """What the targets say of leafpeer: lines."""
    judge = getattr(case, "judge", None)
    return judge(group) if judge else []


def find_case(cases, name):
    return next(c for c in cases if c.__name__ == "cases." + name)


def about_text(about):
    versions = ", ".join("%s %s" % pair for pair in about["versions"].items())
    return "%s, %d CPUs, %d MiB, Linux %s, %s; %s" % (
        about["cpu"],
        about["cpus"],
        about["memory_mib"],
        about["kernel"],
        about["date"],
        versions,
    )


def text(about, records, cases):
    out = [about_text(about), ""]
    for group in groups(records):
        case = find_case(cases, group.case)
        lines = rows(group, case)
        widths = [max(len(line[i]) if i < len(line) else 0 for line in lines) for i in range(len(lines[0]))]
        out.append("%s, %s" % (group.case, params_text(group.params)))
        out += ["  " + "  ".join(cell.ljust(w) for cell, w in zip(line, widths)).rstrip() for line in lines]
        out += ["  " + v for v in verdicts(group, case)] + [""]
    return "\n".join(out)


def markdown(about, records, cases):
    """The table of the README: a line a case and a column a contestant; who is in one case alone stands in its line."""
    gs = groups(records)
    names = []
    for g in gs:
        names += [c for c in g.runs if c in COLORS and c not in names]
    out = ["| | %s |" % " | ".join(names), "|---|%s" % ("---|" * len(names))]
    notes = []
    for g in gs:
        case = find_case(cases, g.case)
        title = getattr(case, "TITLE", g.case)
        first, _, unit = case.COLUMNS[0]
        beside = ["%s %s" % (c, quantity(g.median(c, first), unit)) for c in g.runs if c not in COLORS and g.median(c, first)]
        cells = []
        for c in names:
            if g.failure(c):
                failed = "%d of %d runs" % (len(g.failures(c)), len(g.runs[c]))
                notes.append("- FAILED in %s: %s, %s, %s: %s" % (failed, c, title, params_text(g.params), g.failure(c)))
            if g.failure(c) and g.median(c, first) is None:
                cells.append("failed")
                continue
            shown = []
            for key, _, unit in [col for col in case.COLUMNS if col[0] in getattr(case, "README", (case.COLUMNS[0][0],))]:
                if g.median(c, key) is not None:
                    shown.append(quantity(g.median(c, key), unit))
            r = ratio(g, c, case.RATIO) if getattr(case, "RATIO", None) and c == "leafpeer" else None
            if r:
                shown[0] += " (%.2f x floor)" % r
            cells.append(", ".join(shown))
        of = params_text(g.params) + (" (beside it: %s)" % ", ".join(beside) if beside else "")
        out.append("| %s, %s | %s |" % (title, of, " | ".join(cells)))
        notes += ["- " + v for v in verdicts(g, case) if v.startswith("MISSED")]
    runs = "one run" if about["repeat"] == 1 else "medians of %d runs" % about["repeat"]
    out += ["", "%s; %s, contestants in turn." % (about_text(about), runs)] + ([""] + notes if notes else [])
    return "\n".join(out) + "\n"


# ---- the plot ------------------------------------------------------------------------------------------

COLORS = {
    FLOOR: "#888888",
    "leafpeer": "#1b7f3b",
    "BIRD": "#c0392b",
    "FRR": "#d68910",
    "OpenBGPD": "#6c5ce7",
    "GoBGP": "#2e86c1",
}


def svg(records, case_name, key, title):
    """Bars, on a logarithmic scale since the field is wide: a group of bars a size."""
    gs = [g for g in groups(records) if g.case == case_name and any(g.median(c, key) for c in g.runs)]
    if not gs:
        return None
    import math

    values = [g.median(c, key) for g in gs for c in g.runs if g.median(c, key)]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    left, bar, gap, width = 170, 14, 16, 640
    y, body = 34, []

    def x(value):
        return left + (width - left - 90) * (math.log10(value) - low) / max(high - low, 1)

    for g in gs:
        members = [c for c in g.runs if g.median(c, key)]
        body.append(
            '<text x="%d" y="%d" font-weight="bold">%s</text>' % (8, y + 11, params_text(g.params))
        )
        y += 17
        for c in members:
            v = g.median(c, key)
            body.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (left - 6, y + 11, c))
            body.append(
                '<rect x="%d" y="%d" width="%.1f" height="%d" fill="%s"/>'
                % (left, y, max(x(v) - left, 1), bar - 2, COLORS.get(c, "#555555"))
            )
            body.append('<text x="%.1f" y="%d">%s</text>' % (x(v) + 5, y + 11, quantity(v, "s")))
            y += bar
        y += gap
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">'
        '<rect width="100%%" height="100%%" fill="white"/><text x="8" y="18" font-size="13">%s</text>'
    ) % (width, y, title)
    return head + "".join(body) + "</svg>\n"


def write(folder, about, records, cases):
    with open(os.path.join(folder, "table.md"), "w") as f:
        f.write(markdown(about, records, cases))
    plot = svg(records, "ingest", "ingest_s", "From the first UPDATE to the last route in the kernel (logarithmic)")
    if plot:
        with open(os.path.join(folder, "ingest.svg"), "w") as f:
            f.write(plot)
    return plot


def into_readme(path, about, records, cases):
    with open(path) as f:
        text_now = f.read()
    if BEGIN not in text_now or END not in text_now:
        raise SystemExit("bench: %s has no %s and %s" % (path, BEGIN, END))
    before, rest = text_now.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    plot = svg(records, "ingest", "ingest_s", "From the first UPDATE to the last route in the kernel (logarithmic)")
    body = markdown(about, records, cases)
    if plot:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "ingest.svg"), "w") as f:
            f.write(plot)
        body += "\n![ingest](test/bench/ingest.svg)\n"
    with open(path, "w") as f:
        f.write(before + BEGIN + "\n" + body + END + after)
