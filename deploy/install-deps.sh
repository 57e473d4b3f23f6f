#!/usr/bin/env bash
# Installs what a build (`build`) or the whole test suite (`test`) needs beside Rust, on Debian and its relatives.
# It looks for abilities (a compiler, libpq's headers, initdb, cvc5), not for package names, so that a machine which has
# them from elsewhere is left alone; and it touches apt only when something is missing.
set -euo pipefail

want=${1:-build}
case "$want" in build | test) ;; *) echo "usage: ${0##*/} [build|test]" >&2; exit 2 ;; esac

has_libpq() {
    if command -v pkg-config >/dev/null && pkg-config --exists libpq; then return 0; fi
    command -v pg_config >/dev/null && [ -e "$(pg_config --includedir)/libpq-fe.h" ]
}

has_postgres_server() {
    local bin
    for bin in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin ${PATH//:/ }; do
        [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] && [ -x "$bin/pgbench" ] && return 0
    done
    return 1
}

# Debian's own, where another python3 comes first and lacks it.
has_cryptography() {
    local python
    for python in python3 /usr/bin/python3; do
        "$python" -c 'import cryptography' 2>/dev/null && return 0
    done
    return 1
}

missing_packages() {
    if ! command -v cc >/dev/null || ! command -v make >/dev/null; then echo build-essential; fi
    command -v pkg-config >/dev/null || echo pkg-config
    has_libpq || echo libpq-dev
    if [ "$want" = test ]; then
        has_postgres_server || echo postgresql
        [ -n "${CVC5:-}" ] || command -v cvc5 >/dev/null || echo cvc5
        # The second verifier of the log, in another language on purpose.
        has_cryptography || printf '%s\n' python3 python3-cryptography
    fi
}

refuse() {
    echo "$1" >&2
    echo "Please install these packages (Debian's names) and run this again: ${missing[*]}" >&2
    exit 1
}

if ! command -v cargo >/dev/null; then
    if [ -x "$HOME/.cargo/bin/cargo" ]; then
        echo "Rust is installed but not on PATH. Run: . \"\$HOME/.cargo/env\"" >&2
    else
        echo "Rust is not installed. See https://rustup.rs (version 1.89 or later)." >&2
    fi
    exit 1
fi

# A minimal toolchain has neither; `make check` needs both.
if [ "$want" = test ] && command -v rustup >/dev/null; then
    if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
        echo "Adding rustfmt and clippy to the toolchain"
        rustup component add rustfmt clippy
    fi
fi

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] && exit 0

command -v apt-get >/dev/null || refuse "Something is missing, and this machine has no apt to install it with."
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || refuse "Something is missing; you are not root, and there is no sudo."
    as_root=(sudo)
    # Nobody is there to type a password in CI, nor where there is no terminal.
    if [ "${CI:-}" = true ] || [ ! -t 0 ]; then
        as_root=(sudo -n)
        sudo -n true 2>/dev/null || refuse "Something is missing; sudo wants a password, and nobody is there to type it."
    fi
fi

echo "Installing ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 --quiet --yes)
"${apt[@]}" update || refuse "apt-get update failed."
"${apt[@]}" install --no-install-recommends "${missing[@]}" || refuse "apt-get install failed."

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || refuse "apt-get reported success, yet something is still missing."
