#!/usr/bin/env bash
# The fonts that papers are printed with, and the tools with which tests read PDF, from Debian's packages.
#
#   hack/fonts.sh install    installs what is missing
#   hack/fonts.sh check      says what is missing, and fails when something is
set -euo pipefail

die() { echo "fonts.sh: $*" >&2; exit 1; }

# One line each: what must be there, and the package that brings it.
wanted() {
  cat <<LIST
/usr/share/fonts/truetype/arphic-gbsn00lp/gbsn00lp.ttf fonts-arphic-gbsn00lp
/usr/share/fonts/truetype/hanazono/HanaMinA.ttf fonts-hanazono
/usr/share/fonts/truetype/hanazono/HanaMinB.ttf fonts-hanazono
/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf fonts-droid-fallback
/usr/bin/pdftotext poppler-utils
LIST
}

missing() { wanted | while read -r file package; do [ -e "$file" ] || echo "$package"; done | sort -u; }

install() {
  local packages
  packages=$(missing | tr '\n' ' ')
  [ -n "$packages" ] || return 0
  [ "$(id -u)" = 0 ] || die "fonts of printed papers are not installed: run 'sudo apt-get install $packages', then this again"
  echo "fonts.sh: installing $packages from Debian's packages" >&2
  # shellcheck disable=SC2086 # a list of packages
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages; } >&2
  [ -z "$(missing)" ] || die "apt-get install $packages did not bring everything: $(missing | tr '\n' ' ')"
}

case "${1:-}" in
  install) install ;;
  check) [ -z "$(missing)" ] || die "missing: $(missing | tr '\n' ' ')(hack/fonts.sh install)" ;;
  *) sed -n '2,5s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
