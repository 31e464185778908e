#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a folder that runs on any Linux with the C library of this machine or a later one, of what `make install PREFIX=/usr` has put
# into STAGE: bundle.sh STAGE FOLDER
# Beside the program are all shared libraries that it loads but the C library's own, as Debian built them, and the licences of all.
set -euo pipefail
stage=$(realpath "$1") folder=$2
list=$(dirname "$0")/libraries.txt

rm -rf "$folder"
mkdir -p "$folder"
cp -a "$stage/usr/." "$folder"
program=$folder/bin/wavestyle
libraries=$folder/libexec/wavestyle
doc=$folder/share/doc/wavestyle
mkdir -p "$libraries" "$doc/licenses"

# The Debian package that a file is of; its database knows some files of /usr/lib as those of /lib.
owner() {
    local path
    path=$(realpath "$1")
    { dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}"; } | cut -d : -f 1
}

# Copies a package's licence, and what this refers to.
licence() {
    local name
    [ -e "$doc/licenses/$1" ] || cp -L "/usr/share/doc/$1/copyright" "$doc/licenses/$1"
    for name in $(grep -o '/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]' "$doc/licenses/$1" | sort -u); do
        cp -L "$name" "$doc/licenses/"
    done
}

missing=$(ldd "$program" | grep 'not found' || true)
[ -z "$missing" ] || { echo "a library is not installed: $missing" >&2; exit 1; }
{
    echo "Libraries in libexec/wavestyle, unchanged from these Debian packages, and their licences:"
    echo
} > "$doc/libraries.txt"
while read -r name path; do
    package=$(owner "$path")
    [ "$package" != libc6 ] || continue
    terms=$(awk -v package="$package" '$1 == package { $1 = ""; print substr($0, 2) }' "$list")
    [ -n "$terms" ] ||
        { echo "$name is of $package, which $list does not name: read its licence, and add it unless it is the GPL" >&2; exit 1; }
    cp -L "$path" "$libraries/$name"
    chmod 644 "$libraries/$name"
    licence "$package"
    echo "$name: $package $(dpkg-query -W -f '${Version} (source ${source:Package} ${source:Version})' "$package"), $terms"
done < <(ldd "$program" | awk '$2 == "=>" { print $1, $3 }' | LC_ALL=C sort) >> "$doc/libraries.txt"

# An RPATH, and no RUNPATH: it holds for the libraries of libraries too, which so need no change.
patchelf --force-rpath --set-rpath '$ORIGIN/../libexec/wavestyle' "$program"

mkdir -p "$folder/share/wavestyle/fonts"
install -m 644 "$(dirname "$0")/fonts.conf" /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf \
    /usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf "$folder/share/wavestyle/fonts"
licence fonts-dejavu-core
