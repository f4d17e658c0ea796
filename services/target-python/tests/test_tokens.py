import asyncio
import unittest

from holdfast_target.query import QueryError
from holdfast_target.tokens import TokenQuery, parse_token_query, token_events


async def _collect(query: TokenQuery) -> list[str]:
    return [event async for event in token_events(query)]


class Tokens(unittest.TestCase):
    def test_events_come_in_order_then_the_end_mark(self) -> None:
        events = asyncio.run(_collect(TokenQuery(2, 1, 1, 2)))
        first, second = (f'data: {{"index":{index},"text":"xx"}}\n\n' for index in range(2))
        self.assertEqual(events, [first, second, "data: [DONE]\n\n"])

    def test_no_events_are_the_end_mark_alone(self) -> None:
        self.assertEqual(asyncio.run(_collect(TokenQuery(0, 1, 0, 2))), ["data: [DONE]\n\n"])

    def test_the_body_goes_before_the_query(self) -> None:
        query = parse_token_query("events=5&jitterMs=3", b'{"model":"m","events":1}')
        self.assertEqual(query, TokenQuery(1, 100, 3, 16))

    def test_bad_values_name_their_field(self) -> None:
        for query, body, text in (
            ("", b'{"events":-1}', "events: expected 0 to 1000000, got -1"),
            ("bytes=1.5", b"", 'bytes: expected 0 to 65536, got "1.5"'),
            ("", b'{"intervalMs":null}', "intervalMs: expected 0 to 3600000, got null"),
            ("", b'{"jitterMs":true}', "jitterMs: expected 0 to 3600000, got true"),
            ("", b"[]", "body: expected a JSON object"),
        ):
            with self.subTest(text), self.assertRaises(QueryError) as caught:
                parse_token_query(query, body)
            self.assertEqual(str(caught.exception), text)
