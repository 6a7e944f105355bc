# ensure_packages LIST...: installs the Debian packages of these lists that are missing; touches nothing when none is. A
# program of a package's name counts for it (npm of a Node.js that is not Debian's, which Debian's npm cannot stand beside).
ensure_packages() {
  if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian: these packages, or what they are called here, must be there:" \
      "$(sed 's/#.*//' "$@" | xargs)" >&2
    return 0
  fi
  local installed missing
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort)
  missing=$(sed 's/#.*//' "$@" | xargs -n1 | sort | comm -23 - <(echo "$installed") |
    while read -r package; do command -v "$package" >/dev/null || echo "$package"; done | xargs)
  if [ -z "$missing" ]; then
    return 0
  fi
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get)
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null || ! sudo -v; then
      echo "Packages are missing and neither root nor sudo is at hand. Please run:" >&2
      echo "  apt-get update && apt-get install -y --no-install-recommends $missing" >&2
      return 1
    fi
    apt=(sudo "${apt[@]}")
  fi
  echo "Installing: $missing"
  # shellcheck disable=SC2086
  "${apt[@]}" -qq update && "${apt[@]}" -qq install -y --no-install-recommends $missing >/dev/null
}
