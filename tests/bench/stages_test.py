#!/usr/bin/env python3
"""Profiles summed by stage: what perf script and callgrind_annotate print, and whose a sample is."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from measure.stages import callgrind_samples, perf_samples, rows, samples_of, stage_of, summed  # noqa: E402

WITH_CHAINS = """\
tollgate  4242 [000] 12.000001:     200 cpu-clock:u:
\t    7f00 sha512_block_data_order_avx2+0x12 (/usr/lib/x86_64-linux-gnu/libcrypto.so.3)
\t    5500 tollgate::core::Hmac::sign(std::initializer_list<std::basic_string_view<char> >)+0x3 (/opt/tollgate)
\t    5501 tollgate::provider::Provider::verify(tollgate::provider::RawCallback const&)+0x3 (/opt/tollgate)
\t    5502 tollgate::receiver::Receiver::handle(tollgate::net::Request const&)+0x3 (/opt/tollgate)

tollgate  4242 [000] 12.000201:     200 cpu-clock:u:
\t    7f00 sha256_block_data_order_avx2+0x12 (/usr/lib/x86_64-linux-gnu/libcrypto.so.3)
\t    5501 tollgate::delivery::WebhookSigner::sign(std::basic_string_view<char>, long)+0x3 (/opt/tollgate)

tollgate  4242 [000] 12.000401:     100 cpu-clock:u:
\tffffffff81 tcp_sendmsg+0x1 ([kernel.kallsyms])
\t    5501 tollgate::net::Connection::write()+0x3 (/opt/tollgate)

redis-server  4243 [000] 12.000601:     300 cpu-clock:u:
\t    4500 luaV_execute+0x1 (/usr/bin/redis-check-rdb)
"""

FLAT = """\
tollgate  4242 12.000001:     200 cpu-clock:u:      55aa tollgate::net::RequestParser::parse(tollgate::net::ReceiveBuffer&)+0x1 (/opt/tollgate)
tollgate  4242 12.000201:     200 cpu-clock:u:  7f00aabb __memmove_avx_unaligned_erms+0x1 (/usr/lib/x86_64-linux-gnu/libc.so.6)
"""

ANNOTATED = """\
--------------------------------------------------------------------------------
Ir
--------------------------------------------------------------------------------
10,000 (100.0%)  PROGRAM TOTALS

--------------------------------------------------------------------------------
Ir               file:function
--------------------------------------------------------------------------------
6,000 (60.00%)  ???:sqlite3VdbeExec [/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6]
3,000 (30.00%)  /src/event/codec.cpp:tollgate::event::encode[abi:cxx11](tollgate::event::Event const&) [/opt/tollgate]
1,000 (10.00%)  ???:main'2 [/opt/tollgate]
"""


class StageTest(unittest.TestCase):
    def test_is_of_the_innermost_caller_that_names_one(self):
        frames = [("malloc", "libc"), ("tollgate::store::RedisClient::send()", "tollgate"), ("tollgate::net::Loop::run()", "tollgate")]
        self.assertEqual(stage_of("tollgate", frames), "store")
        self.assertEqual(stage_of("tollgate", frames[2:]), "HTTP")

    def test_what_everybody_calls_belongs_to_its_caller(self):
        mac = ("sha512_block_data_order", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3")
        self.assertEqual(stage_of("tollgate", [mac]), "verify")
        self.assertEqual(stage_of("tollgate", [mac, ("tollgate::delivery::WebhookSigner::sign()", "t")]), "delivery")

    def test_libraries_without_names_are_known_by_their_file(self):
        self.assertEqual(stage_of("tollgate", [("0x00000000000a1b20", "/usr/lib/x86_64-linux-gnu/libsqlite3.so.0.8.6")]), "store")
        self.assertEqual(stage_of("", [("0x0000000000230920", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3")]), "verify")

    def test_the_kernel_is_the_kernel_whoever_asked(self):
        self.assertEqual(stage_of("tollgate", [("do_syscall_64", "[kernel.kallsyms]"), ("tollgate::store::x()", "t")]), "kernel")

    def test_redis_server_is_one_stage(self):
        for thread in ("redis-server", "bio_aof", "io_thd_1"):
            self.assertEqual(stage_of(thread, [("do_syscall_64", "[kernel.kallsyms]")]), "redis-server")

    def test_what_nobody_knows_is_other(self):
        self.assertEqual(stage_of("tollgate", [("_start", "tollgate")]), "other")
        self.assertEqual(stage_of("tollgate", []), "other")

    def test_the_steps_of_a_callback(self):
        for symbol, stage in (("tollgate::provider::startbutton::Startbutton::check(RawCallback const&)", "verify"),
                              ("tollgate::provider::Provider::normalise(VerifiedCallback const&)", "normalise"),
                              ("simdjson::haswell::implementation::parse()", "normalise"),
                              ("tollgate::event::decide(tollgate::event::PaymentState const*)", "store"),
                              ("sqlite3_step", "store"),
                              ("tollgate::net::Responder::send(tollgate::net::PreparedResponse const&, bool)", "ACK"),
                              ("tollgate::net::RequestParser::parse()", "HTTP"),
                              ("boost::asio::detail::scheduler::run()", "HTTP")):
            self.assertEqual(stage_of("tollgate", [(symbol, "tollgate")]), stage, symbol)


class PerfTest(unittest.TestCase):
    def test_reads_chains(self):
        samples = list(perf_samples(WITH_CHAINS.splitlines()))
        self.assertEqual([(command, weight, len(frames)) for command, weight, frames in samples],
                         [("tollgate", 200, 4), ("tollgate", 200, 2), ("tollgate", 100, 2), ("redis-server", 300, 1)])
        self.assertEqual(samples[0][2][1], ("tollgate::core::Hmac::sign(std::initializer_list<std::basic_string_view<char> >)", "/opt/tollgate"))
        totals = summed(samples)
        self.assertEqual({stage: weight for stage, weight in totals.items() if weight},
                         {"verify": 200, "delivery": 200, "kernel": 100, "redis-server": 300})

    def test_reads_samples_of_one_line(self):
        totals = summed(samples_of(FLAT.splitlines()))
        self.assertEqual({stage: weight for stage, weight in totals.items() if weight}, {"HTTP": 200, "other": 200})


class CallgrindTest(unittest.TestCase):
    def test_reads_functions_and_leaves_out_the_totals(self):
        samples = list(callgrind_samples(ANNOTATED.splitlines()))
        self.assertEqual([weight for _, weight, _ in samples], [6_000, 3_000, 1_000])
        self.assertEqual(samples[2][2], [("main", "/opt/tollgate")])
        totals = summed(samples_of(ANNOTATED.splitlines()))
        self.assertEqual({stage: weight for stage, weight in totals.items() if weight}, {"store": 9_000, "other": 1_000})


class RowsTest(unittest.TestCase):
    def test_divide_a_callback(self):
        totals = {"kernel": 1, "store": 3, "ACK": 0}
        self.assertEqual(rows(totals, 20), [["kernel", "25.0 %", "5.00"], ["store", "75.0 %", "15.00"]])
        self.assertEqual(rows(totals)[0][2], "")

    def test_of_nothing_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "perf script"):
            rows(summed([]))


if __name__ == "__main__":
    unittest.main()
