#!/usr/bin/env bash
# Installs the Debian packages that the program (python, window) or its tests (test) need.
# Without root it prints the one line to run, and goes on only if nothing is missing.
set -euo pipefail

python=(python3-venv)
window=(libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0 fonts-dejavu-core
        libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-image0 libxcb-render-util0 libxcb-xkb1
        libxcb-shape0 libxkbcommon-x11-0)
test=("${window[@]}" orthanc dicom3tools xvfb xauth xdotool openbox dbus-x11 gnome-keyring
      at-spi2-core gir1.2-atspi-2.0 python3-pyatspi dcmtk libgdcm-tools openjph-tools gcc libc6-dev
      postgresql tidy chromium)

case "${1:-}" in
    python) wanted=("${python[@]}") ;;
    window) wanted=("${window[@]}") ;;
    test)   wanted=("${test[@]}") ;;
    *) echo "usage: $0 python|window|test" >&2; exit 2 ;;
esac

command -v dpkg-query >/dev/null || { echo "not a Debian system: see README.md for the libraries needed" >&2; exit 0; }

if [ "$1" = python ] && "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null; then
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    echo "installing Debian packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
    echo "Some system libraries are missing. Run this once, then try again:" >&2
    echo "    sudo apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
fi
