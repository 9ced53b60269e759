# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What every script here starts from: paths, messages, host packages, progress,
# and results that are either whole or not there.

set -euo pipefail

# chroot and mount are not in an ordinary user's PATH on Debian.
PATH=$PATH:/usr/sbin:/sbin
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/io-pgtable-lab
host_arch=$(dpkg --print-architecture)

say() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	printf 'lab: error: %s\n' "$*" >&2
	exit 1
}

case $cache in
*[[:space:]:]*) die "the cache's path '$cache' has a space or a colon, which Kbuild cannot take: set XDG_CACHE_HOME" ;;
esac
mkdir -p "$cache"/{lock,log,run}

as_root() {
	if [ "$EUID" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this needs root and there is no sudo; run as root: $*"
	fi
}

# need COMMAND:PACKAGE...: install what is missing on this machine
need() {
	local missing lock
	missing_packages "$@"
	[ ${#missing[@]} != 0 ] || return 0
	# Of those who start side by side one installs: apt has a lock, and does not wait.
	exec {lock}>"$(lock_of install)"
	flock "$lock"
	missing_packages "$@"
	[ ${#missing[@]} = 0 ] || install_packages "${missing[@]}"
	exec {lock}>&-
}

# missing_packages COMMAND:PACKAGE...: set missing to what has to be installed
missing_packages() {
	local pair
	missing=()
	for pair; do
		# A leading / is a file to look for; anything else is a command.
		[ -e "${pair%%:*}" ] || command -v "${pair%%:*}" >/dev/null ||
			missing+=("${pair#*:}")
	done
}

install_packages() {
	local install
	say "installing $*$([ "$EUID" = 0 ] || echo ' (through sudo)')"
	# This machine's own apt, whatever suite the guest's packages come from
	install=(env -u APT_CONFIG DEBIAN_FRONTEND=noninteractive apt-get install -y -qq
		--no-install-recommends "$@")
	as_root "${install[@]}" </dev/null >"$cache/log/install.log" 2>&1 && return
	as_root env -u APT_CONFIG apt-get update -qq </dev/null >>"$cache/log/install.log" 2>&1 || true
	as_root "${install[@]}" </dev/null >>"$cache/log/install.log" 2>&1 ||
		die "cannot install $*: see $cache/log/install.log"
}

# progress LABEL: show the latest line of stdin, at once on a terminal, else
# every 20 s
progress() {
	local line='' new status started=$SECONDS shown=$SECONDS
	while true; do
		status=0
		IFS= read -r -t 1 new || status=$?
		[ "$status" = 0 ] && line=$new
		[ "$status" = 0 ] || [ "$status" -gt 128 ] || break
		if [ -t 2 ]; then
			printf '\r\033[Klab: %s: %s (%s s)' "$1" "$line" $((SECONDS - started)) >&2
		elif ((SECONDS - shown >= 20)); then
			shown=$SECONDS
			say "$1: $line ($((SECONDS - started)) s)"
		fi
	done
	[ ! -t 2 ] || printf '\r\033[K' >&2
}

lock_of() {
	echo "$cache/lock/${1//\//_}"
}

# once DIR COMMAND...: have COMMAND fill the folder that it gets as its last
# argument, which then becomes DIR. An interrupted run leaves DIR.part, which
# nobody looks at; the lock goes with the last process that writes there.
once() {
	local dir=$cache/$1 lock status=0
	[ ! -d "$dir" ] || return 0
	exec {lock}>"$(lock_of "$1")"
	if ! flock -n "$lock"; then
		say "waiting for another run that makes $1"
		flock "$lock"
	fi
	shift
	if [ ! -d "$dir" ]; then
		rm -rf "$dir.part"
		mkdir -p "$dir.part"
		{ "$@" "$dir.part" && mv -T "$dir.part" "$dir"; } || status=1
	fi
	exec {lock}>&-
	return $status
}

# Remove what interrupted runs left behind: half-made results and run folders,
# and logs older than a week.
sweep() {
	local part name lock
	for part in "$cache"/*/*.part; do
		[ -d "$part" ] || continue
		name=${part#"$cache"/}
		exec {lock}>"$(lock_of "${name%.part}")"
		! flock -n "$lock" || rm -rf "$part"
		exec {lock}>&-
	done
	for part in "$cache"/run/*; do
		kill -0 "${part##*/}" 2>/dev/null || rm -rf "$part"
	done
	find "$cache/log" -type f -mtime +7 -delete
}
