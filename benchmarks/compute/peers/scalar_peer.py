"""The same C++ on one thread without vector instructions: what a processor's cores and lanes are measured against."""

from __future__ import annotations

from benchmarks.compute.peers.cpp_peer import CppPeer

SCALAR = ("-O3", "-march=native", "-ffast-math", "-fno-tree-vectorize", "-fno-tree-slp-vectorize", "-DSCALAR")


def make_peer() -> CppPeer:
    return CppPeer(SCALAR, "on one thread, without vectors")
