# Sourced, not run. Lets apt look into Debian 13, its security updates and its backports without touching the system:
# lists, caches and the set of "installed" packages live in a scratch folder. Works without root.
#
#   newer_debian_open            makes $newer_debian (scratch folder, removed on exit) and reads the package lists
#   newer_debian_download NAME…  downloads these packages into $newer_debian/packages
#   newer_debian_closure NAME…   the same with everything they depend on, down to the C library
#
# With newer_debian_architecture set (arm64, say) it is that architecture's packages.
# The mirror is the one that the machine's own apt configuration names.

newer_debian_mirror() { # LABEL
  apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" | sed -n '1s:/*$::p'
}

newer_debian_open() {
  newer_debian=$(mktemp -d)
  trap 'rm -rf "$newer_debian"' EXIT
  mkdir -p "$newer_debian"/{lists/partial,cache/archives/partial,packages}

  local main security keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  main=$(newer_debian_mirror Debian)
  if [ -z "$main" ]; then # the lists were never fetched, so apt does not know the labels yet
    main=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sed -n 's:/*$::; /\/debian$/{p;q}')
  fi
  security=$(newer_debian_mirror Debian-Security)
  [ -n "$main" ] || { echo "apt's configuration names no Debian mirror" >&2; return 1; }

  cat >"$newer_debian/sources.list" <<END
deb [signed-by=$keyring] $main trixie main
deb [signed-by=$keyring] ${security:-$main-security} trixie-security main
deb [signed-by=$keyring] $main trixie-backports main
END
  printf 'Package: *\nPin: release n=trixie-backports\nPin-Priority: 500\n' >"$newer_debian/preferences"
  newer_debian_apt update
}

newer_debian_apt() {
  apt-get -qq \
    -o Dir::Etc::sourcelist="$newer_debian/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::Etc::preferences="$newer_debian/preferences" -o Dir::Etc::preferencesparts=/dev/null \
    -o Dir::State::Lists="$newer_debian/lists" -o Dir::Cache="$newer_debian/cache" \
    ${newer_debian_architecture:+-o APT::Architecture="$newer_debian_architecture" \
      -o APT::Architectures="$newer_debian_architecture"} \
    -o Dir::State::status=/dev/null -o Debug::NoLocking=true -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false \
    -o Acquire::Retries=3 "$@"
}

newer_debian_download() {
  (cd "$newer_debian/packages" && newer_debian_apt download "$@")
}

newer_debian_closure() {
  newer_debian_apt install -y --no-install-recommends --download-only "$@" >/dev/null
  mv "$newer_debian"/cache/archives/*.deb "$newer_debian/packages/"
}

# Unpacks what was downloaded into folder $1, which appears whole or not at all.
newer_debian_unpack() {
  local package staging="$1.new"
  rm -rf "$staging"
  mkdir -p "$staging"
  for package in "$newer_debian"/packages/*.deb; do
    dpkg-deb -x "$package" "$staging"
  done
  rm -rf "$1"
  mv "$staging" "$1"
}
