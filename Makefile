# SPDX-License-Identifier: Apache-2.0
# Everyday commands; the build itself is meson's.
BUILD := build
BUNDLE := $(BUILD)/bundle

.PHONY: all packages static run check check-kernels check-faults check-load fuzz check-sanitizers check-static check-analyzer coverage bench format format-check clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD) holdfast

$(BUILD)/build.ninja:
	meson setup $(BUILD)

# Debian packages, by name, where they are missing. Needs root.
packages:
	scripts/install-packages build run

# build-static/holdfast: linked statically, which starts fastest. Small beats fast code: what a start waits for is pages.
SMALL := -Dbuildtype=release -Doptimization=s -Db_lto=true
static: packages
	test -d build-static || meson setup build-static $(SMALL) -Dprefer_static=true -Dc_link_args=-static-pie
	ninja -C build-static holdfast

# A container from a bundle that is made on the spot; it shows its own mount table.
run: packages
	$(MAKE) all
	scripts/make-bundle $(BUNDLE)
	$(BUILD)/holdfast run --bundle $(BUNDLE) demo

# Everything: builds with the tests, and runs them all. Needs root, for real mounts.
check:
	scripts/install-packages build run check clients examples fuzz
	$(MAKE) $(BUILD)/build.ninja
	meson configure $(BUILD) -Dtests=true
	ninja -C $(BUILD)
	scripts/check $(BUILD)

# Every system call of a start fails with every error, and is killed at; and the long form of the load tests: `make check` has
# a part of both. docs/faults.md and docs/load.md have the results. Need root, and an hour and a half, or a quarter of an hour.
check-faults check-load:
	scripts/install-packages build run check
	$(MAKE) $(BUILD)/build.ninja
	meson configure $(BUILD) -Dtests=true
	ninja -C $(BUILD)
	HOLDFAST_FAULTS=all HOLDFAST_LOAD=full HOLDFAST_CHECK_TIMEOUT=7200 scripts/check $(BUILD) $(@:check-%=%).bats

# The fuzz targets for longer than `make check` runs them, or some of them: FUZZ_SECONDS=3600 FUZZ='config path'. Needs root.
FUZZ_SECONDS := 600
fuzz:
	scripts/install-packages build fuzz
	tests/fuzz/fuzz $(BUILD)-fuzz $(FUZZ_SECONDS) $(FUZZ)

# Unit tests, system tests and threads with the address, undefined and thread sanitizers. Needs root.
check-sanitizers:
	scripts/install-packages build run check
	scripts/check-sanitizers $(BUILD) $(SANITIZERS)

# clang-tidy, cppcheck and shellcheck; and gcc -fanalyzer.
check-static:
	scripts/install-packages build analysis
	scripts/check-static $(BUILD) $(STATIC)

check-analyzer:
	scripts/install-packages build analysis
	scripts/check-static $(BUILD) analyzer

# Which lines the tests go through, by folder: build-coverage/coverage.txt, and coverage/index.html. TESTS: only these. Needs root.
coverage:
	scripts/install-packages build run check coverage
	scripts/coverage $(BUILD)-coverage $(TESTS)

# Debian's kernels, in virtual machines without KVM, with the tests that tests/kernels/boots.tsv names: takes long.
# KERNELS="6.1 selinux": only these. A whole run writes README's table of kernels. Needs root.
check-kernels:
	scripts/install-packages build check kernels
	tests/kernels/run $(KERNELS)

# The speed, beside that of other runtimes; the tables go into docs/benchmarks.md. BENCH=ab: only these parts. Needs root.
bench:
	scripts/install-packages build run bench
	$(MAKE) static
	test -d build-bench-dynamic || meson setup build-bench-dynamic $(SMALL)
	ninja -C build-bench-dynamic holdfast
	bench/run build-static build-bench-dynamic $(BENCH)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

format-check:
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD) $(BUILD)-fuzz $(BUILD)-asan $(BUILD)-tsan $(BUILD)-clang $(BUILD)-analyzer $(BUILD)-coverage build-static build-bench-dynamic build-kernels
