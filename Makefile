# SPDX-License-Identifier: Apache-2.0
# Everyday commands; the build itself is meson's.
BUILD := build
BUNDLE := $(BUILD)/bundle

.PHONY: all packages run check format format-check clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD) holdfast

$(BUILD)/build.ninja:
	meson setup $(BUILD)

# Debian packages, by name, where they are missing. Needs root.
packages:
	scripts/install-packages build run

# A container from a bundle that is made on the spot; it shows its own mount table.
run: packages
	$(MAKE) all
	scripts/make-bundle $(BUNDLE)
	$(BUILD)/holdfast run --bundle $(BUNDLE) demo

# Everything: builds with the tests, and runs them all. Needs root, for real mounts.
check:
	scripts/install-packages build run check clients
	$(MAKE) $(BUILD)/build.ninja
	meson configure $(BUILD) -Dtests=true
	ninja -C $(BUILD)
	scripts/check $(BUILD)

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

format-check:
	clang-format --dry-run --Werror $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)
