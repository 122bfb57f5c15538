# Every recipe is one script or one command; `scripts/` has what is longer.

.NOTPARALLEL:
.PHONY: build run test soak bench types lint ci

# The server with its front ends inside: target/release/hubbub.
build:
	@scripts/web build
	@scripts/release -p hubbub

# Builds everything and serves it on http://127.0.0.1:8080.
run: build
	@scripts/run

# Every test, on SQLite and on PostgreSQL. Needs a Rust toolchain, Node and apt; installs the rest.
test:
	@scripts/test

# What takes long: the program killed 300 times under load on each database, 10,000 visitors at once; with figures.
soak:
	@scripts/soak

# The benchmarks, each beside its yardstick, in some six minutes after the build (docs/performance.md).
bench:
	@scripts/bench

# The front ends' types of what the server answers, made anew after the server has changed (docs/extending.md).
types:
	@scripts/types

# Formatting and every warning; fails too where the types are not what the server says.
lint:
	@scripts/lint

# What .ci/run runs.
ci: lint test
