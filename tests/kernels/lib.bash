# SPDX-License-Identifier: Apache-2.0
# What the scripts of this folder share.

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source=$(dirname "$(dirname "$here")")
work=$source/build-kernels

die() {
    echo "check-kernels: $*" >&2
    exit 1
}

# How many tests of a file of TAP passed, and failed. One that was skipped did neither.
passed() {
    grep '^ok ' "$1" | grep -vic '# skip' || true
}

failed() {
    grep '^not ok ' "$1" | grep -vic '# skip' || true
}

# The mirror that this machine gets Debian from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1
}

# Runs apt-get or apt-cache for a suite alone, with a directory of its own: the machine's sources, lists and packages are
# neither used nor changed. Usage: apt_in SUITE PROGRAM ARGUMENT...
apt_in() {
    local directory=$work/apt/$1
    [ -e "$directory/ready" ] || apt_prepare "$1" "$directory"
    APT_CONFIG=$directory/apt.conf "${@:2}"
}

apt_prepare() {
    local suite=$1 directory=$2 address
    address=$(mirror)
    [ -n "$address" ] || die 'apt-get knows no mirror of Debian: run apt-get update'
    mkdir -p "$directory/state/lists/partial" "$directory/cache/archives/partial"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $address $suite main" >"$directory/sources.list"
    cat >"$directory/apt.conf" <<CONFIGURATION
Dir::Etc::sourcelist "$directory/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "$directory/state";
Dir::State::status "/dev/null";
Dir::Cache "$directory/cache";
APT::Sandbox::User "root";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
Acquire::Languages "none";
CONFIGURATION
    APT_CONFIG=$directory/apt.conf apt-get update -q >"$directory/log" 2>&1 || die "no package list of $suite: see $directory/log"
    touch "$directory/ready"
}
