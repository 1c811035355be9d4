#!/usr/bin/env python3
"""The style that a compiler does not check, as a test (CONTRIBUTING.md has it in words).

Usage: tidy.py [ROOT]. Prints `file:line: rule: what is wrong`, one line each; exits 1 if there is any.
Reads src/, cmake/TesseraModule.cmake (the levels) and every module's CMakeLists.txt (its DEPS).
"""
import os
import re
import sys
from collections import namedtuple

Finding = namedtuple("Finding", "path line rule message")

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70
MAX_README_LINES = 60
MAX_BEAST_FILES = 3

IGNORED_FOLDERS = {".git", "build", ".deps", "node_modules", "__pycache__", "corpus", ".cache"}
CODE = (".h", ".cc", ".py", ".sh", ".cmake", ".mjs", ".js", ".ts", ".tsx", ".html", ".css")
TEXT = CODE + (".md", ".txt", ".yaml", ".yml", ".sql", ".supp")
SCRIPTS = {"dev", "run"}  # text without an extension
BAD_NAMES = {"manager", "helper", "helpers", "util", "utils", "misc", "impl", "new", "v2"}

# Third-party headers, and the only module that may include each.
HOMES = {
    r"rocksdb/": "storage",
    r"duckdb\.h$|duckdb\.hpp$|duckdb/": "table",
    r"boost/(beast|asio)\b": "http",
    r"curl/": "http_client",
    r"CLI/": "app",
}
THIRD_PARTY = re.compile(r"^(rocksdb/|duckdb|boost/|simdjson|protozero/|xxhash|spdlog/|fmt/|prometheus/|yaml-cpp/|curl/"
                         r"|openssl/|zlib|CLI/|gtest/|rapidcheck|benchmark/)")

# What makes two runs over the same log differ. Levels 1-8, tests apart.
NOT_DETERMINISTIC = [
    (r"\b(std|boost)::unordered_\w+",
     "iteration order is no part of the log; use std::map or a sorted vector, "
     "or say `// never iterated`"),
    (r"\bstd::hash\b", "its values differ between libraries; use base/hash.h"),
    (r"#\s*include\s*<random>|\bstd::(mt19937\w*|random_device|\w+_distribution)\b|\b(s?rand|drand48)\s*\(",
     "machines roll no dice: hash (seed, subject)"),
    (r"#\s*include\s*<c?locale>|\bstd::locale\b|\bsetlocale\s*\(", "nothing may depend on a locale"),
    (r"\b(std::)?(strtod|strtof|strtold|atof)\s*\(|\bstd::sto(d|f|ld)\s*\(", "depends on the locale; use std::from_chars"),
    (r"(?<!\w)std::(exp2?|expm1|log(1p|2|10)?|pow|sin|cos|tan|a(sin|cos|tan2?)|sinh|cosh|tanh|cbrt|hypot|erfc?|[tl]gamma)"
     r"\s*\(", "libm's results differ between versions"),
]
HASH_TABLES = {"src/storage/object_cache.h"}  # wrappers whose order nobody sees; elsewhere the line says so
CLOCK = re.compile(r"#\s*include\s*<ctime>|\bsystem_clock\b|\bstd::time\s*\(|\bgettimeofday\b|\bclock_gettime\b"
                   r"|\b(localtime|gmtime|mktime)(_r)?\s*\(")
# What a pure module (levels 4-7) does not know.
IMPURE = re.compile(r"#\s*include\s*<(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier|stop_token"
                    r"|fstream|filesystem|chrono|iostream|unistd\.h|fcntl\.h|netdb\.h|sys/\w+\.h|arpa/\w+\.h|netinet/\w+\.h)>"
                    r"|\b(std::)?getenv\s*\(|\bstd::(thread|jthread|mutex|condition_variable)\b|\b(System)?Clock\s*&")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
ELSEWHERE = re.compile(r"\.\./" r"shared\b|(?<![\w.])/wor" r"k/")  # what lies outside the repository


class Module:
    """A module as its CMakeLists.txt and the level table declare it."""

    def __init__(self, name, level, deps, test_deps):
        self.name, self.level, self.deps, self.test_deps = name, level, deps, test_deps


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def read_levels(root):
    path = os.path.join(root, "cmake", "TesseraModule.cmake")
    if not os.path.exists(path):
        return {}
    levels = {}
    for level, names in re.findall(r"set\(TESSERA_LEVEL_(\d+)([^)]*)\)", read(path)):
        for name in names.split():
            levels[name] = int(level)
    return levels


def read_modules(root):
    levels, modules = read_levels(root), {}
    source = os.path.join(root, "src")
    for name in sorted(os.listdir(source)) if os.path.isdir(source) else []:
        cmake = os.path.join(source, name, "CMakeLists.txt")
        if not os.path.isfile(cmake):
            continue
        deps, test_deps = set(), set()
        text = re.sub(r"#[^\n]*", "", read(cmake))
        for body in re.findall(r"tessera_module\(([^)]*)\)", text):
            section = None
            for word in body.split():
                if word in ("SOURCES", "TESTS", "FUZZ", "DEPS", "LIBS", "TEST_DEPS", "TEST_LIBS"):
                    section = word
                elif section == "DEPS":
                    deps.add(word)
                elif section == "TEST_DEPS":
                    test_deps.add(word)
        if "tessera_module(" not in text:  # a program: what it links
            for body in re.findall(r"target_link_libraries\(([^)]*)\)", text):
                deps |= set(body.split()) & set(levels) - {name}
        modules[name] = Module(name, levels.get(name), deps, test_deps)
    return modules


def reachable(modules, names):
    """The modules that `names` are and lead to."""
    seen, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += modules[name].deps if name in modules else []
    return seen


TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r'|(?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'", re.S)


def code_only(text):
    """C++ with comments and the insides of literals blanked; lines stay where they are. Includes keep their names."""
    def blank(match):
        found = match.group(0)
        start = text.rfind("\n", 0, match.start()) + 1
        if found[0] == '"' and re.match(r"\s*#\s*include\s*$", text[start:match.start()]):
            return found
        inside = re.sub(r"[^\n]", " ", found)
        return inside if found.startswith("/") else '"' + inside[1:-1] + '"' if len(inside) > 1 else inside
    return TOKEN.sub(blank, text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def is_test(path):
    return bool(re.search(r"(_test|_fuzz|_bench)\.cc$|_fixture\.h$", path)) or path.startswith("src/testing/")


def module_of(path):
    parts = path.split("/")
    return parts[1] if len(parts) > 2 and parts[0] == "src" else None


# ---- rules over one C++ file: (path, text, code, modules) -> findings

def includes(code):
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', code, re.M):
        yield match.group(2), match.group(1) == '"', line_of(code, match.start())


def check_module_law(path, text, code, modules):
    own = modules.get(module_of(path))
    if own is None:
        return
    allowed = reachable(modules, own.deps | {own.name, "base"})
    if is_test(path):
        allowed |= reachable(modules, own.test_deps) | {"testing"}
    for name, quoted, line in includes(code):
        other = name.split("/")[0]
        if quoted and "/" not in name:
            yield Finding(path, line, "include", f'"{name}": write the path from src/, as in "{own.name}/{name}"')
        elif other in modules and other not in allowed:
            yield Finding(path, line, "module-law", f'{own.name} includes "{name}", and {other} is not in its DEPS')


def check_third_party(path, text, code, modules):
    module = module_of(path)
    if module is None:
        return
    for name, _, line in includes(code):
        if not THIRD_PARTY.match(name):
            continue
        for pattern, home in HOMES.items():
            if re.match(pattern, name) and module != home and not (home == "app" and module == "cli"):
                yield Finding(path, line, "third-party", f"<{name}> may be included in src/{home}/ only")


def never_iterated(path, text, line):
    return path in HASH_TABLES or "// never iterated" in text.split("\n")[line - 1]


def check_determinism(path, text, code, modules):
    own = modules.get(module_of(path))
    if re.search(r"\bstd::w?regex\b|#\s*include\s*<regex>", code):
        found = re.search(r"\bstd::w?regex\b|#\s*include\s*<regex>", code)
        yield Finding(path, line_of(code, found.start()), "determinism", "std::regex overflows the stack on hostile input")
    if own is None or own.level is None or own.level > 8 or is_test(path):
        return
    for pattern, why in NOT_DETERMINISTIC:
        for found in re.finditer(pattern, code):
            if "unordered" in found.group(0) and never_iterated(path, text, line_of(code, found.start())):
                continue
            yield Finding(path, line_of(code, found.start()), "determinism", f"{found.group(0).strip()}: {why}")
    if path != "src/base/time.cc":
        for found in CLOCK.finditer(code):
            yield Finding(path, line_of(code, found.start()), "determinism",
                          f"{found.group(0).strip()}: only base/time.cc asks the system's clock")
    if 4 <= own.level <= 7:
        for found in IMPURE.finditer(code):
            yield Finding(path, line_of(code, found.start()), "pure",
                          f"{found.group(0).strip()}: {own.name} is a pure module: no threads, files, sockets, clock")


def check_pragma_once(path, text, code, modules):
    if path.endswith(".h") and not re.search(r"^#pragma once$", text, re.M):
        yield Finding(path, 1, "pragma-once", "a header begins with #pragma once")


SCOPE = re.compile(r"^(inline\s+)?(class|struct|union|enum|namespace|extern)\b")


def without_template(header):
    """`header` less leading labels, attributes and template<…>."""
    header = re.sub(r"^(\s*(public|private|protected)\s*:)+", "", header).strip()
    while header.startswith("template"):
        depth = 0
        for at, char in enumerate(header):
            depth += (char == "<") - (char == ">")
            if char == ">" and depth == 0:
                break
        header = header[at + 1:].strip()
        header = re.sub(r"^requires\b.*?(?=\b(class|struct|auto|void|inline|constexpr)\b)", "", header, flags=re.S)
    return re.sub(r"^\[\[[^\]]*\]\]\s*", "", header)


def block_kind(header, parent):
    """What a `{` after `header` opens: scope, function, member (an initialiser in a constructor's list) or other."""
    header = without_template(header)
    if parent != "scope":
        return "other"
    if SCOPE.match(header):
        return "scope"
    if "(" not in header or re.search(r"=\s*$", header):
        return "other"
    if re.search(r"\)\s*(noexcept\s*)?:(?!:)", header) and re.search(r"[\w>]\s*$", header) and \
            not re.search(r"\b(const|noexcept|override|final|try)\s*$", header):
        return "member"
    return "function"


def functions(code):
    """(first line, last line, name) of every function body that stands in a namespace or class."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), code, flags=re.M)
    stack, start = [("scope", 0)], 0  # of each open block: its kind and where its header began
    for match in re.finditer(r"[{};]", code):
        char, at = match.group(0), match.start()
        if char == "{":
            kind = block_kind(code[start:at], stack[-1][0])
            stack.append((kind, start))
            start = start if kind == "member" else at + 1
        elif char == "}" and len(stack) > 1:
            kind, began = stack.pop()
            if kind == "function":
                header = code[began:at]
                began += len(header) - len(header.lstrip())
                name = re.search(r"([\w:~]+|operator[^\w\s]+)\s*\(", header)
                yield line_of(code, began), line_of(code, at), name.group(1) if name else "a function"
            start = start if kind == "member" else at + 1
        elif char == ";" and stack[-1][0] != "member":
            start = at + 1


def check_function_length(path, text, code, modules):
    for first, last, name in functions(code):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield Finding(path, first, "function-length", f"{name} has {last - first + 1} lines, {MAX_FUNCTION_LINES} at most")


# ---- rules over any text file: (path, text) -> findings

def check_file_length(path, text):
    lines = text.count("\n")
    if path.endswith(CODE) and lines > MAX_FILE_LINES:
        yield Finding(path, lines, "file-length", f"{lines} lines, {MAX_FILE_LINES} at most")


def check_whitespace(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield Finding(path, number, "whitespace", "a tab; indent with spaces")
        if line != line.rstrip():
            yield Finding(path, number, "whitespace", "spaces at the end of the line")
    if text and not text.endswith("\n"):
        yield Finding(path, text.count("\n") + 1, "whitespace", "no newline at the end of the file")


def check_words(path, text):
    for number, line in enumerate(text.split("\n"), 1):
        found = UNFINISHED.search(line)
        if found:
            yield Finding(path, number, "unfinished", f"{found.group(0)}: finish it, or leave it out")
        found = ELSEWHERE.search(line)
        if found and not path.startswith(".ci/"):
            yield Finding(path, number, "outside", f"{found.group(0)} is not in the repository, and not on others' machines")


# ---- rules over the tree

def check_references(root, path, text):
    """What a page links to, and the pages that code and text name, are there."""
    names = [(m.start(), os.path.join(os.path.dirname(path), m.group(1)))
             for m in re.finditer(r"\]\((?![a-z]+:|#)([^)#\s]+)", text) if path.endswith(".md")]
    names += [(m.start(), m.group(0)) for m in re.finditer(r"(?<![\w/.])docs/[\w./-]*\w\.md\b", text)]
    for at, name in names:
        if not os.path.exists(os.path.join(root, name)):
            yield Finding(path, line_of(text, at), "reference", f"there is no {os.path.normpath(name)}")


def check_names(paths):
    for path in paths:
        stem = re.split(r"\.", os.path.basename(path))[0]
        words = [word for part in path.split("/")[:-1] + [stem] for word in re.split(r"[_\-]", part)]
        bad = sorted(BAD_NAMES & set(words))
        if bad and path.startswith(("src/", "tests/", "tools/", "bench/", "cmake/")):
            yield Finding(path, 1, "name", f"'{bad[0]}' names nothing; say what is in it")
        if path.startswith("src/") and path.endswith((".h", ".cc")) and not re.fullmatch(r"[a-z0-9_/]+\.(h|cc)", path):
            yield Finding(path, 1, "name", "files are snake_case")


def check_modules(root, modules):
    for module in modules.values():
        readme = os.path.join(root, "src", module.name, "README.md")
        shown = f"src/{module.name}/README.md"
        if not os.path.exists(readme):
            yield Finding(shown, 1, "readme", "each module has a README.md of at most a page")
        elif read(readme).count("\n") > MAX_README_LINES:
            yield Finding(shown, 1, "readme", f"more than {MAX_README_LINES} lines: at most a page")
        if module.level is None and module.name != "testing":
            yield Finding(f"src/{module.name}/CMakeLists.txt", 1, "module-law",
                          f"{module.name} has no level in cmake/TesseraModule.cmake")
        for dep in sorted(module.deps):
            if module.level and dep in modules and (modules[dep].level or 99) >= module.level:
                yield Finding(f"src/{module.name}/CMakeLists.txt", 1, "module-law",
                              f"{module.name} (level {module.level}) may not use {dep} (level {modules[dep].level})")


def check_few(paths, codes):
    """Slow headers stay in few files."""
    for pattern, most, what in ((r"boost/(beast|asio)", MAX_BEAST_FILES, "Beast"), (r"CLI/", 1, "CLI11")):
        users = [p for p in paths if p.endswith(".cc") and not is_test(p) and p.startswith("src/")
                 and any(re.match(pattern, name) for name, _, _ in includes(codes[p]))]
        for path in users[most:]:
            yield Finding(path, 1, "third-party", f"{what} is in {len(users)} files, {most} at most: it is slow to compile")


def check_seams(codes):
    """A header that other modules include shows no third-party library."""
    shared = set()
    for path, code in codes.items():
        shared |= {"src/" + name for name, quoted, _ in includes(code) if quoted and module_of(path) != module_of("src/" + name)}
    for path in sorted(shared & set(codes)):
        for name, _, line in includes(codes[path]):
            if THIRD_PARTY.match(name) and not name.startswith("boost/unordered/") and module_of(path) != "testing":
                yield Finding(path, line, "third-party", f"<{name}> in a header that other modules include: "
                              "keep libraries behind the .cc")


FILE_RULES = (check_file_length, check_whitespace, check_words)
CPP_RULES = (check_module_law, check_third_party, check_determinism, check_pragma_once, check_function_length)


def list_files(root):
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        folders[:] = sorted(f for f in folders if f not in IGNORED_FOLDERS and not (relative == "." and f == "data"))
        for file in sorted(files):
            if file.endswith(TEXT) or file in SCRIPTS:
                yield file if relative == "." else f"{relative}/{file}"


def check_tree(root):
    """Every finding in the tree, and how many files were read."""
    modules, paths, codes, findings = read_modules(root), list(list_files(root)), {}, []
    for path in paths:
        text = read(os.path.join(root, path))
        for rule in FILE_RULES:
            findings += rule(path, text)
        if not path.startswith("tests/tidy/"):
            findings += check_references(root, path, text)
        if path.endswith((".h", ".cc")):
            codes[path] = code_only(text)
            for rule in CPP_RULES:
                findings += rule(path, text, codes[path], modules)
    findings += check_names(paths)
    findings += check_modules(root, modules)
    findings += check_few(paths, codes)
    findings += check_seams(codes)
    return findings, len(paths)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    findings, count = check_tree(root)
    for finding in sorted(findings):
        print(f"{finding.path}:{finding.line}: {finding.rule}: {finding.message}")
    print(f"tidy: {count} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
