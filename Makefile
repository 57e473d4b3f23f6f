# The doors of the house. `make demo` and `make test` need nothing but Debian and Rust; the rest is installed by `deps`.

# Outside the clone, so that a fresh clone builds on what an earlier one compiled.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/channel-panel/target
PORT ?= 8080

.DEFAULT_GOAL := help
.PHONY: help demo test check bench drill deps test-deps

help:
	@echo 'make demo    load a synthetic borough into data/demo and serve it on http://127.0.0.1:$(PORT) (PORT=... to change)'
	@echo 'make test    every test, on SQLite and on PostgreSQL'
	@echo 'make check   format, lints, documentation, house rules and dependency rules'
	@echo 'make bench   what deciding, an agenda and the log cost beside the bare work, and the service on PostgreSQL beside pgbench, as ratios'
	@echo 'make drill   fuzz what reads the ledger, time what must not be told apart, try every pair of worlds and every cell over HTTP,'
	@echo '             kill the service a hundred times under load, prove trees of thousands of random sizes, tell the year of'
	@echo '             the borough in every week to come (hours)'
	@echo 'make deps    install what a build needs, by apt, if it is missing'

deps:
	@deploy/install-deps.sh build

test-deps:
	@deploy/install-deps.sh test

demo: deps
	@echo 'Building (the first time takes some minutes)'
	@cargo build --locked --bin channel-panel
	@cargo run --locked --quiet --bin channel-panel -- demo --data data/demo --port $(PORT)

test: test-deps
	cargo test --locked
	cargo bench --locked --profile dev -- --test

bench: test-deps
	cargo bench --locked

check: test-deps
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps
	cargo test --locked --test suite -- house:: dependencies::

drill: test-deps
	KILLS=100 cargo test --locked --test suite -- --nocapture attacks::crash::
	RANDOM_SIZES=10000 cargo test --locked --test suite -- --nocapture ledger::tree::random
	FUZZ_MINUTES=20 cargo test --locked --test suite -- --nocapture ledger::fuzz::
	cargo test --locked --test suite -- --ignored --nocapture noninterference::timing
	CELLS_EVERYTHING= cargo test --release --locked --test suite -- --nocapture api::cells::every_cell
	NONINTERFERENCE_ONLY= cargo test --locked --test suite -- --nocapture noninterference::property::what
	YEARS_EVERYTHING= cargo test --locked --test suite -- --nocapture api::year::a_year_can
