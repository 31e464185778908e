#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes a Debian package of what `make install PREFIX=/usr` has put into STAGE: deb.sh STAGE FOLDER
# What it depends on is what dpkg-shlibdeps finds in the program. The same files give the same bytes: times are SOURCE_DATE_EPOCH's.
set -euo pipefail
: "${SOURCE_DATE_EPOCH:?}"
stage=$(realpath "$1") folder=$(realpath "$2")
# dpkg's tools read debian/control and debian/changelog where they run.
cd "$(dirname "$0")"

root=$folder/deb
rm -rf "$root"
cp -a "$stage" "$root"
program=$root/usr/bin/wavestyle
version=$("$program" --version)
[ "$(dpkg-parsechangelog -S Version)" = "$version" ] ||
    { echo "Packaging/debian/changelog is not of version $version: add an entry" >&2; exit 1; }

share=$root/usr/share
# Where Debian's zsh looks.
mkdir -p "$share/zsh/vendor-completions"
mv "$share/zsh/site-functions/_wavestyle" "$share/zsh/vendor-completions"
rmdir "$share/zsh/site-functions"
# The licence is one of /usr/share/common-licenses.
rm "$share/doc/wavestyle/LICENSE"
# Is sourced, and no program.
sed -i '1{/^#!/d}' "$share/bash-completion/completions/wavestyle"
install -D -m 644 debian/lintian-overrides "$share/lintian/overrides/wavestyle"
install -m 644 debian/changelog "$share/doc/wavestyle/changelog"
gzip -9n "$share/doc/wavestyle/changelog" "$share"/man/man1/*.1

mkdir "$root/DEBIAN"
substvars=$folder/deb.substvars
rm -f "$substvars" "$substvars.files"
dpkg-shlibdeps -T"$substvars" -e"$program"
dpkg-gencontrol -pwavestyle -P"$root" -T"$substvars" -f"$substvars.files" -O"$root/DEBIAN/control"
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) > "$root/DEBIAN/md5sums"
find "$root" -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group -Zxz -z9 --build "$root" "$folder"
rm -r "$root" "$substvars" "$substvars.files"
