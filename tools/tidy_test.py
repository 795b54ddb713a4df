#!/usr/bin/env python3
"""Shows for every rule of tidy.py that it bites, and that it leaves good text alone."""

import tempfile
import unittest
from pathlib import Path

import tidy
from cpp_text import functions

ARCHITECTURE = """
| room | may include |
|---|---|
| base | — |
| io, `http` | base |
| proxy | base, http — **not** io |
| server | all |
"""
GOOD = {
    "docs/ARCHITECTURE.md": ARCHITECTURE,
    "CMakeLists.txt": "room(base LIBRARIES deps::fmt)\nroom(io USES base)\nroom(proxy    USES base http)\n",
    "src/base/list.h": "// A list.\n#pragma once\nclass List {};\n",
    "src/http/pipe.h": '// A pipe.\n#pragma once\n#include <vector>\n#include "base/list.h"\n',
    "src/server/worker.cc": '#include <sys/epoll.h>\n#include "io/socket.h"\n#include "proxy/exchange.h"\n',
    "tests/http/pipe_test.cc": '#include "http/pipe.h"\n#include "support/text.h"\n// TODO(perf): less.\n',
}


class TidyTest(unittest.TestCase):
    def complaints(self, **changes):
        """What tidy says of the good tree with these files (given as path=text) on top."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**GOOD, **changes}.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [f"{name}:{line}: {message}" for name, line, message in tidy.complaints(tidy.Tree(root))]

    def assert_complaint(self, files, start, part):
        found = self.complaints(**files)
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(start) and part in found[0], found)

    def test_leaves_a_good_tree_alone(self):
        self.assertEqual(self.complaints(), [])

    def test_the_table_is_read_with_its_exceptions(self):
        with tempfile.TemporaryDirectory() as root:
            Path(root, "docs").mkdir()
            Path(root, "docs/ARCHITECTURE.md").write_text(ARCHITECTURE)
            rooms = tidy.layers(tidy.Tree(root))
        self.assertEqual(rooms["base"], set())
        self.assertEqual(rooms["http"], {"base"})
        self.assertEqual(rooms["proxy"], {"base", "http"})
        self.assertEqual(rooms["server"], {"base", "io", "http", "proxy", "server"})

    def test_refuses_a_missing_table(self):
        self.assertTrue(any("no table" in each for each in self.complaints(**{"docs/ARCHITECTURE.md": "# Nothing\n"})))

    def test_refuses_an_include_that_goes_up(self):
        self.assert_complaint({"src/proxy/exchange.cc": '#include "base/list.h"\n#include "io/socket.h"\n'},
                              "src/proxy/exchange.cc:2:", "proxy may not include io")

    def test_refuses_a_test_that_reaches_beyond_its_room(self):
        self.assert_complaint({"tests/http/pipe_test.cc": '#include "proxy/exchange.h"\n'},
                              "tests/http/pipe_test.cc:1:", "http may not include proxy")

    def test_refuses_a_room_that_is_not_in_the_table(self):
        self.assert_complaint({"src/attic/box.cc": "int box;\n"}, "src/attic/box.cc:1:", "room attic")

    def test_refuses_a_link_that_the_table_does_not_know(self):
        self.assert_complaint({"CMakeLists.txt": "room(base)\nroom(http USES base io)\n"}, "CMakeLists.txt:2:", "room http")

    def test_refuses_an_include_without_a_room(self):
        self.assert_complaint({"src/base/list.cc": '#include "list.h"\n#include "version.h"\n'},
                              "src/base/list.cc:1:", "does not name its room")

    def test_refuses_a_library_at_a_second_door(self):
        self.assert_complaint({"src/proxy/exchange.cc": "#include <nghttp3/nghttp3.h>\n"},
                              "src/proxy/exchange.cc:1:", "src/codec/h3_*")

    def test_refuses_an_unknown_library(self):
        self.assert_complaint({"src/http/uri.cc": "#include <boost/url.hpp>\n"}, "src/http/uri.cc:1:", "unknown library")

    def test_refuses_a_header_without_its_sentence(self):
        self.assert_complaint({"src/base/list.h": "#pragma once\n"}, "src/base/list.h:1:", "begins with a comment")

    def test_refuses_a_header_without_pragma_once(self):
        self.assert_complaint({"src/base/list.h": "// A list.\n#include <vector>\n#pragma once\n"},
                              "src/base/list.h:1:", "#pragma once")

    def test_refuses_using_namespace_in_a_header(self):
        self.assert_complaint({"src/base/list.h": "// A list.\n#pragma once\nusing namespace std;\n"},
                              "src/base/list.h:3:", "using namespace")

    def test_refuses_the_601st_line(self):
        self.assertEqual(self.complaints(**{"src/base/list.cc": "int x;\n" * 600}), [])
        self.assert_complaint({"src/base/list.cc": "int x;\n" * 601}, "src/base/list.cc:", "601 lines")

    def test_refuses_the_71st_line_of_a_function(self):
        body = "  x();\n"
        self.assertEqual(self.complaints(**{"src/base/list.cc": "void f() {\n" + body * 68 + "}\n"}), [])
        self.assert_complaint({"src/base/list.cc": "int y;\nvoid f() {\n" + body * 69 + "}\n"},
                              "src/base/list.cc:2:", "71 lines in one function (void f())")

    def test_refuses_names_that_say_nothing(self):
        self.assert_complaint({"src/base/string_util.h": "// Strings.\n#pragma once\n"}, "src/base/string_util.h:1:", "util")
        self.assert_complaint({"src/base/list.cc": "\nclass ListManager {};\n"}, "src/base/list.cc:2:", "ListManager")

    def test_refuses_todos_that_are_due_or_have_no_kind(self):
        self.assert_complaint({"src/base/list.cc": "// TODO(now): this\n"}, "src/base/list.cc:1:", "means now")
        self.assert_complaint({"src/base/list.cc": "// TODO: this\n"}, "src/base/list.cc:1:", "without a kind")
        self.assert_complaint({"src/base/list.cc": "// FIXME this\n"}, "src/base/list.cc:1:", "FIXME")

    def test_refuses_a_test_of_nothing(self):
        self.assert_complaint({"tests/http/queue_test.cc": ""}, "tests/http/queue_test.cc:1:", "tests nothing")
        self.assertEqual(self.complaints(**{"tests/http/pipe_limits_test.cc": ""}), [])

    def test_refuses_files_that_are_not_built(self):
        self.assert_complaint({"tests/http/pipe_tests.cc": ""}, "tests/http/pipe_tests.cc:1:", "not built")
        self.assert_complaint({"src/base/deep/list.cc": ""}, "src/base/deep/list.cc:1:", "not built")

    def test_refuses_paths_and_hosts_of_one_machine(self):
        self.assert_complaint({"docs/build.md": "See\n/home/somebody/tree.\n"}, "docs/build.md:2:", "/home/somebody")
        self.assert_complaint({"tools/get": "curl http://mirror.example/x\n"}, "tools/get:1:", "mirror.example")
        self.assertEqual(self.complaints(**{"tools/get": "curl http://127.0.0.1:80/home/x http://localhost/\n"}), [])


class FunctionsTest(unittest.TestCase):
    def spans(self, text):
        return [(first, last) for first, last, _ in functions(text)]

    def test_finds_functions_in_namespaces_and_classes(self):
        self.assertEqual(self.spans("namespace a::b {\nclass C final : public D<int> {\n public:\n  int f() const {\n"
                                    "    return 1;\n  }\n};\n\nint g(int x)\n{\n  return x;\n}\n}\n"), [(4, 6), (9, 12)])

    def test_counts_the_whole_signature(self):
        self.assertEqual(self.spans("template <typename T>\nvoid f(T a,\n       T b) {\n  a(b);\n}\n"), [(1, 5)])

    def test_takes_initialisers_for_what_they_are(self):
        self.assertEqual(self.spans("C::C(int a) : a_{a}, b_(f({1})), c_{\n  2,\n} {\n  go();\n}\n"), [(1, 5)])
        self.assertEqual(self.spans("const int kTable[] = {\n1,\n2,\n};\nint x{f(1)};\nT y = g({1});\n"), [])

    def test_looks_through_strings_comments_and_directives(self):
        self.assertEqual(self.spans('// void f() {\n/* { */\n#define F() { \\\n {\nauto s = "{";\nauto c = \'{\';\n'
                                    'auto r = R"x({ ")" {)x";\nint n = 1\'000;\nvoid g() {}\n'), [(9, 9)])

    def test_a_lambda_belongs_to_its_function(self):
        self.assertEqual(self.spans("void f() {\n  auto g = [](int x) {\n    return x;\n  };\n}\n"), [(1, 5)])

    def test_sees_operators_tests_and_trailing_types(self):
        self.assertEqual(self.spans("bool operator==(A a, A b) { return a; }\nTEST(A, B) {\n}\n"
                                    "auto f() -> int {\n}\nenum class E : int { a, b };\n"), [(1, 1), (2, 3), (4, 5)])


if __name__ == "__main__":
    unittest.main()
