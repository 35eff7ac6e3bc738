"""The Logto of the server under test, seen from outside: users, their browsers, and the messages sent to them."""

import html
import itertools
import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

SECONDS = 10
MANAGEMENT_API = "https://default.logto.app/api"
VERIFICATION = "/api/experience/verification"
# More redirects than any sign-in needs.
MOST_STEPS = 30


@dataclass
class Person:
    """Somebody with everything one can sign in with."""

    user_id: str
    username: str
    password: str
    email: str
    phone: str


def read(answer):
    """The JSON of an answer, which must be a success."""
    if not answer.ok:
        raise RuntimeError(f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}")
    return answer.json()


class Sandbox:
    """One running sandbox, as its ready file describes it."""

    def __init__(self, ready):
        self.base_url = ready["base_url"]
        self.issuer = ready["issuer"]
        self.client_id = ready["native_client_id"]
        self._outbox = ready["outbox_url"] + ".json"
        self._provider_authority = ready["provider_ca_file"]
        with open(ready["m2m_client_secret_file"], encoding="utf-8") as file:
            secret = file.read().strip()
        form = {"grant_type": "client_credentials", "resource": MANAGEMENT_API, "scope": "all"}
        machine = (ready["m2m_client_id"], secret)
        token = read(requests.post(f"{self.issuer}/token", data=form, auth=machine, timeout=SECONDS))
        self._management = requests.Session()
        self._management.headers["authorization"] = f"Bearer {token['access_token']}"
        self._numbers = itertools.count(1)

    def new_address(self):
        """An e-mail address that no user has."""
        return f"person{next(self._numbers)}@example.test"

    def new_number(self):
        """A phone number that no user has, as Logto stores it."""
        return f"1555010{next(self._numbers):04}"

    def new_person(self):
        """A new user, with every permission of the role of new users."""
        username = f"person_{next(self._numbers)}"
        fields = {
            "username": username,
            "password": "Correct-Horse-7",
            "primaryEmail": self.new_address(),
            "primaryPhone": self.new_number(),
            "name": "Some Person",
        }
        url = f"{self.base_url}/api/users"
        user = read(self._management.post(url, json=fields, timeout=SECONDS))
        return Person(user["id"], username, fields["password"], fields["primaryEmail"], fields["primaryPhone"])

    def reset_password(self, person):
        """Restores the password of `person`."""
        url = f"{self.base_url}/api/users/{person.user_id}/password"
        read(self._management.patch(url, json={"password": person.password}, timeout=SECONDS))

    def link(self, person, target):
        """Links an account of a provider."""
        url = f"{self.base_url}/api/users/{person.user_id}/identities/{target}"
        read(self._management.put(url, json={"userId": f"account-of-{person.username}"}, timeout=SECONDS))

    def way_back(self, authorization_uri, person):
        """Authorizes at a provider, and answers the parameters of the link on the page that the browser is shown then."""
        session = requests.Session()
        session.verify = self._provider_authority
        # Nothing else is trusted, whatever the environment says.
        session.trust_env = False
        page = session.get(authorization_uri, timeout=SECONDS)
        action = html.unescape(re.search(r'action="([^"]+)"', page.text)[1])
        asked = html.unescape(re.search(r'name="request" value="([^"]+)"', page.text)[1])
        form = {"request": asked, "account": f"account-of-{person.username}", "decision": "continue"}
        answer = session.post(urljoin(page.url, action), data=form, allow_redirects=False, timeout=SECONDS)
        shown = requests.get(answer.headers["location"], timeout=SECONDS)
        link = html.unescape(re.search(r'<a href="([^"]+)"', shown.text)[1])
        return {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}

    def code_to(self, recipient):
        """The newest code that was sent to an address or number."""
        outbox = read(requests.get(self._outbox, timeout=SECONDS))
        codes = [message["code"] for message in outbox if message["to"] == recipient and message.get("code")]
        if not codes:
            raise RuntimeError(f"no code was sent to {recipient}")
        return codes[-1]


class Browser:
    """A browser without a window, with cookies of its own."""

    def __init__(self, sandbox):
        self._sandbox = sandbox
        self._session = requests.Session()

    def authorize(self, url, person):
        """Opens an authorization URL, signs in where asked to, and answers the URL that the app is called back at."""
        for _ in range(MOST_STEPS):
            if url.startswith("/"):
                url = self._sandbox.base_url + url
            if not url.startswith(self._sandbox.base_url):
                return url
            if url.startswith((f"{self._sandbox.base_url}/sign-in?", f"{self._sandbox.base_url}/register?")):
                url = self._sign_in(person)
                continue
            answer = self._session.get(url, allow_redirects=False, timeout=SECONDS)
            if answer.is_redirect:
                url = answer.headers["location"]
            else:
                url = self._submit(answer)
        raise RuntimeError("the sign-in did not end")

    def _sign_in(self, person):
        identifier = {"type": "username", "value": person.username}
        self._call("put", "/api/experience", {"interactionEvent": "SignIn"})
        typed = {"identifier": identifier, "password": person.password}
        verified = self._call("post", f"{VERIFICATION}/password", typed)
        self._call("post", "/api/experience/identification", {"verificationId": verified["verificationId"]})
        return self._call("post", "/api/experience/submit", None)["redirectTo"]

    def _submit(self, answer):
        """Submits the form of a page that submits itself: another user was signed in here before."""
        action = re.search(r'action="([^"]+)"', answer.text)
        xsrf = re.search(r'name="xsrf" value="([^"]+)"', answer.text)
        if not (answer.ok and action and xsrf):
            raise RuntimeError(f"the sign-in stopped at {answer.url}: {answer.status_code}")
        form = {"xsrf": xsrf[1], "logout": "yes"}
        return self._session.post(action[1], data=form, allow_redirects=False, timeout=SECONDS).headers["location"]

    def _call(self, method, path, body):
        answer = self._session.request(method, self._sandbox.base_url + path, json=body, timeout=SECONDS)
        if not answer.ok:
            raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.text else None
