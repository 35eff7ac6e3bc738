#!/bin/bash
# GLib 2.74.6 (Debian 12). Needs the packages libglib2.0-0 and python3.
#
# Expected: for a desktop file whose Exec key quotes its program, as the Desktop Entry Specification has it for a path with a
# space, g_app_info_get_executable returns the program's path, which exists: a program can ask whether links of its scheme
# open itself.
#
# Observed: the function takes everything up to the first space, quotation mark included. Of a quoted path without a space it
# returns the path in its marks; of one with a space, its beginning. Launching the same handler works. The program's name is
# the first word of g_app_info_get_commandline, split by g_shell_parse_argv.
#
#     plain: /bin/true, launches
#     quoted: "/bin/true", launches
#     with a space: "FOLDER/with, launches
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir "with space"
cp /bin/true "with space/program"
entry() {
    printf '[Desktop Entry]\nType=Application\nName=Handler\nExec=%s %%u\nMimeType=x-scheme-handler/org.example.app;\n' \
        "$2" > "$1.desktop"
}
entry plain /bin/true
entry quoted '"/bin/true"'
entry spaced "\"$folder/with space/program\""
cat > ask.py <<'PY'
import ctypes, os, sys

gio = ctypes.CDLL("libgio-2.0.so.0")
glib = ctypes.CDLL("libglib-2.0.so.0")
gio.g_desktop_app_info_new_from_filename.restype = ctypes.c_void_p
gio.g_desktop_app_info_new_from_filename.argtypes = [ctypes.c_char_p]
gio.g_app_info_get_executable.restype = ctypes.c_char_p
gio.g_app_info_get_executable.argtypes = [ctypes.c_void_p]
gio.g_app_info_launch.restype = ctypes.c_int
gio.g_app_info_launch.argtypes = [ctypes.c_void_p] * 4
for label, name in [("plain", "plain"), ("quoted", "quoted"), ("with a space", "spaced")]:
    file = os.path.join(os.getcwd(), name + ".desktop")
    info = gio.g_desktop_app_info_new_from_filename(file.encode())
    program = gio.g_app_info_get_executable(info).decode().replace(os.getcwd(), "FOLDER")
    launched = gio.g_app_info_launch(info, None, None, None)
    print(f"{label}: {program}, {'launches' if launched else 'does not launch'}")
PY
python3 ask.py > seen
cat > expected <<'TEXT'
plain: /bin/true, launches
quoted: "/bin/true", launches
with a space: "FOLDER/with, launches
TEXT
diff expected seen
