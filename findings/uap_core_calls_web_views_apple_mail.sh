#!/bin/bash
# uap-core's rules of October 2026 (PyPI ua-parser-builtins 202610), read by ua-parser 1.0.2.
#
# Expected: a user agent that names an engine and no browser, as every app does that shows a page in macOS' WKWebView (Tauri,
# Electron's rivals, in-app sign-in windows), is no known program.
#
# Observed: it is "Apple Mail", and the engine's version is Mail's. On iOS the same text is a WKWebView.
#
#     Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) -> Apple Mail 605
#     Mozilla/5.0 (iPhone; …) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 -> Mobile Safari UI/WKWebView
#
# Exits non-zero when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ua-parser==1.0.2 ua-parser-builtins==202610
venv/bin/python - > names.txt <<'PY'
import ua_parser
for text in (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
):
    found = ua_parser.parse_user_agent(text)
    print(found.family, found.major)
PY
cat names.txt
[ "$(cat names.txt)" = $'Apple Mail 605\nMobile Safari UI/WKWebView None' ]
