# leafpeer: one Makefile for everything. `make help` lists the targets.

BUILD   ?= build
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= $(firstword $(foreach c,clang clang-14,$(if $(shell command -v $(c)),$(c))))
FORMAT  ?= $(firstword $(foreach c,clang-format-14 clang-format,$(if $(shell command -v $(c)),$(c))))
TIDY    ?= $(firstword $(foreach c,clang-tidy-14 clang-tidy,$(if $(shell command -v $(c)),$(c))))
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
JOBS    ?= $(shell nproc)
MAKEFLAGS += --no-builtin-rules

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wvla -Wundef -Wformat=2 \
	-Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Wnested-externs \
	-Wredundant-decls -Wswitch -Wno-format-zero-length -Werror
WARN_GCC := -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wjump-misses-init \
	-Wtrampolines
MACHINE := $(shell $(CC) -dumpmachine)
HARDEN := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero
# what the processor has against jumps to where no function begins
HARDEN += $(if $(filter x86_64-%,$(MACHINE)),-fcf-protection) $(if $(filter aarch64-%,$(MACHINE)),-mbranch-protection=standard)
SAN    := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# ASAN=1 builds everything with the sanitizers: what the tests start. COVER=1 counts lines.
ifdef COVER
OPT    := -O0 -g --coverage
LDOPT  := --coverage
else ifdef ASAN
OPT    := -O1 -g $(SAN)
LDOPT  := $(SAN)
else
OPT    := -O2 -g $(HARDEN)
LDOPT  := -Wl,-z,relro,-z,now,-z,noexecstack
endif

CPPFLAGS += -I. -I$(BUILD)/gen -D_GNU_SOURCE
CFLAGS   += -std=gnu11 $(WARN) $(OPT)

PURE_DIRS := lib bgp bfd conf rib kube show
PURE_SRC  := $(sort $(wildcard $(PURE_DIRS:%=agent/%/*.c)))
IO_SRC    := $(sort $(wildcard agent/io/*.c))
AGENT_SRC := $(filter-out agent/ctl%,$(sort $(wildcard agent/*.c)))
LIB_SRC   := $(sort $(wildcard agent/lib/*.c))
PLUGIN_SRC := $(sort $(wildcard plugin/*.c))
CTL_SRC   := $(sort $(wildcard agent/ctl*.c))
TEST_SRC  := $(sort $(wildcard test/unit/*/*_test.c))
FUZZ_SRC  := $(sort $(wildcard test/fuzz/*_fuzz.c))
ALL_SRC   := test/fuzz/replay.c $(PURE_SRC) $(IO_SRC) $(AGENT_SRC) $(CTL_SRC) $(PLUGIN_SRC) $(TEST_SRC) $(FUZZ_SRC) \
	     $(sort $(wildcard test/bench/*.c test/system/*.c test/cluster/*.c))
ALL_HDR   := $(sort $(wildcard agent/*.h agent/*/*.h plugin/*.h test/*/*.h test/*/*/*.h))

# The pod's plugin is static, since it is copied onto hosts of any libc. musl's static program is a
# ninth of glibc's in size and does an ADD in less than half the time; without musl-gcc it is glibc's.
ifneq ($(ASAN)$(COVER),)
PLUGIN_CC  := $(CC)
PLUGIN_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(PLUGIN_SRC) $(LIB_SRC))
PLUGIN_LD  := -lcjson
else
PLUGIN_CC  ?= $(firstword $(notdir $(shell command -v musl-gcc)) $(CC))
PLUGIN_OBJ := $(patsubst %.c,$(BUILD)/static/%.o,$(PLUGIN_SRC) $(LIB_SRC))
CJSON_A    ?= $(BUILD)/cjson-$(notdir $(PLUGIN_CC))/libcjson.a
PLUGIN_LD  := -static -Wl,--gc-sections $(CJSON_A)
PLUGIN_CFLAGS = $(CFLAGS) -ffunction-sections -fdata-sections
ifneq ($(findstring musl,$(PLUGIN_CC)),)
# musl has headers of its own; the kernel's and cJSON's are the system's
PLUGIN_CFLAGS += -DLEAFPEER_ARENA_IS_MALLOC
PLUGIN_CFLAGS += -idirafter /usr/include -idirafter /usr/include/$(shell gcc -print-multiarch)
endif
endif
# libcurl and libmicrohttpd are linked in, with HTTP and nothing else: see hack/static-curl and
# hack/static-microhttpd. What they need is linked in with them, but for GnuTLS, which comes late: see
# agent/io/late_gnutls.h. One of each for all build trees.
LIBCURL    ?= build/curl/libcurl.a
LIBMHD     ?= build/microhttpd/libmicrohttpd.a
ifneq ($(filter %.a,$(LIBCURL)),)
CPPFLAGS   += -isystem $(dir $(LIBCURL))include -DCURL_STATICLIB
CURL_LD    := $(LIBCURL) -l:libnghttp2.a -l:libnettle.a
else
CURL_LD    := $(LIBCURL)
endif
ifneq ($(filter %.a,$(LIBMHD)),)
CPPFLAGS   += -isystem $(dir $(LIBMHD))include
endif
STATIC_A   := $(filter %.a,$(LIBCURL) $(LIBMHD))
AGENT_LIBS := -luv -lmnl -lcjson $(LIBMHD) $(CURL_LD)
PIE := -fPIE

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

all: $(BUILD)/leafpeer $(BUILD)/leafpeerd $(BUILD)/leafpeerctl ## build the three programs

# V=1 shows the whole commands.
Q = $(if $(V),,@echo '  $(1) $@';)

# Written only when it changes, so that a commit rebuilds one object.
$(BUILD)/gen/version.inc: FORCE
	@mkdir -p $(@D)
	@echo '#define LEAFPEER_VERSION "$(VERSION)"' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

$(BUILD)/obj/agent/lib/version.o: $(BUILD)/gen/version.inc

$(BUILD)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC )$(CC) $(CPPFLAGS) $(CFLAGS) $(if $(filter gcc,$(CC)),$(WARN_GCC)) $(PIE) -MMD -MP -c $< -o $@

$(BUILD)/static/agent/lib/version.o: $(BUILD)/gen/version.inc

$(BUILD)/static/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC )$(PLUGIN_CC) $(CPPFLAGS) $(PLUGIN_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/core.a: $(call obj,$(PURE_SRC))
	@rm -f $@
	$(call Q,AR )ar rcsD $@ $^

$(BUILD)/io.a: $(call obj,$(IO_SRC))
	@rm -f $@
	$(call Q,AR )ar rcsD $@ $^

$(BUILD)/leafpeerd: $(call obj,$(AGENT_SRC)) $(BUILD)/io.a $(BUILD)/core.a | $(STATIC_A)
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ $(AGENT_LIBS) -o $@

$(BUILD)/leafpeerctl: $(call obj,$(CTL_SRC)) $(BUILD)/io.a $(BUILD)/core.a
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ -ledit -luv -lmnl -lcjson -o $@

ifeq ($(ASAN)$(COVER),)
$(BUILD)/leafpeer: $(CJSON_A)
endif
$(BUILD)/leafpeer: $(PLUGIN_OBJ)
	$(call Q,LD )$(PLUGIN_CC) $(LDOPT) $(PLUGIN_OBJ) $(PLUGIN_LD) -o $@
ifeq ($(ASAN)$(COVER),)
	@objcopy --only-keep-debug $@ $@.debug && strip $@ && objcopy --add-gnu-debuglink=$@.debug $@
endif

$(BUILD)/cjson-%/libcjson.a: hack/static-cjson hack/debian-source
	hack/static-cjson $(@D) $(PLUGIN_CC)

build/curl/libcurl.a: hack/static-curl hack/static-library.sh hack/debian-source
	hack/static-curl $(@D) $(CC)

build/microhttpd/libmicrohttpd.a: hack/static-microhttpd hack/static-library.sh hack/debian-source
	hack/static-microhttpd $(@D) $(CC)

# their headers come with them
FIRST := kubeapi late_gnutls http
$(FIRST:%=$(BUILD)/obj/agent/io/%.o) $(FIRST:%=$(BUILD)/lint/agent/io/%.ok): | $(STATIC_A)

# ---- tests --------------------------------------------------------------------------------------

# Unit tests always run under the sanitizers, in a build tree of their own.
UNIT := $(patsubst test/unit/%.c,$(BUILD)/unit/%,$(TEST_SRC))

# Plugin units other than main, for its tests.
$(BUILD)/plugin.a: $(call obj,$(filter-out plugin/main.c,$(PLUGIN_SRC)))
	@rm -f $@
	$(call Q,AR )ar rcsD $@ $^

$(BUILD)/unit/%: $(BUILD)/obj/test/unit/%.o $(BUILD)/io.a $(BUILD)/plugin.a $(BUILD)/core.a | $(STATIC_A)
	@mkdir -p $(@D)
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ -lcmocka $(AGENT_LIBS) -o $@

# Helpers of the system tests, which kill what they are given; never with sanitizers.
HELPER := $(patsubst test/system/%.c,build/helper/%,$(wildcard test/system/*.c))
build/helper/%: test/system/%.c Makefile
	@mkdir -p $(@D)
	$(call Q,CC )$(CC) $(CPPFLAGS) -std=gnu11 $(WARN) -O2 -g $< -o $@

asan: $(HELPER) ## build programs and unit tests with ASan and UBSan, in build/asan
	@$(MAKE) --no-print-directory -j$(JOBS) ASAN=1 BUILD=build/asan all units

units: $(UNIT)

unit: ## run the unit tests (TAP under prove)
	@$(MAKE) --no-print-directory -j$(JOBS) ASAN=1 BUILD=build/asan units
	@CMOCKA_MESSAGE_OUTPUT=TAP prove -Q --merge -j$(JOBS) --exec '' $(UNIT:$(BUILD)/%=build/asan/%)

layers: ## check that includes point downwards
	hack/check-layers

check-format:
	@$(FORMAT) --dry-run -Werror $(ALL_SRC) $(ALL_HDR)

format: ## lay all C out as the house does
	$(FORMAT) -i $(ALL_SRC) $(ALL_HDR)

# gcc's own warnings come with every build; clang and cppcheck read the same files.
LINT_CLANG := $(patsubst %.c,$(BUILD)/lint/%.ok,$(ALL_SRC))
$(BUILD)/lint/%.ok: %.c $(ALL_HDR)
	@mkdir -p $(@D)
	@$(CLANG) $(CPPFLAGS) -std=gnu11 $(WARN) -Wno-null-dereference -fsyntax-only $<
	@touch $@

lint-clang: $(BUILD)/gen/version.inc $(LINT_CLANG)

lint-cppcheck:
	@mkdir -p $(BUILD)/cppcheck
	@cppcheck -q -j$(JOBS) --cppcheck-build-dir=$(BUILD)/cppcheck --std=c11 -I. -D_GNU_SOURCE \
		--enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches \
		--suppress=nullPointerOutOfMemory --suppress=*:/usr/include/* \
		$(PURE_SRC) $(IO_SRC) $(AGENT_SRC) $(CTL_SRC) $(PLUGIN_SRC)

SHELL_SRC = $(shell grep -lE '^\#!.*(bash|/sh|bats)' $$(git ls-files hack test .ci conf) 2>/dev/null)
lint-shell:
	@shellcheck -x $(SHELL_SRC)
	@! find test -name '*.bats' ! -perm -111 | grep . || { echo "prove cannot run these: chmod 755"; exit 1; }

man: ## the manual pages: good mdoc, and nothing missing
	@hack/check-man

lint: ## clang's and cppcheck's and shellcheck's opinion
	@$(MAKE) --no-print-directory -j$(JOBS) lint-clang lint-cppcheck lint-shell

check: check-format layers lint man unit corpus ## what every commit passes, under half a minute

corpus: ## replay every fuzzer's corpus
	@$(MAKE) --no-print-directory -j$(JOBS) ASAN=1 BUILD=build/asan replay

# Without libFuzzer each target gets test/fuzz/replay.c's main, which runs the files it is given.
FUZZ := $(patsubst test/fuzz/%_fuzz.c,$(BUILD)/fuzz/%,$(FUZZ_SRC))
$(BUILD)/fuzz/%: $(BUILD)/obj/test/fuzz/%_fuzz.o $(BUILD)/obj/test/fuzz/replay.o \
		 $(BUILD)/plugin.a $(BUILD)/core.a
	@mkdir -p $(@D)
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ -lcjson -o $@

replay: $(FUZZ)
	@for f in $(FUZZ); do $$f test/corpus/$${f##*/} || exit 1; done

fuzz: ## fuzz one target: make fuzz F=update T=60
	@test -n "$(F)" || { echo "make fuzz F=NAME [T=SECONDS]; names: $(notdir $(FUZZ))"; exit 1; }
	@mkdir -p build/fuzz/corpus-$(F) test/corpus/$(F)
	@mkdir -p $(BUILD)/gen && $(MAKE) -s $(BUILD)/gen/version.inc
	$(CLANG) $(CPPFLAGS) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all test/fuzz/$(F)_fuzz.c $(PURE_SRC) \
		$(filter-out plugin/main.c,$(PLUGIN_SRC)) -lcjson -o build/fuzz/$(F)
	build/fuzz/$(F) -max_total_time=$(or $(T),60) -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 build/fuzz/corpus-$(F) test/corpus/$(F)

# A closing line of one test runner for all: unit tests and bats files are all TAP under prove.
SYSTEM := $(sort $(wildcard test/system/*.bats))
system: asan all ## system tests: real peers in network namespaces (root)
	LEAFPEER_BUILD=$(CURDIR)/build/asan prove --merge --timer --exec 'bats --tap' $(SYSTEM)

test: check asan all ## every test there is, but for the cluster's
	hack/tap-all

test-all: check asan all ## test, then test-cluster, as one run with one result (root)
	hack/tap-all cluster

# What Debian has not is built with Go, once, and kept outside the tree: see test/cluster/build.
CLUSTER_TESTS ?=
test-cluster: ## a real Kubernetes of three nodes between two ToRs, and the suite on it (root)
	hack/setup cluster
	@$(MAKE) --no-print-directory -j$(JOBS) all
	test/cluster/run $(CLUSTER_TESTS)

test-kind: all ## the same suite on a kind cluster with Cilium, where Docker runs privileged containers (root)
	LEAFPEER_CLUSTER=kind test/cluster/run $(CLUSTER_TESTS)

# ---- the bench ----------------------------------------------------------------------------------

BENCH := $(BUILD)/bench/feeder $(BUILD)/bench/watcher $(BUILD)/bench/floor
$(BENCH): $(BUILD)/bench/%: $(BUILD)/obj/test/bench/%.o $(BUILD)/obj/test/bench/routes.o
	@mkdir -p $(@D)
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ -lmnl -o $@

BENCH_EXEC := $(BUILD)/bench/exec $(BUILD)/bench/echo
$(BUILD)/bench/exec: $(BUILD)/obj/test/bench/exec.o
	@mkdir -p $(@D)
	$(call Q,LD )$(CC) -pie $(LDOPT) $^ -o $@

# built as the plugin is, so that what it does is all the difference
$(BUILD)/bench/echo: test/bench/echo.c Makefile
	@mkdir -p $(@D)
	$(call Q,LD )$(PLUGIN_CC) -std=gnu11 $(WARN) -O2 $(HARDEN) -static $< -o $@

# CASE, N, REPEAT, ONLY, QUICK, README: see test/bench/README.md
bench: all $(BENCH) $(BENCH_EXEC) $(HELPER) ## leafpeer beside its peers and the kernel's floor (root): make bench [CASE=ingest] [N=100000]
	CASE='$(CASE)' N='$(N)' REPEAT='$(REPEAT)' ONLY='$(ONLY)' QUICK='$(QUICK)' README='$(README)' test/bench/run

.PHONY: bench

demo: all ## the whole idea on this machine: hack/demo [single]
	hack/demo.sh $(SCENE)

image: all ## the container image, as an archive for ctr, docker and podman
	hack/image archive $(BUILD)/leafpeer-image.tar $(or $(TAG),dev)

cover: ## line coverage of the unit tests and the corpus
	@$(MAKE) --no-print-directory -s -j$(JOBS) COVER=1 BUILD=build/cover units
	@$(MAKE) --no-print-directory -s -j$(JOBS) COVER=1 BUILD=build/cover replay >/dev/null
	@hack/cover build/cover

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ---- installing ---------------------------------------------------------------------------------

PREFIX  ?= /usr/local
DESTDIR ?=
DATADIR := $(DESTDIR)$(PREFIX)/share
install: all ## programs, manual pages, completions, example: make install [PREFIX=/usr/local] [DESTDIR=]
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/libexec/leafpeer \
		$(DATADIR)/bash-completion/completions $(DATADIR)/zsh/site-functions $(DATADIR)/doc/leafpeer/examples
	install -m 755 $(BUILD)/leafpeerctl $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(BUILD)/leafpeerd $(DESTDIR)$(PREFIX)/sbin/
	install -m 755 $(BUILD)/leafpeer $(DESTDIR)$(PREFIX)/libexec/leafpeer/
	for page in man/*.?; do \
		install -D -m 644 $$page $(DATADIR)/man/man$${page##*.}/$${page##*/} || exit 1; done
	install -m 644 completion/leafpeerctl.bash $(DATADIR)/bash-completion/completions/leafpeerctl
	install -m 644 completion/_leafpeerctl $(DATADIR)/zsh/site-functions/
	install -m 644 conf/startup-config $(DATADIR)/doc/leafpeer/examples/

clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD)/obj $(BUILD)/static -name '*.d' 2>/dev/null)

.PHONY: FORCE all asan units unit layers check-format format man install lint lint-clang lint-cppcheck lint-shell check \
	corpus replay fuzz system test test-all test-cluster test-kind demo image cover help clean
.SECONDARY:
