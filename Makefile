# SPDX-License-Identifier: BSD-2-Clause
# make                builds the programs into .build/release
# make demo           sets up, builds, and shows 6to4 between network namespaces
# make check          sets up, builds, and runs every test
# make install        copies what `make` built below $(DESTDIR)$(PREFIX)
# make uninstall      removes that again
# make deb            makes a Debian package of it below .build
# make clean          removes .build

PREFIX  = /usr/local
DESTDIR =
SWIFT   = swift

BIN  = .build/release
# Own linker: GNU gold warns about a function in Foundation that nothing calls.
SWIFTFLAGS = -c release --static-swift-stdlib --disable-local-rpath \
	-Xswiftc -use-ld=lld -Xlinker -z -Xlinker now

TOOLS = etherpuppet faithctl inet6ctl inet6d puppetctl stfctl

sbin  = $(DESTDIR)$(PREFIX)/sbin
share = $(DESTDIR)$(PREFIX)/share
etc   = $(DESTDIR)/etc
man   = $(share)/man/man
bash  = $(share)/bash-completion/completions
# Debian's zsh looks into site-functions below /usr/local, into vendor-completions below /usr.
zsh   = $(share)/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
fish  = $(share)/fish/vendor_completions.d
# systemd's, and what else looks there for what a package has to say.
lib   = $(DESTDIR)$(PREFIX)/lib
# Where ip(8) finds a name for our routes' protocol number.
protocols = $(etc)/iproute2/rt_protos.d/inet6d.conf

INSTALLED = $(TOOLS:%=$(sbin)/%) \
	$(foreach section,1 4 5 7 8,$(patsubst man/%,$(man)$(section)/%,$(wildcard man/*.$(section)))) \
	$(patsubst completions/%.bash,$(bash)/%,$(wildcard completions/*.bash)) \
	$(patsubst completions/%,$(zsh)/%,$(wildcard completions/_*)) \
	$(patsubst completions/%,$(fish)/%,$(wildcard completions/*.fish)) $(protocols) \
	$(lib)/systemd/system/inet6d.service $(lib)/systemd/system/inet6d.socket \
	$(lib)/systemd/network/80-inet6d.link $(lib)/systemd/network/80-inet6d.network \
	$(lib)/sysusers.d/inet6d.conf $(lib)/tmpfiles.d/inet6d.conf $(lib)/modules-load.d/inet6d.conf \
	$(lib)/NetworkManager/conf.d/99-inet6d.conf

.PHONY: all demo check install uninstall deb clean

# What Swift needs to link with comes along: it may have been unpacked without.
all:
	@Tests/packages binutils ca-certificates libbpf-dev libmnl-dev libpcap-dev libssl-dev libstdc++-12-dev pkg-config
	$(SWIFT) build $(SWIFTFLAGS)

demo: all
	@Tests/packages iproute2 iputils-ping tcpdump
	@Tests/demo

check:
	@Tests/check

# Under sudo there may be no compiler to be found; what is built already is then installed.
install: $(if $(shell command -v $(SWIFT)),all)
	install -d $(etc)/inet6d
	install -D -s -m 755 -t $(sbin) $(TOOLS:%=$(BIN)/%)
	for section in 1 4 5 7 8; do install -D -m 644 -t $(man)$$section man/*.$$section; done
	for file in completions/*.bash; do install -D -m 644 $$file $(bash)/$$(basename $$file .bash); done
	install -D -m 644 -t $(zsh) completions/_*
	install -D -m 644 -t $(fish) completions/*.fish
	printf '213\tinet6d\n' | install -D -m 644 /dev/stdin $(protocols)
	install -d $(lib)/systemd/system
	sed 's#/usr/sbin#$(PREFIX)/sbin#' systemd/inet6d.service >$(lib)/systemd/system/inet6d.service
	install -m 644 -t $(lib)/systemd/system systemd/inet6d.socket
	install -D -m 644 -t $(lib)/systemd/network systemd/80-inet6d.*
	for kind in sysusers tmpfiles modules-load; do \
		install -D -m 644 systemd/$$kind.conf $(lib)/$$kind.d/inet6d.conf; done
	install -D -m 644 systemd/networkmanager.conf $(lib)/NetworkManager/conf.d/99-inet6d.conf

deb: all
	@Tests/packages dpkg-dev
	@debian/build $(BIN)

# The boot configuration is the administrator's: its directory goes only if it is empty.
uninstall:
	rm -f $(INSTALLED)
	test ! -d $(etc)/inet6d || rmdir --ignore-fail-on-non-empty $(etc)/inet6d

clean:
	rm -rf .build
