"""The app as the server sees it: a signed-in user, an app instance, and proofs."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import requests

from sandbox import SECONDS, Browser, read

SCOPES = "account:read account:write account:security account:delete"
REDIRECT = "http://127.0.0.1:45678/callback"
VERIFIER = "schemathesis-verifier-0123456789-0123456789-0123456789"


def base64url(data):
    """Without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class App:
    """Signed in as a new user, with a token of every scope."""

    def __init__(self, sandbox, server_url):
        self.sandbox = sandbox
        self.server_url = server_url
        self.person = sandbox.new_person()
        # The same in every run; no other user has it.
        self.instance = base64url(hashlib.sha256(self.person.username.encode()).digest())
        self._browser = Browser(sandbox)
        tokens = self._authorize(self._browser, f"openid profile offline_access {SCOPES}", prompt="consent")
        if set(SCOPES.split()) - set(tokens["scope"].split()):
            raise RuntimeError(f"the token has not every scope: {tokens['scope']}")
        self.access_token = tokens["access_token"]
        self.id_token = tokens["id_token"]
        # Introduces the instance; without it the server answers `instance_unknown`.
        self.ask("POST", "/sessions/current", {"id_token": self.id_token})

    def headers(self):
        """What every request of the app carries."""
        return {"authorization": f"Bearer {self.access_token}", "latchkey-instance": self.instance}

    def sign_in_elsewhere(self):
        """A second session of the same user, in another browser."""
        self._authorize(Browser(self.sandbox), f"openid profile offline_access {SCOPES}", prompt="consent")

    def fresh_id_token(self, nonce):
        """The ID token of a fresh sign-in for a challenge."""
        return self._authorize(self._browser, "openid", prompt="login", max_age="0", nonce=nonce)["id_token"]

    def ask(self, method, path, body=None, headers=None):
        """Asks the server; every request must succeed."""
        return read(self.send(method, path, body, headers))

    def send(self, method, path, body=None, headers=None):
        """Asks the server."""
        headers = {**self.headers(), **(headers or {})}
        url = self.server_url + path
        return requests.request(method, url, json=body, headers=headers, timeout=SECONDS)

    def challenge(self, method, path, body=None):
        """The nonce of the challenge that a sensitive request without a proof is answered with."""
        answer = self.send(method, path, body)
        nonce = nonce_of(answer)
        if nonce is None:
            raise RuntimeError(f"{method} {path} demands no proof: {answer.status_code} {answer.text}")
        return nonce

    def grant(self, method, path, body=None):
        """A grant for a sensitive request, proven with the password."""
        return self.prove(self.challenge(method, path, body), self.instance)

    def prove(self, nonce, instance):
        """The grant that a challenge of this app instance is worth, proven with the password."""
        proof = {"nonce": nonce, "password": self.person.password}
        answer = self.ask("POST", "/step-up/password", proof, {"latchkey-instance": instance})
        if answer["kind"] != "granted":
            raise RuntimeError(f"the password alone is no proof: {answer}")
        return answer["grant"]

    def _authorize(self, browser, scope, **fields):
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        fields = {
            "client_id": self.sandbox.client_id,
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "code_challenge": base64url(digest),
            "code_challenge_method": "S256",
            "state": "schemathesis",
            "scope": scope,
            **fields,
        }
        form = {
            "grant_type": "authorization_code",
            "client_id": self.sandbox.client_id,
            "redirect_uri": REDIRECT,
            "code_verifier": VERIFIER,
        }
        # Only the ordinary sign-in asks for the server; a fresh one must not.
        if "account:" in scope:
            fields["resource"] = form["resource"] = self.server_url
        callback = browser.authorize(f"{self.sandbox.issuer}/auth?{urlencode(fields)}", self.person)
        answer = parse_qs(urlsplit(callback).query)
        if "code" not in answer:
            raise RuntimeError(f"the sign-in brought no code: {answer}")
        form["code"] = answer["code"][0]
        return read(requests.post(f"{self.sandbox.issuer}/token", data=form, timeout=SECONDS))


def nonce_of(answer):
    """The nonce of a challenge; none if the answer is not one."""
    if answer.status_code != 401:
        return None
    try:
        return answer.json()["detail"]["nonce"]
    except (ValueError, KeyError, TypeError):
        return None
