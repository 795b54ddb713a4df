# quic-proxy: everything one does with the tree, by name.
#
#   make run            build, start example backends and the proxy, say how to try it
#   make test           build and run all tests
#   make build          the release binary: build/quic-proxy
#   make dev            the same for debugging: build/debug/quic-proxy
#   make init-project   install what is missing, build, make certificates in certs/
#   make test-coverage  line and branch coverage: build/coverage/index.txt
#   make benchmark      micro benchmarks and an end-to-end load on loopback
#   make lint           format, clang-tidy and the structure of the tree
#   make install        into PREFIX (/usr/local), SYSCONFDIR (/etc), below DESTDIR
#   make deb            a Debian package: build/quic-proxy_VERSION_ARCHITECTURE.deb
#   make clean          remove what was built (fetched libraries and tools are kept)
#
# On a fresh Debian 12 or 13 nothing has to be installed first; tools/setup takes care of that.

.PHONY: help init-project run build dev test test-coverage benchmark lint install deb clean

help:
	@sed -n 's/^#   //p' Makefile

init-project: build
	@test -f certs/server.crt || build/quic-proxy cert --dir certs

run: build
	@tools/run

build:
	@tools/setup build
	@tools/build release quic-proxy
	@ln -f build/release/quic-proxy build/quic-proxy

dev:
	@tools/setup build
	@tools/build debug quic-proxy

test:
	@tools/setup test
	@tools/build release
	@ln -f build/release/quic-proxy build/quic-proxy
	@ctest --preset release

test-coverage:
	@tools/setup coverage
	@tools/build coverage
	@ctest --preset coverage
	@mkdir -p build/coverage
	@gcovr --root . --object-directory build/coverage --filter src/ --txt build/coverage/index.txt --print-summary

benchmark: build
	@tools/benchmark

lint:
	@tools/setup lint
	@tools/lint

install: build
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" tools/install

deb: build
	@tools/deb

clean:
	@find build -mindepth 1 -maxdepth 1 ! -name deps ! -name tools ! -name 'setup-*' -exec rm -rf {} + 2>/dev/null || true
