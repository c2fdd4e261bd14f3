# SPDX-License-Identifier: ISC
#
# `make` builds build/letterbox; `make help` lists the other targets. There is nothing to configure: set the
# variables below on the command line. "make asan check" runs check in the asan flavour, in a directory of its own.

VERSION := $(shell cat VERSION)
PREFIX ?= /usr/local
B := build
FUZZ_SECONDS ?= 60
# TESTS=pattern: only the tests whose name contains it. V=1: show the commands. RUN: what runs a cross-built binary.
TESTS ?=
V ?=
RUN ?=
# TLS=no, CURL=no, MAGIC=no, ZLIB=no: without the modules that need OpenSSL, libcurl, libmagic, zlib. By default there is what
# there are libraries for.

ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
PKG_CONFIG ?= $(CROSS_COMPILE)pkg-config
# PAM=yes: system accounts are asked for of PAM, service "letterbox", and not of shadow(5).
PAM ?= no
CFLAGS ?= -O2 -g
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wwrite-strings -Wcast-qual -Wpointer-arith -Wformat=2 -Wundef -Wvla -Wimplicit-fallthrough
WERROR ?=
HARDEN := $(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
# A list of places to relocate is a bit for each where the C library can read that, not 24 octets: 130 KB less.
PACK_LD := $(shell grep -qs GLIBC_ABI_DT_RELR "$$($(CC) -print-file-name=libc.so.6)" && echo ,-z,pack-relative-relocs)
# Nothing unwinds a stack but debuggers, and they have .debug_frame: an eighth less.
LEAN := -fno-asynchronous-unwind-tables -fno-unwind-tables
HARDEN_LD := -pie -Wl,-z,relro,-z,now$(PACK_LD)

# A flavour is another set of flags and another directory: the same rules serve all.
FLAVOUR := $(firstword $(filter asan tsan,$(MAKECMDGOALS)) $(FLAVOUR))
D := $(B)$(FLAVOUR:%=-%)
ifneq ($(filter-out static,$(FLAVOUR)),)
LEAN :=
endif
ifneq ($(filter asan fuzz,$(FLAVOUR)),)
FLAGS := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DARENA_DEBUG
HARDEN := -fPIE
endif
ifeq ($(FLAVOUR),tsan)
FLAGS := -O1 -fsanitize=thread -fno-omit-frame-pointer
HARDEN := -fPIE
endif
ifeq ($(FLAVOUR),msan)
CC := clang
FLAGS := -O1 -fsanitize=memory -fsanitize-memory-track-origins -fno-omit-frame-pointer
HARDEN := -fPIE
endif
ifeq ($(FLAVOUR),fuzz)
CC := clang
FLAGS += -fsanitize=fuzzer-no-link
FUZZ_LD := -fsanitize=fuzzer
endif
ifeq ($(FLAVOUR),cover)
FLAGS := -O0 --coverage
HARDEN := -fPIE
endif
ifeq ($(FLAVOUR),static)
D := $(B)/static
CC := $(shell command -v musl-gcc || echo '$(CC)')
FLAGS := -DSTATIC_BINARY
HARDEN := -fstack-protector-strong
HARDEN_LD := -static
endif

# Modules: our own code that needs a large library, loaded at first use (libmail/base/module.h). For each one the source
# files, the packages of pkg-config, and the switch. A file NOUN_LIBRARY.c is in the module of that library.
ALL_MODULES := tls crypto smime curl pam magic zlib
tls_SRC := $(sort $(wildcard libmail/*/*_openssl.c))
tls_PKG := libssl libcrypto
tls_SWITCH := TLS
crypto_SRC := $(sort $(wildcard libmail/*/*_libcrypto.c))
# musl has crypt(3) itself, and no package of that name.
crypto_PKG := libcrypto $(shell $(PKG_CONFIG) --exists libcrypt 2>/dev/null && echo libcrypt)
crypto_LIB := $(if $(filter libcrypt,$(crypto_PKG)),,-lcrypt)
crypto_SWITCH := TLS
smime_SRC := $(sort $(wildcard libmail/*/*_cms.c))
smime_PKG := libcrypto
smime_SWITCH := TLS
curl_SRC := $(sort $(wildcard libmail/*/*_libcurl.c))
curl_PKG := libcurl
curl_SWITCH := CURL
pam_SRC := $(sort $(wildcard libmail/*/*_libpam.c))
pam_PKG := pam
pam_SWITCH := PAM
magic_SRC := $(sort $(wildcard libmail/*/*_libmagic.c))
magic_PKG := libmagic
magic_SWITCH := MAGIC
zlib_SRC := $(sort $(wildcard libmail/*/*_zlib.c))
zlib_PKG := zlib
zlib_SWITCH := ZLIB

# Is it built? A static link needs more than headers, and nobody but the linker can say.
LINK_STATIC = echo 'int main(void) { return 0; }' | $(CC) -static -x c -o /dev/null - $$($(PKG_CONFIG) --static --libs $($1_PKG))
LINK_LIB = echo 'int main(void) { return 0; }' | $(CC) -x c -o /dev/null - $($1_LIB)
HAS = $(shell { $(PKG_CONFIG) --exists $($1_PKG) $(if $($1_LIB),&& $(LINK_LIB)) $(if $(filter static,$(FLAVOUR)),&& $(LINK_STATIC)); } 2>/dev/null && echo yes)
ANSWER = $(or $($($1_SWITCH)),$(call HAS,$1),no)
MODULES := $(strip $(foreach m,$(ALL_MODULES),$(if $($m_SRC),$(if $(filter yes,$(call ANSWER,$m)),$m))))
MODULES_OFF := $(foreach m,$(ALL_MODULES),$(if $($m_SRC),$(if $($($m_SWITCH)),,$(filter-out $(MODULES),$m))))
$(foreach m,$(MODULES_OFF),$(warning built without $m: pkg-config finds no $($m_PKG) (Debian: libssl-dev libcrypt-dev \
	libcurl4-openssl-dev libmagic-dev zlib1g-dev); $($m_SWITCH)=no says that this is meant))
MODULE_SRC := $(foreach m,$(MODULES),$($m_SRC))
MODULE_SO := $(if $(filter static,$(FLAVOUR)),,$(MODULES:%=$D/modules/%.so))
MODULE_ABI := $(firstword $(shell cat libmail/*/*.h | cksum))
MODULE_FLAGS := -DMODULE_ABI='"$(MODULE_ABI)"' -DMODULE_DIR='"$(PREFIX)/lib/letterbox"' \
	$(if $(filter static,$(FLAVOUR)),-DMODULE_STATIC)

# Files. An applet is a file with a description in it; the other files of applets/ serve several.
LIB_SRC := $(sort $(filter-out $(foreach m,$(ALL_MODULES),$($m_SRC)),$(wildcard libmail/*/*.c)))
APPLET_SRC := $(sort $(shell grep -l '^const struct applet applet_' applets/*.c))
SUPPORT_SRC := $(sort $(filter-out applets/main.c $(APPLET_SRC),$(wildcard applets/*.c)))
TEST_SRC := $(sort $(wildcard tests/*/test_*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
HELPER_SRC := $(sort $(shell grep -ls '^int main\b' tests/support/*.c tests/bench/*.c tests/interop/*.c))
TEST_LIB_SRC := $(sort $(filter-out $(HELPER_SRC),$(wildcard tests/support/*.c)))

# Which applets are built in: all, or APPLETS="smtpd mailq" and letterbox itself.
ALL_NAMES := $(patsubst applets/%.c,%,$(APPLET_SRC))
APPLETS ?= $(ALL_NAMES)
NAMES := $(sort letterbox $(APPLETS))
UNKNOWN := $(filter-out $(ALL_NAMES),$(NAMES))
$(if $(UNKNOWN),$(error there is no applet $(UNKNOWN); there are: $(ALL_NAMES)))

OBJ = $(patsubst %.c,$D/%.o,$(1))
TESTS_BIN := $(TEST_SRC:%.c=$D/%)
FUZZ_BIN := $(FUZZ_SRC:%.c=$D/%)
HELPER_BIN := $(patsubst tests/support/%,$D/tests/%,$(patsubst tests/bench/%,$D/tests/bench/%,\
	$(patsubst tests/interop/%,$D/tests/interop/%,$(HELPER_SRC:.c=))))
EVERY_OBJ := $(call OBJ,$(LIB_SRC) $(MODULE_SRC) $(APPLET_SRC) $(SUPPORT_SRC) applets/main.c $(TEST_SRC) $(FUZZ_SRC) \
	$(HELPER_SRC) $(TEST_LIB_SRC) tests/fuzz/replay.c)

ALL_CPPFLAGS := -D_GNU_SOURCE -DLETTERBOX_VERSION='"$(VERSION)"' -Ilibmail -Iapplets -Itests $(CPPFLAGS)
ALL_CFLAGS := -std=c11 $(WARN) $(WERROR) $(HARDEN) $(LEAN) -ffunction-sections -fdata-sections \
	-ffile-prefix-map=$(CURDIR)=. $(CFLAGS) $(FLAGS)
ALL_LDFLAGS := $(HARDEN_LD) -Wl,--gc-sections -Wl,--as-needed $(FLAGS) $(LDFLAGS)
# Before glibc 2.34 dlopen(3) and the resolver are in libraries of their own; after that, and with musl, nothing of these
# is taken.
LIBS := -lresolv $(if $(filter static,$(FLAVOUR)),$(if $(MODULES),$(shell $(PKG_CONFIG) --static --libs \
	$(foreach m,$(MODULES),$($m_PKG)))) $(foreach m,$(MODULES),$($m_LIB)),-ldl)
CHECK_LIBS = $(shell $(PKG_CONFIG) --libs check)
LINK = $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^)

ifeq ($V,)
.SILENT:
SAY = echo "  $(1)	$(2)";
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all objects check demo bench fuzz lint format asan tsan cover static install install-links uninstall dist \
	completions interop mini-internet list-life linear clean help deps tests run-fuzz msan run-msan run-cover FORCE

all: $D/letterbox $(MODULE_SO) $D/bin/.made ## build the binary and, in bin/, a link for each applet

# Each goal that builds in a make of its own has the directory to itself.
ifneq ($(word 2,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

asan tsan: $(if $(filter-out asan tsan,$(MAKECMDGOALS)),,all)
asan: ## with AddressSanitizer and UBSan, this and the other targets named: make asan check
tsan: ## the same with ThreadSanitizer

# The list of applets and the compiler's flags are files that change only when their content does.
$D/applets.def: FORCE
	@mkdir -p $D
	@printf 'APPLET(%s)\n' $(subst -,_,$(NAMES)) | cmp -s - $@ || printf 'APPLET(%s)\n' $(subst -,_,$(NAMES)) >$@
$D/flags: FORCE
	@mkdir -p $D
	@printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS))' >$@

$D/%.o: %.c $D/flags
	mkdir -p $(@D)
	$(call SAY,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<
$D/applets/main.o: private ALL_CPPFLAGS += -I$D
$D/applets/main.o: $D/applets.def

# module.c and the modules: which there are, and whether both are of one build.
$D/modules.def: FORCE
	@mkdir -p $D
	@printf '%s\n' '' $(foreach m,$(MODULES),'MODULE($m)') | cmp -s - $@ || \
		printf '%s\n' '' $(foreach m,$(MODULES),'MODULE($m)') >$@
$D/modules.flags: FORCE
	@mkdir -p $D
	@printf '%s\n' '$(subst ','\'',$(MODULE_FLAGS))' | cmp -s - $@ || \
		printf '%s\n' '$(subst ','\'',$(MODULE_FLAGS))' >$@
OF_MODULES := $D/libmail/base/module.o $(foreach d,$D $D/pic,$(MODULE_SRC:%.c=$d/%.o))
$(OF_MODULES): private ALL_CPPFLAGS += -I$D $(MODULE_FLAGS)
$(OF_MODULES): $D/modules.def $D/modules.flags
$D/libmail/auth/pam.o: ALL_CPPFLAGS += $(if $(filter pam,$(MODULES)),-DWITH_PAM)
$D/libmail/auth/pam.o: $D/modules.def
$(foreach m,$(MODULES),$(foreach d,$D $D/pic,$($m_SRC:%.c=$d/%.o))): \
	private ALL_CPPFLAGS += $(if $(MODULES),$(shell $(PKG_CONFIG) --cflags $(foreach m,$(MODULES),$($m_PKG))))

$D/pic/%.o: %.c $D/flags
	mkdir -p $(@D)
	$(call SAY,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -fPIC -fvisibility=hidden -MMD -MP -c -o $@ $<
$D/pic/libbase.a: $(patsubst %.c,$D/pic/%.o,$(filter-out libmail/base/module.c,$(filter libmail/base/%,$(LIB_SRC))))
	$(call SAY,AR,$@)rm -f $@ && $(AR) crsD $@ $^

comma := ,
# Not for others to write, whatever the umask is: module.c would not load it.
define MODULE_RULE
$D/modules/$1.so: $(patsubst %.c,$D/pic/%.o,$($1_SRC)) $D/pic/libbase.a
	mkdir -p $$(@D) && chmod 755 $$(@D)
	$$(call SAY,LD,$$@)$$(CC) $$(ALL_CFLAGS) -fPIC -shared $(if $(FLAVOUR),,-Wl$(comma)-z$(comma)defs) $$(filter-out -pie,$$(ALL_LDFLAGS)) -o $$@ $$(filter %.o %.a,$$^) \
		$$$$($(PKG_CONFIG) --libs $($1_PKG)) $($1_LIB) && chmod 755 $$@
endef
$(foreach m,$(MODULES),$(eval $(call MODULE_RULE,$m)))

# Where programs other than letterbox look for them. To MemorySanitizer what libcrypto writes is not initialized.
MODULE_LINKS := $(addsuffix /modules,$(sort $(patsubst %/,%,$(dir $(TESTS_BIN)))) $D/tests/bench $D/tests/fuzz $D/standalone)
$(MODULE_LINKS):
	mkdir -p $(@D)
	ln -sfn $(abspath $D)/modules $@

$D/libmail.a: $(call OBJ,$(LIB_SRC) $(if $(filter static,$(FLAVOUR)),$(MODULE_SRC)))
$D/libapplets.a: $(call OBJ,$(SUPPORT_SRC))
$D/libtest.a: $(call OBJ,$(TEST_LIB_SRC))
$D/lib%.a:
	$(call SAY,AR,$@)rm -f $@ && $(AR) crsD $@ $^

# What each message runs through that a program sends or is given. Side by side it is in few pages: a tenth of what
# sendmail and mda take is that the kernel maps them.
HOT_SRC := applets/main.c applets/applet.c applets/settings.c applets/site.c \
	$(filter libmail/base/% libmail/route/% libmail/queue/%,$(LIB_SRC)) libmail/auth/users.c \
	$(addprefix libmail/store/,deliver.c fanout.c maildir.c quota.c) libmail/list/list.c libmail/list/place.c \
	$(addprefix libmail/message/,address.c date.c entity.c fold.c header.c lines.c mime.c msgid.c repair.c \
		repair_body.c repair_scan.c rewrite.c trace.c) \
	$(addprefix libmail/relay/,author.c intake.c recipients.c submit.c terms.c) \
	$(addprefix applets/,$(addsuffix .c,$(filter mda sendmail,$(NAMES))))

# A string may be the end of a longer one, and the linker puts it there: those of these would be all over the binary.
APART := $(shell $(CC) -Werror -fno-merge-constants -fsyntax-only -x c /dev/null 2>/dev/null && echo -fno-merge-constants)
$(call OBJ,$(HOT_SRC)): private ALL_CFLAGS += $(APART)

$D/letterbox: $(call OBJ,$(HOT_SRC) $(filter-out $(HOT_SRC),$(NAMES:%=applets/%.c))) $D/libapplets.a $D/libmail.a
	$(call SAY,LD,$@)$(LINK) $(LIBS)

# A binary that cannot run here is not asked to.
$D/bin/.made: $D/letterbox Makefile
	mkdir -p $(@D)
	ln -sf ../letterbox $(@D)/letterbox
	$(if $(CROSS_COMPILE),$(if $(RUN),,:)) $(RUN) $D/letterbox --install $(@D)
	touch $@

standalone/%: $D/applets/%.o $D/libapplets.a $D/libmail.a $(MODULE_SO) | $D/standalone/modules ## standalone/NAME: a binary with this applet alone
	mkdir -p $D/standalone/$*.d
	echo 'APPLET($(subst -,_,$*))' >$D/standalone/$*.d/applets.def
	$(CC) $(ALL_CPPFLAGS) -I$D/standalone/$*.d $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $D/standalone/$* \
		applets/main.c $(filter %.o %.a,$^) $(LIBS)
	echo $D/standalone/$*

static: ## a fully static build/static/letterbox (musl if it is there)
	$(MAKE) FLAVOUR=static $(B)/static/letterbox

# Tests: each tests/FLOOR/test_NOUN.c is a program; fuzz targets replay their corpora; scripts and transcripts
# run the binary.
$D/tests/%: $D/tests/%.o $D/libtest.a $D/libapplets.a $D/libmail.a | $(MODULE_SO) $(MODULE_LINKS)
	$(call SAY,LD,$@)$(LINK) $(CHECK_LIBS) $(LIBS)
$D/tests/%: $D/tests/support/%.o $D/libtest.a $D/libapplets.a $D/libmail.a
	$(call SAY,LD,$@)$(LINK) $(LIBS)
$D/tests/fuzz/fuzz_%: $D/tests/fuzz/fuzz_%.o $(if $(FUZZ_LD),,$D/tests/fuzz/replay.o) $D/libmail.a \
		$(if $(filter msan,$(FLAVOUR)),,| $(MODULE_SO) $D/tests/fuzz/modules)
	$(call SAY,LD,$@)$(LINK) $(FUZZ_LD) $(LIBS)

tests: all $(TESTS_BIN) $(FUZZ_BIN) $(HELPER_BIN)

check: ## run the tests: TESTS=pattern for some of them; installs what is missing
	tools/deps check
	$(MAKE) FLAVOUR=$(FLAVOUR) tests
	B=$(abspath $D) CC='$(CC)' CK_FORK=$(if $(filter asan tsan,$(FLAVOUR)),no,yes) tools/run-tests '$(TESTS)' \
		$(sort $(wildcard tests/applets/*/*.sh tests/applets/*/*.session)) $(TESTS_BIN) $(FUZZ_BIN)

demo: ## send a message from a script to a mailbox, and show each step
	tools/deps check
	$(MAKE) FLAVOUR=$(FLAVOUR) all $(HELPER_BIN)
	B=$(abspath $D) tools/demo

bench: ## measure, beside the other mail software that is installed
	tools/deps bench
	$(MAKE) FLAVOUR=$(FLAVOUR) all $(HELPER_BIN)
	$(if $(filter quick,$(BENCH)),,$(MAKE) static)
	B=$(abspath $D) tests/bench/run

interop: ## run other people's clients and servers against it
	tools/deps interop
	$(MAKE) FLAVOUR=$(FLAVOUR) all $(HELPER_BIN)
	B=$(abspath $D) tests/interop/run

mini-internet: ## seven machines, their DNS and their mail, on this one; told as it happens (root)
	tools/deps check
	$(MAKE) FLAVOUR=$(FLAVOUR) all
	B=$(abspath $D) tests/mini-internet/run

list-life: ## the life of a mailing list, through real SMTP; told as it happens
	tools/deps list-life
	$(MAKE) FLAVOUR=$(FLAVOUR) all $D/tests/fakesmtp
	B=$(abspath $D) tests/list-life/run

linear: ## count that work grows no faster than the input, for what makes parsers slow
	tools/deps linear
	$(MAKE) FLAVOUR=$(FLAVOUR) $D/tests/flood
	tools/linear $D/tests/flood

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	tools/deps lint
	$(MAKE) FLAVOUR=fuzz run-fuzz
run-fuzz: $(FUZZ_BIN)
	tools/run-fuzz $(FUZZ_SECONDS) '$(TESTS)' $(FUZZ_BIN)

msan: ## with MemorySanitizer (clang): what the fuzz targets know, played again
	tools/deps lint
	$(MAKE) FLAVOUR=msan run-msan
run-msan: $(FUZZ_BIN)
	B=$(abspath $D) tools/run-tests '$(TESTS)' $(FUZZ_BIN)

cover: ## line coverage of the tests, by file
	$(MAKE) FLAVOUR=cover run-cover
run-cover:
	code=0; $(MAKE) FLAVOUR=cover check || code=$$?; \
	tools/cover $D $(LIB_SRC) $(APPLET_SRC) $(SUPPORT_SRC) applets/main.c; exit $$code

lint: ## every check of the source that does not run it
	tools/deps lint
	$(MAKE) FLAVOUR=$(FLAVOUR) all
	B=$(abspath $D) MAKE='$(MAKE)' tools/lint $(LIB_SRC) $(MODULE_SRC) $(APPLET_SRC) $(SUPPORT_SRC) applets/main.c
objects: $(EVERY_OBJ)

format: ## lay out the source as .clang-format says
	clang-format -i $(wildcard libmail/*/*.[ch] applets/*.[ch] tests/*/*.[ch])

completions: all ## write completions/ anew from the option tables
	$D/letterbox --dump-options | tools/mkcompletions bash >completions/letterbox.bash
	$D/letterbox --dump-options | tools/mkcompletions zsh >completions/_letterbox
	$D/letterbox --dump-options | tools/mkcompletions fish >completions/letterbox.fish

deps: ## install the packages that the other targets need
	tools/deps check lint bench interop linear

ROOT := $(DESTDIR)$(PREFIX)
PAGES := $(sort $(wildcard man/*.[1-8]))
COMPLETIONS := bash-completion/completions/letterbox:letterbox.bash zsh/site-functions/_letterbox:_letterbox \
	fish/vendor_completions.d/letterbox.fish:letterbox.fish

install: $D/letterbox $(MODULE_SO) ## the binary, the manual and the completions into DESTDIR and PREFIX (/usr/local)
	install -D -m 755 $D/letterbox $(ROOT)/bin/letterbox
	for module in $(MODULES); do \
		install -D -m 755 $D/modules/$$module.so $(ROOT)/lib/letterbox/$$module.so || exit 1; \
	done
	for page in $(PAGES); do \
		install -D -m 644 $$page $(ROOT)/share/man/man$${page##*.}/$${page#man/} || exit 1; \
	done
	for pair in $(COMPLETIONS); do \
		install -D -m 644 completions/$${pair#*:} $(ROOT)/share/$${pair%%:*} || exit 1; \
	done

install-links: install ## the same, and a link for each applet: sendmail, mailq and so on
	tools/install-links install $(ROOT) $$($(RUN) $D/letterbox --list)

uninstall: ## remove what install and install-links put there
	tools/install-links uninstall $(ROOT)
	rm -f $(ROOT)/bin/letterbox $(foreach p,$(PAGES),$(ROOT)/share/man/man$(subst .,,$(suffix $p))/$(notdir $p)) \
		$(foreach p,$(COMPLETIONS),$(ROOT)/share/$(firstword $(subst :, ,$p))) $(ALL_MODULES:%=$(ROOT)/lib/letterbox/%.so)
	rmdir $(ROOT)/lib/letterbox 2>/dev/null || :

dist: ## letterbox-VERSION.tar.gz of the last commit
	for tag in $$(git tag --points-at HEAD); do \
		test "$$tag" = v$(VERSION) -o "$$tag" = $(VERSION) || \
			{ echo "the tag $$tag is not VERSION ($(VERSION))" >&2; exit 1; }; \
	done
	git archive --prefix=letterbox-$(VERSION)/ HEAD | gzip -n9 >letterbox-$(VERSION).tar.gz
	echo letterbox-$(VERSION).tar.gz

clean: ## remove what was built, in all flavours
	rm -rf $(B) $(B)-asan $(B)-tsan $(B)-msan $(B)-fuzz $(B)-cover

help: ## this list
	awk -F ':.*## ' '/^[a-z][a-z\/%-]*:.*## / { sub(/%/, "NAME", $$1); printf "%-18s%s\n", $$1, $$2 }' Makefile

-include $(EVERY_OBJ:.o=.d) $(wildcard $D/pic/*/*/*.d)
