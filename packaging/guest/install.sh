#!/bin/sh
# Installs Martlet's integration services in this guest, from the disc that this lies on:
#
#   mount /dev/sr0 /mnt && sh /mnt/install.sh
#
# With Debian's packages it is one of them. Elsewhere its files are unpacked, and systemd is told of them if it is there.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
package=$folder/martlet-guest.deb

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

# A .deb is an ar archive of three members: 8 bytes of magic, then each behind a head of 60 bytes whose bytes 48 to 57 are
# its size; members begin at even places. The third has the files.
print_files() {
    offset=8
    for _ in debian-binary control data; do
        size=$(tail -c +$((offset + 49)) "$package" | head -c 10 | tr -d ' ')
        start=$((offset + 60))
        offset=$((start + size + size % 2))
    done
    tail -c +$((start + 1)) "$package" | head -c "$size"
}

unpack() {
    name=$(print_files | head -c 2 | od -An -tx1 | tr -d ' \n')
    case $name in
        fd37) flag=-J ;;
        1f8b) flag=-z ;;
        *) fail "the files in $package are packed in a way that isn't known here" ;;
    esac
    # systemd's units are below /usr/lib where /lib is a link to it.
    print_files | tar -x "$flag" -C / --no-same-owner ./usr/sbin ./etc/martlet-guest ||
        fail "the files can't be unpacked; tar and, for a package packed with xz, xz are needed"
    for units in /usr/lib/systemd/system /lib/systemd/system; do
        [ -d $units ] || continue
        print_files | tar -x "$flag" -O ./lib/systemd/system/martlet-guest.service >$units/martlet-guest.service
        break
    done
}

[ "$(id -u)" = 0 ] || fail "only root can install; type: sudo sh $0"
[ "$(uname -m)" = x86_64 ] || fail "the program is for x86_64, and this guest is $(uname -m)"
if command -v dpkg >/dev/null && [ -d /var/lib/dpkg/info ]; then
    dpkg --install "$package"
else
    unpack
    if [ -d /run/systemd/system ]; then
        systemctl daemon-reload
        systemctl enable --quiet martlet-guest.service
        systemctl restart martlet-guest.service
    else
        echo "install.sh: have this guest's system start /usr/sbin/martlet-guest"
    fi
fi
echo "martlet-guest $(/usr/sbin/martlet-guest --version | cut -d ' ' -f 2) is installed"
