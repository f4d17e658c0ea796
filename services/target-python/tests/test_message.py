import base64
import time
import unittest

from holdfast_target.push import Push
from holdfast_target.query import PushQuery

DUE_NS = 0x0102030405060708
BEFORE = bytes.fromhex("48460101 0000002a 0102030405060708")
# 0x2a ^ 0x01020304 ^ 0x05060708 ^ 7 ^ 0x48460100 ^ 1
AFTER = bytes.fromhex("00000007 4c420520")


class PushMessage(unittest.TestCase):
    def test_the_layout_is_the_contract_byte_for_byte(self) -> None:
        message = Push(PushQuery(size_bytes=40, group=7, stamps_written=False), 42, DUE_NS).message()
        self.assertEqual(message, BEFORE + bytes(8) + AFTER + bytes(8))

    def test_a_stamped_message_differs_only_in_written(self) -> None:
        push = Push(PushQuery(size_bytes=32, group=7), 42, DUE_NS)
        began_ns = time.monotonic_ns()
        message = push.message()
        self.assertEqual((message[:16], message[24:]), (BEFORE, AFTER))
        self.assertTrue(began_ns <= int.from_bytes(message[16:24], "big") <= time.monotonic_ns())

    def test_each_receiver_gets_its_own_stamp(self) -> None:
        push = Push(PushQuery(), 1, 2)
        self.assertLessEqual(push.message()[16:24], push.message()[16:24])

    def test_without_stamps_one_serialization_serves_all(self) -> None:
        push = Push(PushQuery(stamps_written=False), 1, 2)
        self.assertIs(push.message(), push.message())
        self.assertIs(push.event(), push.event())
        self.assertIs(push.frame(), push.frame())

    def test_the_tick_is_taken_modulo_2_to_the_32(self) -> None:
        message = Push(PushQuery(size_bytes=32, stamps_written=False), 2**32 + 3, 0).message()
        self.assertEqual(message[4:8], bytes.fromhex("00000003"))
        self.assertEqual(message[28:32], (3 ^ 0x48460101).to_bytes(4, "big"))

    def test_an_event_carries_it_as_base64url_without_padding(self) -> None:
        push = Push(PushQuery(size_bytes=32, stamps_written=False), 42, DUE_NS)
        event = push.event()
        self.assertTrue(event.startswith(b"data: SEYBAQAAACoBAgMEBQYHCA") and event.endswith(b"\n\n"))
        self.assertEqual(base64.urlsafe_b64decode(event[6:-2] + b"="), push.message())

    def test_a_frame_prefixes_its_length(self) -> None:
        push = Push(PushQuery(size_bytes=300, stamps_written=False), 42, DUE_NS)
        self.assertEqual(push.frame(), bytes.fromhex("0000012c") + push.message())
        self.assertEqual(len(Push(PushQuery(size_bytes=300), 42, DUE_NS).frame()), 304)
