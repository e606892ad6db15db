"""os_log: what shaders write reaches Python's logging, or a handler, whole and in order."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pymetal as pm
import pytest

Run = Callable[..., list[Any]]
HEADER = "#include <metal_logging>\n"


@pytest.fixture
def messages() -> Iterator[list[pm.LogMessage]]:
    """Collects the messages while the test runs."""
    received: list[pm.LogMessage] = []
    pm.set_log_handler(received.append)
    yield received
    pm.set_log_handler(None)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ('"plain"', "plain"),
        ('"%d %i", -3, 2147483647', "-3 2147483647"),
        ('"%u", 4294967295u', "4294967295"),
        ('"%x %X %#x %o", 255u, 255, 255u, 8', "ff FF 0xff 10"),
        ('"%f %.2f %8.3f|%-8.1f|%+f", 1.5f, 2.345f, 3.0f, 4.0f, 5.0h', "1.500000 2.35    3.000|4.0     |+5.000000"),
        ('"%e %g %a", 1e10f, 0.5f, 1.0f', "1.000000e+10 0.5 0x1p+0"),
        ('"%f %f", INFINITY, NAN', "inf nan"),
        ('"%f", bfloat(2.5f)', "2.500000"),
        ('"%hhd %hhu %hd %hu", char(-1), uchar(255), short(-2), ushort(65535)', "-1 255 -2 65535"),
        ('"%hhd", 257', "1"),
        ('"%ld %lu %lld", -1099511627776l, 18446744073709551615ul, 5l', "-1099511627776 18446744073709551615 5"),
        ('"%v4f", float4(1, 2, 3, 4)', "1.000000,2.000000,3.000000,4.000000"),
        ('"%v2.1f", float2(1, 2)', "%v2.1f"),
        ('"%.1v2hlf", float2(1, 2)', "1.0,2.0"),
        ('"%v3d|%v2hhx|%v4hu", int3(-1, 0, 1), uchar2(15, 16), ushort4(1)', "-1,0,1|f,10|1,1,1,1"),
        ('"%v3f", packed_float3(1, 2, 3)', "1.000000,2.000000,3.000000"),
        ('"%v2ld", long2(-1, 1)', "-1,1"),
        ('"%s and %.2s", "text", "cut"', "text and cu"),
        ("\"%c%c\", 'o', 'k'", "ok"),
        ('"%d %d", true, Colour::Green', "1 7"),
        ('"100%% %5d|%-5d|%05d", 1, 2, 3', "100%     1|2    |00003"),
        ('"%d %d", 1', "1 (missing)"),
        ('"%d", 2.75f', "2"),
        ('"%f", 3', "3.000000"),
        ('"%*d|%-*d|%.*f", 4, 1, 4, 2, 1, 3.0f', "   1|2   |3.0"),
        ('"%n %y %", 1', "%n %y %"),
    ],
)
def test_formats(run: Run, messages: list[pm.LogMessage], call: str, text: str) -> None:
    source = (
        f"enum class Colour : uchar {{ Green = 7 }};\nkernel void k(device int *x) {{ os_log_default.log({call}); }}"
    )
    run(HEADER + source, np.zeros(1, np.int32), grid=[1], group=[1])
    assert [m.text for m in messages] == [text]


def test_levels_and_origins(run: Run, messages: list[pm.LogMessage]) -> None:
    source = """constant os_log physics("com.example.app", "physics");
    kernel void k(device int *x) {
      physics.log("a"); physics.log_debug("b"); physics.log_info("c"); physics.log_error("d"); physics.log_fault("e");
      os_log_default.log_with_type(os_log_type_error, "%s", "f");
    }"""
    run(HEADER + source, np.zeros(1, np.int32), grid=[1], group=[1])
    level = pm.LogLevel
    assert [m.level for m in messages] == [
        level.Notice,
        level.Debug,
        level.Info,
        level.Error,
        level.Fault,
        level.Error,
    ]
    assert {(m.subsystem, m.category) for m in messages[:-1]} == {("com.example.app", "physics")}
    assert (messages[-1].subsystem, messages[-1].category, messages[-1].text) == ("", "", "f")


def test_every_message_of_every_thread_arrives_in_order(run: Run, messages: list[pm.LogMessage]) -> None:
    source = """kernel void k(device uint *x, uint i [[thread_position_in_grid]]) {
      for (uint n = 0; n < x[i]; ++n) os_log_default.log("%u %u", i, n);
    }"""
    counts = np.arange(300, dtype=np.uint32) % 7
    run(HEADER + source, counts, grid=[300], group=[64])
    heard: dict[int, list[int]] = defaultdict(list)
    for message in messages:
        thread, number = map(int, message.text.split())
        heard[thread].append(number)
    assert {i: heard[i] for i in range(300)} == {i: list(range(count)) for i, count in enumerate(counts)}


def test_around_barriers(run: Run, messages: list[pm.LogMessage]) -> None:
    source = """kernel void k(device int *x, uint i [[thread_position_in_threadgroup]]) {
      os_log_default.log("before");
      threadgroup_barrier(mem_flags::mem_none);
      if (simd_sum(i) > 0) os_log_default.log("after");
    }"""
    run(HEADER + source, np.zeros(1, np.int32), grid=[40], group=[40])
    assert [m.text for m in messages] == ["before"] * 40 + ["after"] * 40


def test_python_logging(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    source = """constant os_log physics("com.example.app", "physics");
    kernel void k(device int *x) {
      os_log_default.log("100%%"); os_log_default.log_fault("x"); physics.log_debug("y"); physics.log_error("z");
    }"""
    with caplog.at_level(logging.DEBUG):
        run(HEADER + source, np.zeros(1, np.int32), grid=[1], group=[1])
    assert caplog.record_tuples == [
        ("pymetal", logging.INFO, "100%"),
        ("pymetal", logging.CRITICAL, "x"),
        ("com.example.app.physics", logging.DEBUG, "y"),
        ("com.example.app.physics", logging.ERROR, "z"),
    ]
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        run(HEADER + source, np.zeros(1, np.int32), grid=[1], group=[1])
    assert [message for _, _, message in caplog.record_tuples] == ["x", "z"]


def test_a_failing_handler_does_not_stop_the_kernel(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    failures: list[Any] = []
    monkeypatch.setattr("sys.unraisablehook", failures.append)
    pm.set_log_handler(lambda message: 1 // 0)
    try:
        source = 'kernel void k(device int *x) { os_log_default.log("a"); x[0] = 5; os_log_default.log("b"); }'
        (out,) = run(HEADER + source, np.zeros(1, np.int32), grid=[1], group=[1])
    finally:
        pm.set_log_handler(None)
    assert out[0] == 5
    assert [type(failure.exc_value) for failure in failures] == [ZeroDivisionError] * 2


def test_logs_of_the_program_itself_compile_everywhere(run: Run, messages: list[pm.LogMessage]) -> None:
    """A stand-in for os_log, as programs bring it for old compilers."""
    source = """namespace own { struct os_log {
      constexpr os_log(constant char *, constant char *) constant {}
      template <typename... Args> void log_debug(constant char *, Args...) const {}
      template <typename... Args> void log_debug(constant char *, Args...) const constant {}
    }; }
    constant own::os_log quiet("a", "b");
    kernel void k(device int *x) { quiet.log_debug("%d", x[0]); x[0] = 2; }"""
    (out,) = run(source, np.zeros(1, np.int32), grid=[1], group=[1])
    assert out[0] == 2 and messages == []
