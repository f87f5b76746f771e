# uavlake: every task of users and developers. The build itself is Meson's; this installs what is missing and calls it.

PREFIX ?= /usr/local
BUILD ?= build
JOBS ?= $(shell nproc)
SERVE ?= yes
SECONDS_EACH ?= 30

# What tools/install leaves for this checkout.
DEPS := $(CURDIR)/.deps
export PKG_CONFIG_PATH := $(DEPS)/duckdb:$(PKG_CONFIG_PATH)
export JOBS BUILD SERVE

.DEFAULT_GOAL := build
.PHONY: help deps build demo test test-deps check evaluate format lint bench fuzz extension install uninstall clean

help: ## this list
	@echo "make [TARGET] [VARIABLE=VALUE]…"
	@echo
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo "  PREFIX=/usr/local   where make install puts it (DESTDIR goes before it)"
	@echo "  BUILD=build         the build folder"
	@echo "  SERVE=yes           no: make demo stops before the web page"
	@echo "  JOBS=$(JOBS)              compilers at once"
	@echo "  INSTALL=yes         no: install no Debian packages, only say which are missing"
	@echo "  DUCKDB_DIR=         a DuckDB of your own"

deps: ## install what compiling and running need
	@tools/install build

test-deps: ## install what the tests need too
	@tools/install test

build: deps ## compile: build/uavlake (what make alone does)
	@tools/configure $(BUILD) --buildtype=release --prefix=$(PREFIX)
	@ninja -C $(BUILD) -j $(JOBS)

demo: build ## make an example lake in ./demo and open it at http://127.0.0.1:8100
	@tools/demo $(BUILD)/uavlake

test: test-deps ## every test: release, with sanitizers, with clang
	@tools/test

check: build ## the quick tests, for while you write
	@meson test -C $(BUILD) --no-rebuild --no-suite slow --print-errorlogs

format: test-deps ## lay out the C code
	@git ls-files -z '*.c' '*.h' | xargs -0 clang-format -i

lint: test-deps ## look for mistakes: clang-tidy, shellcheck, tsc
	@tools/lint

evaluate: build ## measure how right the findings are (LABELS=, LOGS=: your own flights)
	@tools/evaluate $(BUILD)/uavlake $(LABELS) $(LOGS)

bench: build ## measure speed
	@meson test -C $(BUILD) --no-rebuild --benchmark --verbose

fuzz: test-deps ## feed every decoder damaged input (SECONDS_EACH=30)
	@tools/fuzz $(SECONDS_EACH)

extension: build ## the DuckDB extension that reads logs: build/extension/
	@ninja -C $(BUILD) -j $(JOBS) extension/uavlake.duckdb_extension
	@echo "Built: $(BUILD)/extension/uavlake.duckdb_extension"

install: build ## install to PREFIX
	@grep -q '"name": "prefix", "value": "$(PREFIX)"' $(BUILD)/meson-info/intro-buildoptions.json || meson configure $(BUILD) --prefix=$(PREFIX)
	@meson install -C $(BUILD) --quiet
	@echo "Installed: $(DESTDIR)$(PREFIX)/bin/uavlake"

uninstall: ## remove what make install installed
	@ninja -C $(BUILD) uninstall

clean: ## remove all that was built, and the example lake
	rm -rf build build-asan build-clang build-fuzz $(BUILD) demo
