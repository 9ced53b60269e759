# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian packages of any suite and of arm64, by apt itself with a state of its
# own in the cache: the system's mirror, keyring and proxy, no root.

keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this machine is configured with, or MIRROR.
debian_mirror() {
	local tries uri
	[ -z "${MIRROR:-}" ] || { echo "$MIRROR"; return; }
	for tries in 1 2; do
		# shellcheck disable=SC2016 # apt's own variables
		uri=$(APT_CONFIG='' apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(LABEL)' \
			'Created-By: Packages' | awk '$2 == "Debian" && $3 == "Debian" { print $1; exit }')
		[ -z "$uri" ] || { echo "$uri"; return; }
		# apt knows a mirror's origin only after its first update.
		[ "$tries" = 2 ] || as_root apt-get update -qq </dev/null >&2 || true
	done
	die "this system's apt names no Debian mirror: set MIRROR= to the address of one"
}

# apt_use SUITE: from here on apt-get and apt-cache speak of SUITE. Backports
# lean on the suite they are for.
apt_use() {
	local dir=$cache/apt/$1 suites=("$1")
	[[ $1 != *-backports ]] || suites=("${1%-backports}" "$1")
	apt_suite=$1 apt_suites="${suites[*]}"
	mkdir -p "$dir"/{lists/partial,archives/partial}
	cat >"$dir/apt.conf" <<-EOF
		Dir::State "$dir";
		Dir::State::status "/dev/null";
		Dir::Cache "$dir";
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "/dev/null";
		APT::Architecture "$host_arch";
		APT::Architectures { "$host_arch"; "arm64"; };
		APT::Default-Release "$1";
		APT::Sandbox::User "root";
		APT::Update::Error-Mode "any";
		Acquire::AllowReleaseInfoChange "true";
		Acquire::Languages "none";
	EOF
	export APT_CONFIG=$dir/apt.conf
}

# apt_sources MIRROR: the lines of a sources.list for the suite in use
apt_sources() {
	local suite
	for suite in $apt_suites; do
		echo "deb [signed-by=$keyring] $1 $suite main"
	done
}

# Fetch the package lists, at most once a day; when that fails, the old ones
# serve, if there are any.
apt_refresh() {
	local dir=$cache/apt/$apt_suite mirror
	if [ -n "$(find "$dir/updated" -mtime -1 2>/dev/null)" ]; then
		return 0
	fi
	mirror=$(debian_mirror) || exit 1
	apt_sources "$mirror" >"$dir/sources.list"
	say "reading the package lists of $apt_suite"
	if apt-get update -qq >"$cache/log/apt-$apt_suite.log" 2>&1; then
		touch "$dir/updated"
	elif [ -e "$dir/updated" ]; then
		say "the mirror does not answer: keeping the package lists of $(date -r "$dir/updated" +%F)"
	else
		say "cannot read the suite '$apt_suite' from the mirror (see $cache/log/apt-$apt_suite.log)"
		return 1
	fi
}

apt_codename() {
	# shellcheck disable=SC2016 # apt's own variable
	apt-get indextargets --format '$(CODENAME)' 'Created-By: Packages' | grep -v -e -backports | head -n 1
}

# deb_field PACKAGE FIELD: of the version that apt would install
deb_field() {
	apt-cache --no-all-versions show "$1" 2>/dev/null |
		awk -v field="$2:" '$1 == field { $1 = ""; print substr($0, 2); exit }'
}

# deb_dependency PACKAGE PATTERN: the first name in Depends that matches
deb_dependency() {
	deb_field "$1" Depends | grep -oE "(^| )$2" | head -n 1 | tr -d ' '
}

# deb_pin PACKAGE: PACKAGE=version, or failure where there is none
deb_pin() {
	local version
	version=$(deb_field "$1" Version)
	[ -n "$version" ] && echo "$1=$version"
}

# deb_download FOLDER PIN...
deb_download() {
	local folder=$1
	shift
	say "fetching $*"
	(cd "$folder" && apt-get download -qq -o APT::Status-Fd=1 "$@" 2>"$cache/log/download.log") |
		sed -un 's/^dlstatus:[^:]*:\([0-9]*\).*/\1 %/p' | progress fetching || {
		say "cannot fetch: $(tail -n 1 "$cache/log/download.log")"
		return 1
	}
}
