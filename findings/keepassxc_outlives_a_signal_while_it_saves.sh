#!/bin/bash
# KeePassXC 2.7.4 (Debian 12). Needs the packages keepassxc, dbus, libsecret-tools and xvfb.
#
# Expected: SIGTERM, the signal of a log-out, ends KeePassXC. If it is just saving a database that another program changed
# through the Secret Service, it ends when the database is saved; at the latest it ends at the next signal.
#
# Observed: idle, it ends at once. While it saves, it locks the database, discards the signal, and from then on ignores each
# further one, though the database was saved long ago. Its name stays on the bus, with a locked collection. A program that
# restarts KeePassXC has to wait until it has saved, or to lock it first.
#
#     idle: ended
#     saving: runs, locked
#     second signal: runs, locked
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

mkdir -m 700 home
cat > settings.ini <<'INI'
[General]
ConfigVersion=2
UpdateCheckMessageShown=true
RememberLastDatabases=false
[GUI]
CheckForUpdates=false
[FdoSecrets]
Enabled=true
ShowNotification=false
ConfirmAccessItem=false
INI
cat > content.xml <<'XML'
<KeePassFile><Meta><CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key>
<Value>{00112233-4455-6677-8899-aabbccddeeff}</Value></Item></CustomData></Meta>
<Root><Group><UUID>ABEiM0RVZneImaq7zN3u/w==</UUID><Name>Root</Name></Group></Root></KeePassFile>
XML
# A bus that starts no other keyring.
cat > bus.conf <<'BUS'
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>
BUS
# The key derivation takes three seconds, and with it each save.
printf 'example\nexample\n' |
    keepassxc-cli import --quiet --set-password --decryption-time 3000 content.xml passwords.kdbx >/dev/null 2>&1
cat > steps <<'STEPS'
set -euo pipefail
is_locked() {
    busctl --user get-property org.freedesktop.secrets /org/freedesktop/secrets/collection/passwords \
        org.freedesktop.Secret.Collection Locked 2>/dev/null | grep -q "b $1"
}
start() {
    keepassxc --pw-stdin --config settings.ini --localconfig local.ini passwords.kdbx <<< example >/dev/null 2>&1 &
    program=$!
    for _ in $(seq 300); do if is_locked false; then return; fi; sleep 0.1; done
    return 1
}
end() {
    kill "$program"
    for _ in $(seq 100); do if ! kill -0 "$program" 2>/dev/null; then echo ended; return; fi; sleep 0.1; done
    echo "runs$(if is_locked true; then echo ', locked'; fi)"
}
start
echo "idle: $(end)"
start
printf value | secret-tool store --label=item service com.example.app username user
sleep 0.5
echo "saving: $(end)"
echo "second signal: $(end)"
kill -KILL "$program" 2>/dev/null || true
STEPS
HOME="$folder/home" XDG_RUNTIME_DIR="$folder/home" \
    dbus-run-session --config-file=bus.conf -- xvfb-run -a bash steps 2>/dev/null | tee seen
diff seen - <<'SEEN'
idle: ended
saving: runs, locked
second signal: runs, locked
SEEN
