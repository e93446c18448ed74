# What there is to do with Martlet, a target each. Every one sets up what it needs.

# What is generated is as its generator has it.
SWIFT_FILES = $(shell find Package.swift Sources Tests -name '*.swift' -not -path '*/Generated/*')

.PHONY: help run test test-databases test-vsock lint format proto bench guest build release deb clean

help:  ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 18

run:  ## build, start the daemon in the foreground and, the first time, the machine hello
	@scripts/run

test:  ## build and run all tests, real guests among them
	@scripts/test

test-databases:  ## build and check production checkpoints of a PostgreSQL that is written to; ten minutes
	@scripts/test-databases

test-vsock:  ## build and check that guests are spoken to by vsock, in a host that is a guest; long where all is emulated
	@scripts/test-vsock

lint:  ## check format, imports, words and scripts, without building
	@failed=0; \
	swift format lint --strict --parallel $(SWIFT_FILES) || failed=1; \
	for check in imports words scripts proto; do scripts/lint-$$check || failed=1; done; \
	exit $$failed

format:  ## format the sources in place
	swift format --in-place --parallel $(SWIFT_FILES)

proto:  ## make the guest's contract in Swift anew, from guest.proto
	@scripts/setup build
	@scripts/make-proto

bench:  ## measure, side by side with libvirt and with QEMU alone
	@scripts/setup build host guest bench
	swift build -c release --static-swift-stdlib --product martletd
	swift build -c release --static-swift-stdlib --product martlet
	swift build -c release --static-swift-stdlib --product martlet-guest
	@scripts/make-guest-services .build/release/martlet-guest
	python3 bench/bench.py

guest:  ## make the small Linux guest: .build/guest/vmlinuz and initrd.img
	@scripts/setup guest
	@scripts/make-guest

build:  ## build for debugging
	@scripts/setup build
	swift build

release:  ## build .build/release/martletd, martlet and martlet-guest
	@scripts/setup build
	swift build -c release --static-swift-stdlib --product martletd
	swift build -c release --static-swift-stdlib --product martlet
	swift build -c release --static-swift-stdlib --product martlet-guest

deb: release  ## make dist/martlet_<version>_amd64.deb and, for guests, dist/martlet-guest_<version>_amd64.deb
	@scripts/setup deb
	@scripts/make-deb
	@scripts/make-guest-deb

clean:  ## remove all that was built; what is in .martlet stays
	rm -rf .build
