#!/usr/bin/env python3
"""Checks what the compiler can't: the structure of the tree and the agreements of docs/STYLE.md.

    tools/tidy.py [ROOT]

Prints one line a complaint, `file:line: message`, and fails if there is any. Every rule is a generator over a Tree;
tools/tidy_test.py shows for each of them that it bites.
"""

import fnmatch
import re
import sys
from pathlib import Path

from cpp_text import blank_out, functions

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
TODO_KINDS = ("soon", "perf", "security", "test")
BANNED_WORDS = ("util", "utils", "manager", "helper", "helpers", "misc")

SKIPPED_FOLDERS = {".git", "build", "certs", "node_modules", "__pycache__", "corpus", "data", "dist"}
TEXT_SUFFIXES = {".h", ".cc", ".c", ".py", ".sh", ".cmake", ".md", ".yaml", ".yml", ".json", ".txt", ".in", ".js",
                 ".ts", ".html", ".css", ".toml", ""}

# Which files may include a library's headers. A library is met at one door, so that it can be replaced there.
LIBRARY_DOORS = {
    "ngtcp2/": ["src/transport/quic_*"],
    "nghttp3/": ["src/codec/h3_*"],
    "openssl/": ["src/transport/*", "src/config/certificate_check.cc"],
    "yaml-cpp/": ["src/config/load*.cc"],
    "nlohmann/": ["src/config/*.cc", "src/admin/*.cc"],
    "ares": ["src/upstream/resolver.cc"],
    "opentelemetry/": ["src/observe/otlp.cc"],
    "thrift/": ["src/observe/jaeger.cc"],
    "jaeger/": ["src/observe/jaeger.cc"],
    "CLI/": ["src/main.cc", "src/server/command_line.cc"],
    "fmt/": ["src/*.cc"],
}
SYSTEM_FOLDERS = ("sys/", "netinet/", "arpa/", "linux/", "net/", "asm/")


class Tree:
    """The text files below a root, read once."""

    def __init__(self, root):
        self.root = Path(root)
        self.texts = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root)
            if SKIPPED_FOLDERS.isdisjoint(name.parts) and path.suffix in TEXT_SUFFIXES and path.is_file():
                try:
                    self.texts[name.as_posix()] = path.read_text()
                except UnicodeDecodeError:
                    pass  # not text after all

    def matching(self, *patterns):
        for name, text in self.texts.items():
            if any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                yield name, text

    def cpp(self):
        return self.matching("*.h", "*.cc")

    def headers(self):
        return self.matching("src/*.h", "tests/*.h", "sim/*.h", "fuzz/*.h", "bench/*.h")


def layers(tree):
    """The table `| room | may include |` of docs/ARCHITECTURE.md: room -> set of rooms."""
    text = tree.texts.get("docs/ARCHITECTURE.md", "")
    table = re.search(r"^\| *room *\| *may include *\|\n\|[-| ]+\|\n((?:\|.*\|\n?)+)", text, re.M)
    rooms = {}
    for row in table[1].splitlines() if table else ():
        names, may = (re.findall(r"[a-z]\w*", cell.partition("—")[0]) for cell in row.strip("|").split("|")[:2])
        rooms.update((name, set(may)) for name in names)
    for may in rooms.values():
        if "all" in may:
            may.remove("all")
            may.update(rooms)
    return rooms


def includes(text):
    """Yields (line number, opening character, included name)."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)', text, re.M):
        yield line_of(text, match.start()), match[1], match[2]


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def rooms_include_downward(tree):
    rooms = layers(tree)
    if not rooms:
        yield "docs/ARCHITECTURE.md", 1, "has no table `| room | may include |`"
        return
    for name, text in tree.matching("src/*/*.h", "src/*/*.cc", "tests/*/*.h", "tests/*/*.cc"):
        top, room = name.split("/")[:2]
        if top == "tests" and room == "support":
            continue
        if room not in rooms:
            yield name, 1, f"room {room} is not in the table of docs/ARCHITECTURE.md"
            continue
        for line, quote, included in includes(text):
            target = included.split("/")[0]
            if quote != '"' or "/" not in included or target == room or (top == "tests" and target == "support"):
                continue
            if target not in rooms[room]:
                yield name, line, f"{room} may not include {target} (docs/ARCHITECTURE.md)"


def build_links_what_the_table_says(tree):
    rooms = layers(tree)
    text = tree.texts.get("CMakeLists.txt", "")
    for match in re.finditer(r"^room\((\w+)(?:\s+USES((?:\s+[a-z]+)+))?", text, re.M):
        linked = set((match[2] or "").split())
        wanted = rooms.get(match[1], set()) - {match[1]}
        if linked != wanted:
            yield ("CMakeLists.txt", line_of(text, match.start()),
                   f"room {match[1]} links {sorted(linked)}, the table says {sorted(wanted)}")


def includes_are_written_from_src(tree):
    for name, text in tree.matching("src/*.h", "src/*.cc"):
        for line, quote, included in includes(text):
            if quote == '"' and "/" not in included and included != "version.h":
                yield name, line, f'"{included}" does not name its room'


def libraries_have_one_door(tree):
    for name, text in tree.matching("src/*.h", "src/*.cc"):
        for line, quote, included in includes(text):
            if quote != "<" or included.startswith(SYSTEM_FOLDERS):
                continue
            library = next((known for known in LIBRARY_DOORS if included.startswith(known)), None)
            if library is None:
                if "/" in included:
                    yield name, line, f"<{included}>: unknown library; give it a door in tools/tidy.py"
            elif not any(fnmatch.fnmatch(name, door) for door in LIBRARY_DOORS[library]):
                yield name, line, f"<{included}> may be included by {', '.join(LIBRARY_DOORS[library])} only"


def headers_begin_well(tree):
    for name, text in tree.headers():
        if not text.startswith("// "):
            yield name, 1, "a header begins with a comment that says what it is"
        code = [line for line in text.splitlines() if line.strip() and not line.startswith("//")]
        if not code or code[0] != "#pragma once":
            yield name, 1, "the first line of code in a header is #pragma once"
        for match in re.finditer(r"^\s*using\s+namespace\b", text, re.M):
            yield name, line_of(text, match.end()), "using namespace in a header"


def files_are_short(tree):
    for name, text in tree.matching("*.h", "*.cc", "*.c", "*.py", "*.sh", "*.cmake", "CMakeLists.txt", "Makefile"):
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield name, FILE_LINES_MAX, f"{lines} lines; {FILE_LINES_MAX} is the limit. Look for its second noun"


def functions_are_short(tree):
    for name, text in tree.cpp():
        for first, last, signature in functions(text):
            if last - first + 1 > FUNCTION_LINES_MAX:
                yield name, first, f"{last - first + 1} lines in one function ({signature}); {FUNCTION_LINES_MAX} allowed"


def names_say_something(tree):
    for name, text in tree.matching("*.h", "*.cc", "*.c", "*.py"):
        for word in re.split(r"[^a-z]+", name.lower()):
            if word in BANNED_WORDS:
                yield name, 1, f"'{word}' in a file's name says nothing"
        if not name.endswith((".h", ".cc")):
            continue
        code = blank_out(text)
        for match in re.finditer(r"\b(?:class|struct|union|enum(?:\s+class)?|using|namespace)\s+(\w+)", code):
            for word in re.findall(r"[A-Z]?[a-z]+", match[1]):
                if word.lower() in BANNED_WORDS:
                    yield name, line_of(code, match.start(1)), f"'{word}' in {match[1]} says nothing"


def todos_have_a_kind(tree):
    for name, text in tree.texts.items():
        if name.endswith(".md") or name.startswith("tools/tidy"):
            continue
        for match in re.finditer(r"\b(TODO|FIXME|XXX|HACK)\b(?:\((\w*)\))?", text):
            if match[1] != "TODO":
                yield name, line_of(text, match.start()), f"{match[1]}: write TODO({'|'.join(TODO_KINDS)})"
            elif match[2] == "now":
                yield name, line_of(text, match.start()), "TODO(now) means now"
            elif match[2] not in TODO_KINDS:
                yield name, line_of(text, match.start()), f"TODO without a kind: {', '.join(TODO_KINDS)}"


def tests_stand_beside_their_nouns(tree):
    rooms = layers(tree)
    for name, _ in tree.matching("tests/*/*.cc"):
        _, room, file = name.split("/", 2)
        if room == "support":
            continue
        if not file.endswith("_test.cc"):
            yield name, 1, "is not built: its name does not end in _test.cc"
            continue
        nouns = [Path(source).stem for source, _ in tree.matching(f"src/{room}/*.h", f"src/{room}/*.cc")]
        if room in rooms and not any(file.startswith(f"{noun}_") for noun in nouns):
            yield name, 1, f"tests nothing: no file in src/{room}/ has a name that it begins with"


def sources_are_built(tree):
    for name, _ in tree.matching("src/*.h", "src/*.cc"):
        if name.count("/") != 2 and name != "src/main.cc":
            yield name, 1, "is not built: sources are src/<room>/<noun>.{h,cc}"


def tree_names_no_machine(tree):
    for name, text in tree.texts.items():
        if name.startswith("tools/tidy"):
            continue
        for match in re.finditer(r"(?<![\w.}/])/(?:home|root|Users)/\w+", text):
            yield name, line_of(text, match.start()), f"{match[0]} is a path of one machine"
        if name.startswith(("tools/", "cmake/", ".ci/")) or name in ("Makefile", "CMakeLists.txt"):
            for match in re.finditer(r"https?://([\w-]+(?:\.[\w-]+)*)", text):
                if match[1] not in ("localhost", "127.0.0.1"):
                    yield name, line_of(text, match.start()), f"{match[1]}: tools name no host"


RULES = [
    rooms_include_downward,
    build_links_what_the_table_says,
    includes_are_written_from_src,
    libraries_have_one_door,
    headers_begin_well,
    files_are_short,
    functions_are_short,
    names_say_something,
    todos_have_a_kind,
    tests_stand_beside_their_nouns,
    sources_are_built,
    tree_names_no_machine,
]


def complaints(tree):
    return [complaint for rule in RULES for complaint in rule(tree)]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    found = complaints(Tree(root))
    for name, line, message in found:
        print(f"{name}:{line}: {message}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
