"""The parts of docs/performance.md that stay when another part of it is written: prose, and the tables of other runs."""
import os
import re

SECTION = re.compile(r"<!-- (?P<name>[a-z-]+):begin -->\n(?P<text>.*?)\n?<!-- (?P=name):end -->", re.DOTALL)


def read(path):
    """Returns the text of each section by its name, in the order of the file."""
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as f:
        return {match["name"]: match["text"].strip("\n") for match in SECTION.finditer(f.read())}


def render(sections):
    """Returns the lines of sections."""
    lines = []
    for name, text in sections.items():
        lines += [f"<!-- {name}:begin -->", *([text] if text else []), f"<!-- {name}:end -->", ""]
    return lines


def replace(path, name, text):
    """Puts a text in the place of a section, or behind everything else."""
    content = ""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            content = f.read()
    section = "\n".join(render({name: text})).rstrip("\n")
    if name in read(path):
        content = SECTION.sub(lambda match: section if match["name"] == name else match[0], content)
    else:
        content = content.rstrip("\n") + "\n\n" + section + "\n"
    with open(path, "w", encoding="utf-8") as f:
        f.write(content)
