"""Compute kernels on PyMetal and on its peers; `python -m benchmarks.compute --help` tells how to run them."""
