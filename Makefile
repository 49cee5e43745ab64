# SPDX-License-Identifier: GPL-2.0
#
# cryptomap: kernel module, tools, lab.  `make help` lists the targets.
#
# (kbuild reads Kbuild, not this file: `make -C KDIR M=$PWD` works as well.)

vm := selftests/vm

# Which kernel the module is for: KDIR=DIR, or KVER=6.1, 6.12, debug-6.1,
# debug-6.12, a release; by default the newest whose headers are installed.
ifdef KDIR
release := $(shell cat $(KDIR)/include/config/kernel.release)
else
KVER ?= $(shell ls -d /lib/modules/*/build 2>/dev/null | cut -d/ -f4 | sort -V | tail -n 1)
release := $(shell $(vm)/kernel release "$(KVER)")
KDIR := $(shell $(vm)/kernel kdir "$(KVER)")
endif

all: modules tools

# kbuild puts its output beside the sources, and every kernel needs its own:
# build/kmod-RELEASE is a tree of links to the sources.  FARM=lint has one apart,
# for other flags than the tests' module has.
farm := build/$(or $(FARM),kmod)-$(release)

kbuild = flock $(farm) $(MAKE) --no-print-directory -C $(KDIR) M=$(CURDIR)/$(farm)

modules: farm
	+@$(kbuild) modules

# One object, for a quick look: make kmod/acl.o KVER=6.1 W=1 C=1
kmod/%.o: farm
	+@$(kbuild) $@

farm:
	@[ -n "$(release)" ] || { echo "no kernel headers found: run packaging/install-deps" >&2; exit 1; }
	@mkdir -p $(farm)/kmod
	@ln -sfn ../../Kbuild $(farm)/Kbuild
	@ln -sfn ../../include $(farm)/include
	@cp -rsn $(CURDIR)/kmod/. $(farm)/kmod/
	@find -L $(farm)/kmod -type l -delete

tools:
	@mkdir -p build
	+@flock build $(MAKE) --no-print-directory -C tools

# --- the two commands of the README
# On another kernel: make demo KVER=6.1
demo_kver := $(if $(filter command%,$(origin KVER)),$(KVER),6.12)

demo: deps
	@+$(MAKE) --no-print-directory -s KVER=$(demo_kver) all
	$(vm)/run -B -k $(demo_kver) -t 600 -- selftests/demo/demo.sh

check: deps peers
	+@selftests/check

check-debug: peers
	@packaging/install-deps --debug
	+@KVERS="$(or $(KVERS),debug-6.1 debug-6.12)" selftests/check

deps:
	@packaging/install-deps

# IKE daemons of others, for the tests with them.
peers: deps
	@packaging/fetch-peers

# --- parts of check
unit: deps
	+@TESTS="$(or $(TESTS),unit/*)" selftests/check

# Each target for so long; see tools/fuzz/run.
FUZZ_SECONDS ?= 600
fuzz: deps
	+@$(MAKE) --no-print-directory -C tools FUZZ=1 fuzz
	@tools/fuzz/run --seconds $(FUZZ_SECONDS)

style: deps
	@selftests/static style

# Both kernels, warnings and all; C=2 has sparse look at every file.
sparse: deps
	@selftests/static sparse

checkpatch: deps
	@selftests/static checkpatch

# What things cost, beside what others need for it: selftests/bench/PART.py in a
# guest that counts instructions.  Its results: build/bench/PART.json.
PART ?= ike
bench: deps peers
	@+$(MAKE) --no-print-directory -s KVER=$(demo_kver) all
	$(vm)/run -B -i -k $(demo_kver) -m 2048 -t 3600 -o build/bench -- \
		selftests/bench/$(PART).py --unit instructions

# --- sources that are generated, and committed
netlink:
	Documentation/netlink/generate

install: all
	$(MAKE) -C tools install
	$(MAKE) -C $(KDIR) M=$(CURDIR)/$(farm) INSTALL_MOD_PATH=$(DESTDIR) modules_install

# Leaves what was downloaded and the debug kernels; distclean does not.
clean:
	rm -rf build/kmod-* build/lint-* build/tools* build/unit build/vm build/results build/check.*

distclean:
	rm -rf build

help:
	@echo 'all            module and tools (KVER=6.1|6.12|RELEASE or KDIR=DIR)'
	@echo 'modules tools  one of them'
	@echo 'demo           the lab: tunnels from IOS configurations, and what the wire shows'
	@echo 'check          every test, on both kernels (KVERS="6.1 6.12"; TESTS=GLOB, as in esp/*)'
	@echo 'check-debug    the same on debug kernels, which it builds (KVERS="debug-6.1 debug-6.12")'
	@echo 'unit           the unit tests only'
	@echo 'fuzz           each parser of what peers send, FUZZ_SECONDS=600'
	@echo 'bench          what IKE costs, beside strongSwan (PART=ike; KVER=6.12)'
	@echo 'style sparse checkpatch'
	@echo '               static checks'
	@echo 'netlink        regenerate what follows from the netlink specification'
	@echo 'install        module, tools, man pages, systemd unit, completion (DESTDIR, PREFIX)'
	@echo 'clean          remove what was built; distclean: and what was downloaded'

.PHONY: all modules farm tools demo check check-debug deps peers unit fuzz bench style sparse \
	checkpatch netlink install clean distclean help
