# SPDX-License-Identifier: GPL-2.0-only
#
# For people.  What kbuild reads is in Kbuild; `make help` lists what this can do.

KDIR ?= /lib/modules/$(shell uname -r)/build
VERSION := $(shell cat VERSION)

# The name modules are installed under; Debian's kernel.release is not always that.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h')

# Modules that use each other's symbols build in one pass of kbuild.
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)
modules := ramster zcache-native zcache-hooks dm-zcache zcache tmem_zbud tmem ramster_cluster
# What needs neither two processors nor a block device of QEMU's.
uml-tests := 02-block 30-ephemeral 31-threads 35-shrinker 36-same-filled 41-compressors 42-remote \
	70-ramster 71-ramster-swap 72-ramster-copies 73-ramster-liar 74-ramster-repair \
	76-ramster-joins 77-ramster-silence 78-ramster-zero 79-ramster-loss \
	80-dm-zcache 81 82-dm-directed 83-dm-device 85-dm-ramster
dkms-tree := /usr/src/ramster-$(VERSION)
deb-tree := build/deb/ramster-$(VERSION)
built := *.o *.ko *.mod *.mod.c .*.cmd .*.d modules.order Module.symvers probed.h probed.log
dkms-files := Kbuild Makefile VERSION COPYING dkms.conf compat common tmem zbud zcache cluster ramster

.PHONY: all install uninstall clean help demo deps
.PHONY: tools install-tools pictures
.PHONY: check check-host check-tools check-model check-vm check-long check-mutants check-debug check-debug-uml lint
.PHONY: check-matrix
.PHONY: bench bench-smp bench-net bench-ramster
.PHONY: dkms-install dkms-uninstall dkms-source deb check-packages
.PHONY: need-headers

all: need-headers ## build the modules for KDIR (default: the running kernel)
	+$(kbuild) modules

need-headers:
	@sh compat/need-headers.sh '$(KDIR)'

install: all ## install the modules for KDIR and run depmod
	+$(kbuild) modules_install
	depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') '$(release)'

uninstall: need-headers ## remove the installed modules of KDIR
	for m in $(modules); do \
		find '$(INSTALL_MOD_PATH)/lib/modules/$(release)' -name "$$m.ko*" -not -path '*/dkms/*' -delete; \
	done
	for d in extra updates; do \
		find '$(INSTALL_MOD_PATH)/lib/modules/$(release)' -depth -type d -empty \
			\( -path "*/$(release)/$$d" -o -path "*/$(release)/$$d/*" \) -delete; \
	done
	depmod $(if $(INSTALL_MOD_PATH),-b '$(INSTALL_MOD_PATH)') '$(release)'

# By name, not through kbuild: the headers it was built with may be gone.
clean: ## remove everything that was built
	find common compat tmem zbud zcache cluster ramster -type f \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' \
		-o -name modules.order \) -delete
	$(RM) -r build compat/probed.h compat/probed.log
	$(RM) Module.symvers modules.order .*.cmd .module-common.o

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | \
		while IFS='	' read -r target text; do printf '  %-15s %s\n' "$$target" "$$text"; done
	@echo 'Another kernel: make KDIR=/usr/src/linux-headers-RELEASE'

tools: ## build the ramster command, build/tools/ramster
	$(MAKE) -C tools

install-tools: tools ## install the ramster command with its manual (DESTDIR, PREFIX)
	$(MAKE) -C tools install

pictures: ## make the pictures of the guide, with the command itself
	$(MAKE) -C tools pictures

demo: ## a real program short of memory beside an idle guest, against disk, zram and NBD
	demo/run
	demo/files

deps: ## install what building and testing need (apt, root)
	tests/setup.sh

check: ## host, model, lint, guests as far as time permits (all: check-vm); prints totals
	+@MAKE="$(MAKE)" tests/check.sh

check-host: ## tests of the real sources, compiled for user space
	$(MAKE) -C tests/host check

check-tools: ## tests of the ramster command, with sanitizers
	$(MAKE) -C tools check

check-model: ## each state of one page between owner and lenders; LONG=1 for more
	tests/model/run $(if $(LONG),--long) $(ONLY)

check-vm: ## tests in guests of stock kernels, all on each
	tests/vm/check.sh

check-matrix: ## builds and tests on each kernel from 5.10 to 7.2, mixed clusters; root, apt
	tests/setup.sh
	tests/matrix.sh

check-packages: ## install, kernel upgrade, upgrade and purge on clean Debian 12 and 13; root, apt
	tests/setup.sh packages
	tests/packages/run

bench: ## speed and density against zram and zswap; ONLY=put-get for a part
	tests/setup.sh bench
	bench/run $(ONLY)

bench-smp: ## put-get and writers on 7.2 with two CPUs
	tests/setup.sh bench
	bench/run --smp $(ONLY)

bench-net: ## requests to another node against bare TCP; on an idle machine
	tests/setup.sh bench
	bench/run net

bench-ramster: ## pages in another guest's memory against bare TCP and NBD; on an idle machine
	tests/setup.sh bench
	bench/run ramster

check-long: ## the tests that take hours, and the fuzzer; goes on where it was stopped
	tests/setup.sh
	tests/long.sh $(TESTS)

check-mutants: ## dm-zcache with one of its rules taken out: a test must find each
	tests/mutants/run $(ONLY)

check-debug: ## all guest tests on a kernel with KASAN, lockdep, kmemleak (built once)
	KERNELS=debug tests/vm/check.sh

check-debug-uml: ## some of them on a debug kernel that is a process: minutes, no QEMU
	KERNELS=uml tests/vm/check.sh $(uml-tests)

lint: ## style, layers, names, compat, sparse
	tests/lint/run

dkms-source:
	$(RM) -r '$(DESTDIR)$(dkms-tree)'
	mkdir -p '$(DESTDIR)$(dkms-tree)'
	tar -c $(built:%=--exclude='%') $(dkms-files) | tar -x -C '$(DESTDIR)$(dkms-tree)'

# Once more, after a change, is no mistake.
dkms-install: need-headers ## register with DKMS: built for KDIR now and for each new kernel
	$(MAKE) dkms-uninstall dkms-source
	dkms add -m ramster -v '$(VERSION)'
	dkms install -m ramster -v '$(VERSION)' -k '$(release)'

dkms-uninstall: ## undo dkms-install, for all kernels
	[ -z "$$(dkms status -m ramster -v '$(VERSION)')" ] || \
		dkms remove -m ramster -v '$(VERSION)' --all
	$(RM) -r '$(dkms-tree)'

# In a copy, so that the tree stays as it is.
deb: ## build ramster-dkms and ramster-tools, in build/deb
	@command -v dpkg-parsechangelog >/dev/null || { echo >&2 \
		'make deb needs: apt install dpkg-dev debhelper libjson-c-dev libncurses-dev'; exit 1; }
	[ "$$(dpkg-parsechangelog -S Version)" = '$(VERSION)' ] || \
		{ echo 'debian/changelog and VERSION differ' >&2; exit 1; }
	$(RM) -r build/deb
	mkdir -p '$(deb-tree)'
	tar -c --exclude=./build --exclude=./.git $(built:%=--exclude='%') . | tar -x -C '$(deb-tree)'
	cd '$(deb-tree)' && dpkg-buildpackage -b -us -uc
