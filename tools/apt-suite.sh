# apt-suite.sh: sourced. Makes apt work on another suite than the machine's, with an apt state of DIR's own, so that the
# machine's sources and its installed packages stay out of it. The mirror is the one this machine already uses; apt checks
# the signatures.

# apt_suite DIR deb|deb-src SUITE: exports APT_CONFIG; SUITE is bookworm, trixie, ...
apt_suite() {
  local dir=$1 type=$2 suite=$3 mirror apt
  mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk '/^URIs:/ {print $2} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) print $i}' | grep -m1 "/debian/*$" || true)
  [ -n "$mirror" ] || { echo "apt-suite: no Debian mirror in this machine's apt sources" >&2; return 1; }
  apt=$dir/.apt
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc/sources.list.d,etc/preferences.d,etc/apt.conf.d}
  : >"$apt/status"
  echo "$type [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/etc/sources.list"
  printf 'Dir::Etc "%s";\nDir::State::Lists "%s";\nDir::State::status "%s";\nDir::Cache "%s";\nAPT::Sandbox::User "root";\nAcquire::Languages "none";\n' \
    "$apt/etc" "$apt/lists" "$apt/status" "$apt/cache" >"$apt/conf"
  export APT_CONFIG=$apt/conf
  apt-get -q update >/dev/null
}
