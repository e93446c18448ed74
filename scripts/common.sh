# shellcheck shell=bash
# What the scripts beside this one share: sourced by them, after `set -euo pipefail`. It leaves the shell in the repository's root.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# An ordinary user's PATH has no system programs in Debian.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

say() { printf 'martlet: %s\n' "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Runs a command as root: by sudo, which may ask for a password, when we are someone else.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "needs root for: $* (there is no sudo; run it as root)"
    fi
}

# apt-get with no questions, and with patience for another one that holds the lock. Its output is shown only if it fails.
apt_get() {
    local output
    if ! output=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 "$@" 2>&1 </dev/null); then
        printf '%s\n' "$output" >&2
        die "apt-get $1 failed: what it said is above"
    fi
}

# Whether the package $1 is installed, not merely known or left with its settings.
is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}
