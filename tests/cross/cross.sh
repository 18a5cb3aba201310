#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# cross.sh ARCHITECTURE [OPTION...]: builds for i386 (32 bits), s390x (big-endian) or another
# architecture of Debian, and runs the suites that need no machine, or those that SUITES names:
# under qemu, or as they are where the kernel can.  The options are Meson's: -Dcorpus=FOLDER.
#
# On Debian, with qemu-user, meson, pkg-config and the cross compiler: gcc-i686-linux-gnu, gcc-s390x-linux-gnu.
# Libraries of the other system are fetched into build/cross/ARCHITECTURE, and nothing is installed.
set -eu
cd "$(dirname "$0")/../.."
arch=${1:?architecture}
shift
suites=${SUITES:-unit api golden corpus}

case $arch in
i386) gnu=i686-linux-gnu qemu=qemu-i386 cpu=i686 family=x86 endian=little ;;
s390x) gnu=s390x-linux-gnu qemu=qemu-s390x cpu=s390x family=s390x endian=big ;;
armhf) gnu=arm-linux-gnueabihf qemu=qemu-arm cpu=armv7 family=arm endian=little ;;
powerpc) gnu=powerpc-linux-gnu qemu=qemu-ppc cpu=ppc family=ppc endian=big ;;
*)
	echo "cross.sh: i386, s390x, armhf or powerpc, not $arch" >&2
	exit 2 ;;
esac

lacks=
for program in $gnu-gcc $qemu meson pkg-config apt-get dpkg python3; do
	command -v "$program" >/dev/null || lacks="$lacks $program"
done
[ -z "$lacks" ] || {
	echo "cross.sh: not here:$lacks" >&2
	exit 77
}

mkdir -p "build/cross/$arch"
here=$(cd "build/cross/$arch" && pwd)
root=$here/root build=$here/build

# The libraries and what they need, into root.
fetch()
{
	mkdir -p "$here/apt/lists/partial" "$here/apt/archives/partial" "$root"
	: >"$here/apt/status"
	set -- -qq -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" \
		-o "Dir::State::Lists=$here/apt/lists" -o "Dir::State::status=$here/apt/status" \
		-o "Dir::Cache=$here/apt" -o "Dir::Cache::archives=$here/apt/archives" \
		-o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
	apt-get "$@" update || echo "cross.sh: going on with the lists that there are" >&2
	apt-get "$@" install -y --download-only --no-install-recommends \
		libc6-dev libssl-dev libjson-c-dev libcbor-dev libcmocka-dev
	for package in "$here"/apt/archives/*.deb; do
		dpkg -x "$package" "$root"
	done
}

if [ ! -e "$root/complete" ]; then
	fetch
	touch "$root/complete"
fi

cat >"$here/pkg-config" <<END
#!/bin/sh
PKG_CONFIG_SYSROOT_DIR=$root
PKG_CONFIG_LIBDIR=$(echo "$root"/usr/lib/*-linux-gnu*/pkgconfig):$root/usr/share/pkgconfig
export PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
exec pkg-config "\$@"
END
chmod +x "$here/pkg-config"

# No exe_wrapper: scripts run programs, too, so those are wrapped one by one below.
cat >"$here/cross.ini" <<END
[binaries]
c = ['${CCACHE:-env}', '$gnu-gcc', '--sysroot=$root']
ar = '$gnu-ar'
strip = '$gnu-strip'
objcopy = '$gnu-objcopy'
pkgconfig = '$here/pkg-config'
pkg-config = '$here/pkg-config'
[built-in options]
# What is cut off here is not cut off elsewhere.
c_args = ['-Werror=overflow', '-Werror=conversion']
[properties]
needs_exe_wrapper = false
[host_machine]
system = 'linux'
cpu_family = '$family'
cpu = '$cpu'
endian = '$endian'
END

rm -rf "$build"
meson setup "$build" --cross-file "$here/cross.ini" -Doptimization=1 -Ddebug=true \
	-Dtpm2-tss=disabled -Ddocs=disabled "$@" >"$here/build.log" 2>&1 &&
	meson compile -C "$build" >>"$here/build.log" 2>&1 || {
	tail -n 40 "$here/build.log"
	exit 1
}

# A kernel for x86-64 runs i386, too, and much faster.
runs="$qemu -L $root"
if [ "$arch" = i386 ] && "$root/lib/ld-linux.so.2" --version >/dev/null 2>&1; then
	runs="$root/lib/ld-linux.so.2 --library-path $root/lib/i386-linux-gnu:$root/usr/lib/i386-linux-gnu"
fi

find "$build" -type f -perm -u+x ! -name '*.so*' | while read -r program; do
	[ "$(head -c 4 "$program" | tail -c 3)" = ELF ] || continue
	mv "$program" "$program.$arch"
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$runs" "$program.$arch" >"$program"
	chmod +x "$program"
done

# shellcheck disable=SC2046
meson test -C "$build" --no-rebuild --timeout-multiplier 20 --print-errorlogs \
	$(printf -- '--suite %s ' $suites)
