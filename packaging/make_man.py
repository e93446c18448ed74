#!/usr/bin/python3
"""Makes the manual pages from the programs themselves: a page a command, so none can be missing or say anything else.

    make_man.py MARTLET MARTLETD FOLDER

The commands come from `--experimental-dump-help` (swift-argument-parser's JSON), martletd.conf(5) from the default
configuration file that the daemon prints.
"""

import json
import os
import re
import subprocess
import sys

MADE_BY = ("version", "help")  # Every command has them; they are told once, in the first page.


def escape(text):
    """Text as roff takes it: nothing in it is a request or an escape."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def bold(text):
    return "\\fB" + escape(text) + "\\fR"


def italic(text):
    return "\\fI" + escape(text) + "\\fR"


def paragraphs(text):
    """Running text is filled; lines that are indented, as examples and tables are, are kept."""
    lines = []
    for block in re.split(r"\n[ \t]*\n", text.strip("\n")):
        if re.match(r"[ \t]", block):
            lines += [".PP", ".nf", ".RS 2", escape(block), ".RE", ".fi"]
        else:
            lines += [".PP", escape(block.strip())]
    return lines


def spelling(name):
    return ("--" if name["kind"] == "long" else "-") + name["name"]


def is_shown(argument):
    return argument.get("shouldDisplay", True) and argument.get("valueName") not in MADE_BY


def usage(path, command):
    parts = [bold(" ".join(path))]
    if command.get("subcommands"):
        parts.append(italic("command"))
    for argument in filter(is_shown, command.get("arguments", [])):
        value = italic(argument.get("valueName", "value"))
        if argument["kind"] == "positional":
            part = value + (" ..." if argument["isRepeating"] else "")
        else:
            part = bold(spelling(argument["preferredName"])) + ("" if argument["kind"] == "flag" else " " + value)
            part += " ..." if argument["isRepeating"] and argument["isOptional"] else ""
        parts.append("[" + part + "]" if argument["isOptional"] else part)
    return " ".join(parts)


def option(argument):
    value = italic(argument.get("valueName", "value"))
    if argument["kind"] == "positional":
        head = value
    else:
        head = ", ".join(bold(spelling(name)) for name in sorted(argument["names"], key=lambda name: name["kind"] == "long"))
        head += "" if argument["kind"] == "flag" else " " + value
    text = argument.get("abstract", "")
    if argument.get("discussion"):
        text += "\n\n" + argument["discussion"]
    default = argument.get("defaultValue")
    if default is not None and "default" not in text:
        text += " The default is " + default + "."
    lines = [".TP", head]
    for index, block in enumerate(re.split(r"\n[ \t]*\n", text.strip())):
        lines += ([".IP"] if index else []) + [escape(" ".join(block.split()))]
    return lines


def children(command):
    return [child for child in command.get("subcommands", []) if child["commandName"] != "help"]


def page(path, command, section, version, others):
    name = "-".join(path)
    lines = [
        '.\\" Made from the program itself.',
        f'.TH "{escape(name.upper())}" "{section}" "" "Martlet {escape(version)}" "Martlet"',
        ".SH NAME",
        f"{escape(name)} \\- {escape(sentence(command.get('abstract', '')))}",
        ".SH SYNOPSIS",
        usage(path, command),
    ]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"] + paragraphs(command["discussion"])
    if children(command):
        lines.append(".SH COMMANDS")
        for child in children(command):
            lines += [".TP", bold(" ".join(path + [child["commandName"]])), escape(child.get("abstract", ""))]
    arguments = list(filter(is_shown, command.get("arguments", [])))
    for title, kinds in (("ARGUMENTS", ("positional",)), ("OPTIONS", ("option", "flag"))):
        chosen = [argument for argument in arguments if argument["kind"] in kinds]
        if chosen:
            lines += [f".SH {title}"] + [line for argument in chosen for line in option(argument)]
    lines += [".SH SEE ALSO", ",\n".join(f"\\fB{escape(other)}\\fR({number})" for other, number in others)]
    return "\n".join(lines) + "\n"


def sentence(abstract):
    """As the line of NAME has it: no capital, no full stop."""
    text = " ".join(abstract.split()).rstrip(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def walk(path, command):
    """Every command with its path, the first first."""
    yield path, command
    for child in children(command):
        yield from walk(path + [child["commandName"]], child)


def command_pages(command, section, version, more):
    pages = {}
    everything = list(walk([command["commandName"]], command))
    for path, here in everything:
        above = [("-".join(path[:-1]), section)] if len(path) > 1 else []
        below = [("-".join(path + [child["commandName"]]), section) for child in children(here)]
        others = above + below + (more if len(path) == 1 else [("martlet", 1)] if len(path) > 2 else [])
        pages["-".join(path)] = page(path, here, section, version, others)
    return pages


def configuration_page(text, version):
    """martletd.conf(5), from the default file: comments, then `#key = default`."""
    lines = [
        '.\\" Made from the program itself.',
        f'.TH "MARTLETD.CONF" "5" "" "Martlet {escape(version)}" "Martlet"',
        ".SH NAME",
        "martletd.conf \\- configuration of Martlet\\(aqs host service",
        ".SH SYNOPSIS",
        bold("/etc/martlet/martletd.conf"),
        ".SH DESCRIPTION",
        "Lines of " + bold("key = value") + "; blank lines; comments, whose lines begin with #. An option on the command line of",
        bold("martletd") + "(8) wins over the file. A line that isn\\(aqt understood, an unknown key or a key given twice keeps",
        "the daemon from starting, and it says file, line, key and remedy: " + bold("martletd --check-config") + " says it beforehand.",
        ".PP",
        "The daemon reads the file when it starts. After a change: " + bold("systemctl restart martletd") + ", which no virtual",
        "machine notices. SIGHUP is not used and ends the daemon, as it does any program.",
        ".SH SETTINGS",
    ]
    comment = []
    for line in text.split("\n"):
        match = re.match(r"#([a-z][a-z-]*) = (.*)$", line)
        if match:
            lines += [".TP", bold(match[1]), escape(" ".join(comment)), ".br", "Default: " + bold(match[2])]
            comment = []
        elif line.startswith("# "):
            comment.append(line[2:])
        else:
            comment = []
    lines += [
        ".SH FILES",
        ".TP",
        bold("/usr/share/martlet/martletd.conf"),
        "The file as the package brought it.",
        ".SH SEE ALSO",
        bold("martletd") + "(8),",
        bold("martlet") + "(1)",
    ]
    return "\n".join(lines) + "\n"


def ask(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout


def main():
    martlet, martletd, folder = sys.argv[1:]
    version = ask(martletd, "--version").strip()
    pages = {}
    client = json.loads(ask(martlet, "--experimental-dump-help"))["command"]
    daemon = json.loads(ask(martletd, "--experimental-dump-help"))["command"]
    for name, text in command_pages(client, 1, version, [("martletd", 8)]).items():
        pages[f"man1/{name}.1"] = text
    for name, text in command_pages(daemon, 8, version, [("martletd.conf", 5), ("martlet", 1)]).items():
        pages[f"man8/{name}.8"] = text
    pages["man5/martletd.conf.5"] = configuration_page(ask(martletd, "--print-default-config"), version)
    for name, text in pages.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    main()
