import unittest

from holdfast_target.query import PushQuery, QueryError, parse_query

BAD = [
    ("intervalMs=0", 'intervalMs: expected 10 to 3600000, got "0"'),
    ("intervalMs=9", 'intervalMs: expected 10 to 3600000, got "9"'),
    ("intervalMs=3600001", 'intervalMs: expected 10 to 3600000, got "3600001"'),
    ("intervalMs=", 'intervalMs: expected 10 to 3600000, got ""'),
    ("intervalMs=1_0", 'intervalMs: expected 10 to 3600000, got "1_0"'),
    ("intervalMs=%D9%A1%D9%A0", 'intervalMs: expected 10 to 3600000, got "\u0661\u0660"'),
    ("intervalMs=1e3", 'intervalMs: expected 10 to 3600000, got "1e3"'),
    ("bytes=31", 'bytes: expected 32 to 1048576, got "31"'),
    ("bytes=1048577", 'bytes: expected 32 to 1048576, got "1048577"'),
    ("bytes=+40", 'bytes: expected 32 to 1048576, got " 40"'),
    ("timing=later", 'timing: expected burst or spread, got "later"'),
    ("timing=", 'timing: expected burst or spread, got ""'),
    ("group=4294967296", 'group: expected 0 to 4294967295, got "4294967296"'),
    ("group=-1", 'group: expected 0 to 4294967295, got "-1"'),
    ("written=2", 'written: expected 0 or 1, got "2"'),
    ("written=true", 'written: expected 0 or 1, got "true"'),
    ("bytes=1&intervalMs=1", 'intervalMs: expected 10 to 3600000, got "1"'),
]


class Query(unittest.TestCase):
    def test_an_empty_query_takes_the_defaults(self) -> None:
        self.assertEqual(parse_query(""), PushQuery(10_000, 100, "burst", 0, True))

    def test_all_fields_are_read(self) -> None:
        text = "intervalMs=10&bytes=1048576&timing=spread&group=4294967295&written=0"
        self.assertEqual(parse_query(text), PushQuery(10, 1_048_576, "spread", 4_294_967_295, False))

    def test_the_other_limits_are_taken(self) -> None:
        self.assertEqual(parse_query("intervalMs=3600000&bytes=32&group=0"), PushQuery(3_600_000, 32))

    def test_the_first_of_repeated_fields_counts_and_unknown_ones_are_ignored(self) -> None:
        self.assertEqual(parse_query("bytes=40&bytes=1&colour=red"), PushQuery(size_bytes=40))

    def test_a_bad_value_is_told_with_what_was_expected(self) -> None:
        for text, sentence in BAD:
            with self.subTest(text), self.assertRaises(QueryError) as raised:
                parse_query(text)
            self.assertEqual(str(raised.exception), sentence)
