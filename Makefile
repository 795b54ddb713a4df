# quic-proxy: everything one does with the tree, by name.
#
#   make run            build, run the proxy and three example backends, say how to try it
#   make test           build and run all tests
#   make build          the release binary: build/quic-proxy
#   make build-all      that for amd64 and arm64: build/quic-proxy-linux-*
#   make dev            the same for debugging: build/debug/quic-proxy
#   make init-project   install what is missing, build, make certificates in certs/
#   make test-coverage  line and branch coverage: build/coverage/index.txt
#   make benchmark      micro benchmarks and an end-to-end load on loopback
#   make web            build the control center's page anew: web/dist (needs npm)
#   make lint           format, clang-tidy and the structure of the tree
#   make install        into PREFIX (/usr/local), SYSCONFDIR (/etc), below DESTDIR
#   make deb            a Debian package: build/quic-proxy_VERSION_ARCHITECTURE.deb
#   make docker-build   the image quic-proxy
#   make docker-run     the image with CONFIG (configs/proxy.yaml), in the foreground
#   make docker-compose-up, docker-compose-down
#                       proxy, three backends, Prometheus, Grafana and Jaeger
#   make clean          remove what was built (fetched libraries and tools are kept)
#
# On a fresh Debian 12 or 13 nothing has to be installed first; tools/setup takes care of that.

.PHONY: help init-project run build build-all dev test test-coverage benchmark web lint install deb \
	docker-build docker-run docker-compose-up docker-compose-down clean

DOCKER ?= docker
COMPOSE ?= $(DOCKER) compose
IMAGE ?= quic-proxy
CONFIG ?= configs/proxy.yaml
# The Dockerfile needs BuildKit, which Docker before 23 (Debian 12 has 20.10) leaves off.
export DOCKER_BUILDKIT ?= 1
# What the control center of the stack does: docker stops and starts containers, drain needs no socket.
CONTROL_DRIVER ?= docker
DOCKER_SOCKET ?= $(if $(filter drain,$(CONTROL_DRIVER)),/dev/null,$(or $(patsubst unix://%,%,$(filter unix://%,$(DOCKER_HOST))),/var/run/docker.sock))

help:
	@sed -n 's/^#   //p' Makefile

init-project: build
	@test -f certs/server.crt || build/quic-proxy cert --dir certs

run: build
	@tools/build release cpp-backend
	@ln -f build/release/examples/cpp-backend/cpp-backend build/cpp-backend
	@tools/run

build:
	@tools/setup build
	@tools/build release quic-proxy
	@ln -f build/release/quic-proxy build/quic-proxy

build-all:
	@tools/build-all

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

web:
	@tools/setup web
	@tools/web build

lint:
	@tools/setup lint
	@tools/lint

install: build
	@DESTDIR="$(DESTDIR)" PREFIX="$(PREFIX)" SYSCONFDIR="$(SYSCONFDIR)" tools/install

deb: build
	@tools/deb

docker-build:
	@$(DOCKER) build $(DOCKER_BUILD_FLAGS) -f deployments/docker/Dockerfile -t $(IMAGE) \
	  --build-arg VERSION="$$(sed -n 's/^project(.* VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)" \
	  --build-arg REVISION="$$(git rev-parse HEAD 2>/dev/null || echo unknown)" .

# A backend that runs on this machine is reached by the name backend2: `npm start` in examples/node-backend.
docker-run:
	@$(DOCKER) run --rm -v quic-proxy-certs:/etc/quic-proxy/certs --entrypoint sh $(IMAGE) \
	  -c 'test -f certs/server.crt || quic-proxy cert --dir certs'
	@$(DOCKER) run --rm --name quic-reverse-proxy --stop-timeout 40 \
	  --read-only --cap-drop ALL --security-opt no-new-privileges \
	  -p 443:443/udp -p 443:443/tcp -p 80:80 \
	  -p 127.0.0.1:8888:8888 -p 127.0.0.1:8889:8889 -p 127.0.0.1:9090:9090 \
	  --add-host backend2:host-gateway \
	  -v quic-proxy-certs:/etc/quic-proxy/certs:ro -v "$(abspath $(CONFIG)):/etc/quic-proxy/proxy.yaml:ro" $(IMAGE)

# The group is asked for where it counts, in a container: with Docker Desktop or without root it is another one there.
docker-compose-up:
	@$(COMPOSE) build
	@DOCKER_GID=$$($(DOCKER) run --rm --network none -v "$(DOCKER_SOCKET):/socket" --entrypoint stat quic-proxy -c %g /socket) \
	  DOCKER_SOCKET="$(DOCKER_SOCKET)" CONTROL_DRIVER="$(CONTROL_DRIVER)" $(COMPOSE) up -d
	@sed -n 's/^#   \(.*http.*\)/  \1/p' docker-compose.yml

docker-compose-down:
	@$(COMPOSE) down

clean:
	@find build -mindepth 1 -maxdepth 1 ! -name deps ! -name tools ! -name 'sysroot-*' ! -name 'setup-*' -exec rm -rf {} + 2>/dev/null || true
