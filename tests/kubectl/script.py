"""The files of commands/: one kubectl command a line, with notes indented below it. commands/README.md describes them."""

import pathlib
import re
import shlex

NOTES = ("prints", "fails", "only", "lacks", "apart", "differs", "editor", "until", "meanwhile", "unordered")


class Command:
    def __init__(self, place, line):
        self.place, self.line = place, line
        self.words = shlex.split(line)[1:]
        self.notes = []

    def values(self, note):
        return [value for name, value in self.notes if name == note]

    def value(self, note):
        return next(iter(self.values(note)), None)

    def has(self, note):
        return any(name == note for name, _ in self.notes)

    def runs_with(self, kubectl):
        return self.value("only") in (None, kubectl)


def read(path):
    commands = []
    for number, line in enumerate(pathlib.Path(path).read_text().splitlines(), 1):
        place = f"{pathlib.Path(path).name}:{number}"
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("kubectl "):
            commands.append(Command(place, line))
            continue
        note = re.match(r"\s+(\w+)\s*(.*)$", line)
        if not note or note[1] not in NOTES or not commands:
            raise ValueError(f"{place}: neither a kubectl command nor a note ({', '.join(NOTES)}): {line!r}")
        commands[-1].notes.append((note[1], note[2]))
    return commands
