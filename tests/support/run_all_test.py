"""run_all.py counts honestly: what each kind of test program prints, and what a crash makes of it."""

import contextlib
import io
import unittest

import run_all
from run_all import Counts, counts_of

DOCTEST = "[doctest] test cases:  12 |  11 passed | 1 failed | 3 skipped\n[doctest] assertions: 90 | 89 passed | 1 failed |\n"
UNITTEST = "Ran 9 tests in 0.1s\n\nFAILED (failures=1, errors=2, skipped=1)\n"
NODE = "# tests 6\n# suites 0\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 0\n"


class Counting(unittest.TestCase):
    def test_a_doctest_program(self):
        self.assertEqual(counts_of("FAIL", DOCTEST), Counts(11, 1, 3))

    def test_a_unittest_program(self):
        self.assertEqual(counts_of("FAIL", UNITTEST), Counts(5, 3, 1))
        self.assertEqual(counts_of("OK", "Ran 1 test in 0.0s\n\nOK\n"), Counts(1, 0, 0))
        self.assertEqual(counts_of("OK", "Ran 3 tests in 0.0s\n\nOK (skipped=2)\n"), Counts(1, 0, 2))

    def test_node_in_both_of_its_reporters(self):
        self.assertEqual(counts_of("FAIL", NODE), Counts(3, 2, 1))
        self.assertEqual(counts_of("FAIL", NODE.replace("#", "\u2139")), Counts(3, 2, 1))

    def test_our_own_line_wins_and_the_last_one_counts(self):
        self.assertEqual(counts_of("OK", "1 passed, 0 failed, 0 skipped\n7 passed, 0 failed, 2 skipped\n"), Counts(7, 0, 2))

    def test_a_program_that_says_nothing_is_one_test(self):
        self.assertEqual(counts_of("OK", ""), Counts(1, 0, 0))
        self.assertEqual(counts_of("SKIP", ""), Counts(0, 0, 1))

    def test_a_crash_or_time_out_after_good_counts_is_a_failure(self):
        for result in ("FAIL", "TIMEOUT", "ERROR", "INTERRUPT", "UNEXPECTEDPASS"):
            with self.subTest(result):
                self.assertEqual(counts_of(result, "4 passed, 0 failed, 0 skipped\n"), Counts(4, 1, 0))
                self.assertEqual(counts_of(result, ""), Counts(0, 1, 0))

    def test_what_failed_is_shown_with_what_node_says_of_it(self):
        lines = ["ok 1 - a"] * 90 + ["    not ok 2 - b", "      ---", "      error: no"] + ["ok 3 - c"] * 90
        self.assertEqual(run_all.failed_lines(lines), lines[90:120] + ["[...]"])
        self.assertEqual(run_all.failed_lines(["ok 1 - a"]), [])

    def test_each_case_that_failed_is_named_whatever_ran_it(self):
        text = "\n".join(["ok 1 - a", "    not ok 2 - b", "failed   1.20s  c: 1, expected 2", "passed   0.10s  d",
                          "FAIL: test_e (f.Tests.test_e)", "ERROR: test_g (f.Tests.test_g)", "TEST CASE:  h"])
        self.assertEqual(run_all.failed_names(text), ["b", "c: 1, expected 2", "test_e (f.Tests.test_e)", "test_g (f.Tests.test_g)", "h"])

    def test_nothing_run_is_not_success(self):
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(run_all.main([]), 1)


if __name__ == "__main__":
    unittest.main()
