#!/usr/bin/env python3
"""Shows that each rule of tools/tidy.py fires where it should, and only there, on small trees made for it."""
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))
import tidy  # noqa: E402

LEVELS = """set(TESSERA_LEVEL_1 base)
set(TESSERA_LEVEL_2 storage table log http_client)
set(TESSERA_LEVEL_4 identity)
set(TESSERA_LEVEL_8 engine)
set(TESSERA_LEVEL_9 analytics)
set(TESSERA_LEVEL_10 http cli)
"""
MODULES = {"base": "", "storage": "DEPS base", "table": "DEPS base", "log": "DEPS base", "identity": "DEPS storage",
           "engine": "DEPS identity log TEST_DEPS testing", "analytics": "DEPS table engine", "http": "DEPS engine",
           "cli": "DEPS base", "testing": "DEPS storage"}


def module_files(modules):
    files = {"cmake/TesseraModule.cmake": LEVELS}
    for name, rest in modules.items():
        files[f"src/{name}/CMakeLists.txt"] = f"tessera_module({name} SOURCES {name}.cc {rest})\n"
        files[f"src/{name}/README.md"] = f"# {name}\n"
    return files


def findings_in(files, modules=None):
    """The (path, line, rule) findings in a tree of `files` beside the modules above."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**module_files(modules or MODULES), **files}.items():
            whole = os.path.join(root, path)
            os.makedirs(os.path.dirname(whole), exist_ok=True)
            with open(whole, "w", encoding="utf-8") as file:
                file.write(text)
        found, _ = tidy.check_tree(root)
        return [(f.path, f.line, f.rule) for f in found]


class TidyTest(unittest.TestCase):
    def assert_finds(self, path, text, rule, line=1):
        self.assertEqual(findings_in({path: text}), [(path, line, rule)])

    def assert_clean(self, path, text):
        self.assertEqual(findings_in({path: text}), [])

    def assert_finds_each(self, path, texts, rule):
        for text in texts:
            with self.subTest(text):
                self.assert_finds(path, text + "\n", rule)


class ModuleLaw(TidyTest):
    def test_a_module_includes_itself_base_and_what_its_deps_lead_to(self):
        self.assert_clean("src/engine/a.cc", '#include "engine/a.h"\n#include "base/b.h"\n#include "storage/c.h"\n')

    def test_an_include_that_is_not_in_deps_is_found(self):
        self.assert_finds("src/identity/a.cc", '#include "base/b.h"\n#include "log/log.h"\n', "module-law", 2)

    def test_an_include_of_a_higher_module_is_found(self):
        self.assert_finds("src/storage/a.cc", '#include "engine/engine.h"\n', "module-law")

    def test_a_program_includes_what_it_links(self):
        files = {"src/cli/CMakeLists.txt": "target_link_libraries(cli PRIVATE log dep_x)\n"}
        self.assertEqual(findings_in({**files, "src/cli/a.cc": '#include "log/log.h"\n'}), [])
        found = findings_in({**files, "src/cli/a.cc": '#include "table/rows.h"\n'})
        self.assertEqual(found, [("src/cli/a.cc", 1, "module-law")])

    def test_a_commented_include_is_none(self):
        self.assert_clean("src/storage/a.cc", '// #include "engine/engine.h"\n')

    def test_tests_may_use_test_deps_and_product_code_may_not(self):
        self.assert_clean("src/engine/a_test.cc", '#include "testing/files.h"\n')
        self.assert_finds("src/engine/a.cc", '#include "testing/files.h"\n', "module-law")

    def test_a_dependency_upwards_is_found(self):
        found = findings_in({}, {**MODULES, "log": "DEPS engine"})
        self.assertEqual(found, [("src/log/CMakeLists.txt", 1, "module-law")])

    def test_a_module_without_a_level_is_found(self):
        found = findings_in({}, {**MODULES, "stray": ""})
        self.assertEqual(found, [("src/stray/CMakeLists.txt", 1, "module-law")])

    def test_an_include_without_its_folder_is_found(self):
        self.assert_finds("src/log/a.cc", '#include "log.h"\n', "include")


class ThirdParty(TidyTest):
    def test_each_library_has_one_home(self):
        self.assert_clean("src/storage/a.cc", "#include <rocksdb/db.h>\n")
        self.assert_clean("src/table/a.cc", "#include <duckdb.h>\n")
        self.assert_clean("src/http/a.cc", "#include <boost/beast.hpp>\n")
        self.assert_clean("src/http_client/a.cc", "#include <curl/curl.h>\n")
        self.assert_clean("src/cli/a.cc", "#include <CLI/CLI.hpp>\n")
        self.assert_finds_each("src/analytics/a.cc", [
            "#include <rocksdb/db.h>", "#include <duckdb.h>", "#include <boost/beast/core.hpp>",
            "#include <boost/asio.hpp>", "#include <curl/curl.h>", "#include <CLI/CLI.hpp>"], "third-party")

    def test_beast_is_in_three_files_at_most(self):
        files = {f"src/http/{name}.cc": "#include <boost/beast/core.hpp>\n" for name in "abcd"}
        self.assertEqual(findings_in(files), [("src/http/d.cc", 1, "third-party")])

    def test_cli11_is_in_one_file(self):
        files = {f"src/cli/{name}.cc": "#include <CLI/CLI.hpp>\n" for name in "ab"}
        self.assertEqual(findings_in(files), [("src/cli/b.cc", 1, "third-party")])

    def test_a_header_for_other_modules_shows_no_library(self):
        header = "#pragma once\n#include <rocksdb/db.h>\n"
        self.assertEqual(findings_in({"src/storage/a.h": header, "src/storage/a.cc": '#include "storage/a.h"\n'}), [])
        found = findings_in({"src/storage/a.h": header, "src/identity/a.cc": '#include "storage/a.h"\n'})
        self.assertEqual(found, [("src/storage/a.h", 2, "third-party")])


class Determinism(TidyTest):
    def test_what_differs_between_runs_is_found(self):
        self.assert_finds_each("src/log/a.cc", [
            "std::unordered_map<int, int> m;", "boost::unordered_flat_map<int, int> m;", "auto h = std::hash<int>{}(1);",
            "#include <random>", "std::mt19937 r;", "std::uniform_int_distribution<int> d;", "int i = rand();",
            "#include <locale>", 'setlocale(0, "");', "double d = strtod(s, nullptr);", "double d = std::stod(s);",
            "double d = std::pow(2, 3);", "double d = std::log10(2);"], "determinism")

    def test_what_agrees_between_runs_is_not(self):
        self.assert_clean("src/log/a.cc", "log::Log& l = open_log();\nauto h = hash64(x);\nint operand(int);\n"
                          "std::map<int, int> m;\nauto t = std::chrono::steady_clock::now();\n")

    def test_the_clock_is_asked_in_one_file(self):
        self.assert_clean("src/base/time.cc", "auto t = std::chrono::system_clock::now();\n")
        self.assert_finds_each("src/base/other.cc", ["auto t = std::chrono::system_clock::now();", "#include <ctime>",
                                                     "clock_gettime(0, &t);"], "determinism")

    def test_a_hash_table_that_is_never_iterated_says_so(self):
        self.assert_clean("src/log/a.cc", "boost::unordered_flat_map<int, int> m;  // never iterated\n")

    def test_level_nine_and_tests_are_free(self):
        self.assert_clean("src/analytics/a.cc", "std::unordered_map<int, int> m;\n")
        self.assert_clean("src/log/a_test.cc", "std::unordered_map<int, int> m;\n")

    def test_regex_is_found_everywhere(self):
        self.assert_finds("src/http/a.cc", "std::regex r;\n", "determinism")

    def test_words_in_comments_and_literals_are_not_code(self):
        self.assert_clean("src/log/a.cc", '// no std::hash here\nauto s = "std::hash"; auto r = R"(std::regex)";\n')

    def test_pure_modules_know_no_threads_files_sockets_or_clock(self):
        self.assert_finds_each("src/identity/a.cc", [
            "#include <thread>", "#include <mutex>", "#include <fstream>", "#include <chrono>", "#include <sys/socket.h>",
            'auto v = getenv("X");', "void f(Clock& clock);"], "pure")
        self.assert_clean("src/engine/a.cc", "#include <thread>\n")


def function(head, body_lines):
    return head + " {\n" + "  x();\n" * body_lines + "}\n"


class Lengths(TidyTest):
    def test_a_function_has_seventy_lines_at_most(self):
        self.assert_clean("src/log/a.cc", function("int f(int a)", 68))
        self.assert_finds("src/log/a.cc", "\n" + function("int f(int a)", 69), "function-length", 2)

    def test_members_templates_tests_and_constructors_count(self):
        for head in ("Status Log::open(A a) const", "template <class T>\nT f(T a) requires C<T>", "TEST(Log, Holds)",
                     "Log::Log(int a) : a_{a}, b_(2), c_{3}", "auto f(int a) -> std::vector<int>", "bool operator==(A a)"):
            with self.subTest(head):
                self.assert_finds("src/log/a.cc", function(head, 69), "function-length")

    def test_classes_namespaces_and_tables_may_be_longer(self):
        for head in ("namespace tessera::log", "class A : public B<int()>", "struct A", 'extern "C"'):
            with self.subTest(head):
                self.assert_clean("src/log/a.cc", head + " {\n" + "int f(int a) { return a; }\n" * 80 + "}\n")
        self.assert_clean("src/log/a.cc", "const int kTable[] = {\n" + "  f(1),\n" * 80 + "};\n")

    def test_braces_in_literals_and_macros_do_not_count(self):
        text = "#define OPEN(x) \\\n  {\nauto a = '{';\nauto b = R\"({{{)\";\n" + "int f(int a) { return a; }\n" * 80
        self.assert_clean("src/log/a.cc", text)

    def test_a_member_inside_a_class_is_found_where_it_stands(self):
        text = "class A {\n public:\n  int small() { return 1; }\n" + function("  int f(int a)", 69) + "};\n"
        self.assert_finds("src/log/a.cc", text, "function-length", 4)

    def test_a_file_has_five_hundred_lines_at_most(self):
        self.assert_clean("src/log/a.cc", "int a;\n" * 500)
        self.assert_finds("src/log/a.cc", "int a;\n" * 501, "file-length", 501)
        self.assert_finds("tools/a.py", "a = 1\n" * 501, "file-length", 501)
        self.assert_clean("docs/a.md", "a\n" * 501)

    def test_a_module_readme_is_a_page(self):
        self.assert_finds("src/log/README.md", "a\n" * 61, "readme")

    def test_a_module_has_a_readme(self):
        found = findings_in({"src/simulator/CMakeLists.txt": "tessera_module(simulator SOURCES a.cc)\n",
                             "cmake/TesseraModule.cmake": LEVELS + "set(TESSERA_LEVEL_9 simulator)\n"})
        self.assertEqual(found, [("src/simulator/README.md", 1, "readme")])


class Text(TidyTest):
    def test_a_header_says_pragma_once(self):
        self.assert_clean("src/log/a.h", "#pragma once\n")
        self.assert_finds("src/log/a.h", "int a;\n", "pragma-once")

    def test_names_that_name_nothing_are_found(self):
        for name in ("file_utils.cc", "log_manager.cc", "impl/a.cc", "log_v2.cc", "new_log.cc"):
            with self.subTest(name):
                self.assert_finds("src/log/" + name, "int a;\n", "name")
        self.assert_clean("src/log/renewal.cc", "int a;\n")

    def test_files_are_snake_case(self):
        self.assert_finds("src/log/FileLog.cc", "int a;\n", "name")

    def test_unfinished_work_is_found(self):
        self.assert_finds_each("src/log/a.cc", ["// TO" "DO: more", "// FIX" "ME", "int a;  // XX" "X"], "unfinished")
        self.assert_clean("tools/a.sh", "mktemp /tmp/a.XXXXXX\n")

    def test_tabs_and_stray_spaces_are_found(self):
        self.assert_finds("docs/a.md", "a\tb\n", "whitespace")
        self.assert_finds("docs/a.md", "a\nb \n", "whitespace", 2)
        self.assert_finds("docs/a.md", "a", "whitespace")

    def test_what_lies_outside_the_repository_is_found(self):
        self.assert_finds("docs/a.md", "see .." "/shared/data\n", "outside")
        self.assert_finds("tests/a.py", "open('/wo" "rk/main/x')\n", "outside")
        self.assert_clean("docs/a.md", "the network/work/life balance\n")


class References(TidyTest):
    def test_a_link_to_nothing_is_found(self):
        self.assert_finds("docs/a.md", "see\n[b](b.md)\n", "reference", 2)
        self.assertEqual(findings_in({"docs/a.md": "[b](b.md#part) [c](https://c.example) [d](#d)\n", "docs/b.md": "b\n"}), [])

    def test_a_page_that_code_names_is_there(self):
        self.assert_finds("src/log/a.cc", "// docs/" "formats/log.md\n", "reference")
        self.assertEqual(findings_in({"src/log/a.cc": "// docs/log.md\n", "docs/log.md": "log\n"}), [])


class Tree(TidyTest):
    def test_a_good_tree_has_no_findings(self):
        self.assertEqual(findings_in({}), [])

    def test_built_and_fetched_files_are_not_read(self):
        self.assertEqual(findings_in({"build/a.cc": "\t", ".deps/a.h": "\t", "tests/x/node_modules/a.js": "\t"}), [])


if __name__ == "__main__":
    unittest.main()
