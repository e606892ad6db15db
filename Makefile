# The commands of the README. Each sets up what it needs, and may be run again at any time.
PYTHON := .venv/bin/python
BUILD := build/tests
export CMAKE_CXX_COMPILER_LAUNCHER := ccache
export CCACHE_MAXSIZE ?= 2G
# The same for the tests and the package, which then share what ccache keeps. A user's compiler may warn of more than ours.
WERROR := $(if $(CI),ON,OFF)
export SKBUILD_CMAKE_DEFINE := PYMETAL_WERROR=$(WERROR)

.PHONY: help setup install demo test lint wheel sanitize clean

help:
	@echo "make demo      set up, build, and blur a photograph with a Metal kernel"
	@echo "make test      set up, build, and run every test"
	@echo "make lint      check format, types and the dependency rule"
	@echo "make wheel     build a self-contained wheel into dist/"
	@echo "make sanitize  build and run the C++ tests with the address and undefined sanitizers"
	@echo "make clean     remove everything that was built"

setup:
	@tools/setup

install: setup
	@echo "== building and installing pymetal into .venv"
	@$(PYTHON) -m pip install --quiet --no-build-isolation --no-deps --force-reinstall .

demo: install
	@$(PYTHON) examples/image_blur.py

$(BUILD)/build.ninja: setup
	@cmake -G Ninja -S . -B $(BUILD) -DCMAKE_CXX_COMPILER=clang++-22 -DPYMETAL_PYTHON=OFF -DPYMETAL_TESTS=ON \
	    -DPYMETAL_WERROR=$(WERROR) > $(BUILD).log || (cat $(BUILD).log; false)

test: setup
	@echo "== building the C++ tests"
	@mkdir -p build
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@cmake --build $(BUILD)
	@echo "== C++ tests"
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j 2
	@$(MAKE) --no-print-directory install
	@echo "== Python tests and examples"
	@$(PYTHON) -m pytest -q -n 2

lint: setup
	@tools/lint

wheel: setup
	@$(PYTHON) -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist .
	@ls -l dist

sanitize: setup
	@tools/sanitize address,undefined

clean:
	rm -rf build dist .venv examples/out
