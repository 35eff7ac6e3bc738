"""One request for each operation that must succeed.

A new operation that succeeds with nothing prepared needs no entry: what Schemathesis makes up by itself reaches it. Any
other gets a function here, named as its `operationId`. It gets an app of a separate user, brings about
what the operation needs, and answers what the request consists of. A proof is added by itself where the
operation takes one.
"""

import base64
import hashlib
from dataclasses import dataclass, field

# The provider whose accounts are linked.
PROVIDER = "github"
# What an app keeps while its user is at a provider, and its hash.
VERIFIER = "A" * 43
VERIFIER_HASH = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Request:
    """What an operation is asked with."""

    body: object = None
    path_parameters: dict = field(default_factory=dict)


def account_update(app):
    return Request({"name": {"from": "Some Person", "to": "Another Name"}})


def profile_update(app):
    return Request({"nickname": {"from": None, "to": "Some"}})


def custom_fields_update(app):
    return Request({"department": {"from": None, "to": "Works"}})


def preferences_update(app):
    return Request({"theme": {"from": None, "to": "dark"}})


def username_update(app):
    name = app.person.username
    return Request({"username": {"from": name, "to": f"{name}_changed"}})


def password_update(app):
    return Request({"password": "Battery-Staple-8"})


def email_set(app):
    return Request({"from": app.person.email, "address": app.sandbox.new_address()})


def email_confirm(app):
    address = app.sandbox.new_address()
    return _confirm(app, "/email", {"from": app.person.email, "address": address}, address)


def email_remove(app):
    return Request({"from": app.person.email})


def phone_set(app):
    return Request({"from": app.person.phone, "number": f"+{app.sandbox.new_number()}"})


def phone_confirm(app):
    number = app.sandbox.new_number()
    return _confirm(app, "/phone", {"from": app.person.phone, "number": f"+{number}"}, number)


def phone_remove(app):
    return Request({"from": app.person.phone})


def _confirm(app, path, asked, recipient):
    grant = app.grant("POST", path, asked)
    sent = app.ask("POST", path, asked, {"latchkey-grant": grant})
    return Request({"transaction": sent["transaction"], "code": app.sandbox.code_to(recipient)})


def sessions_list(app):
    return Request()


def sessions_current(app):
    return Request({"id_token": app.id_token})


def sessions_end_others(app):
    app.sign_in_elsewhere()
    return Request({})


def session_end(app):
    app.sign_in_elsewhere()
    return Request(path_parameters={"id": app.ask("GET", "/sessions")["sessions"][0]["id"]})


def grant_end(app):
    app.sign_in_elsewhere()
    return Request(path_parameters={"id": app.ask("GET", "/sessions")["grants"][0]["id"]})


def access_tokens_list(app):
    return Request()


def access_token_create(app):
    return Request({"name": "build", "lifetime_days": 30})


def access_token_rename(app):
    _access_token(app, "build")
    return Request({"from": "build", "to": "deploy"})


def access_token_revoke(app):
    _access_token(app, "build")
    return Request({"name": "build"})


def _access_token(app, name):
    asked = {"name": name, "lifetime_days": 30}
    grant = app.grant("POST", "/access-tokens", asked)
    app.ask("POST", "/access-tokens", asked, {"latchkey-grant": grant})


def social_link_begin(app):
    return Request({"target": PROVIDER, "verifier_hash": VERIFIER_HASH})


def social_link_finish(app):
    asked = social_link_begin(app).body
    grant = app.grant("POST", "/social/link", asked)
    begun = app.ask("POST", "/social/link", asked, {"latchkey-grant": grant})
    link = app.sandbox.way_back(begun["authorization_uri"], app.person)
    return Request({"state": link["state"], "answer": {"handle": link["handle"]}, "verifier": VERIFIER})


def social_unlink(app):
    app.sandbox.link(app.person, PROVIDER)
    account = app.ask("GET", "/social")["accounts"][0]
    return Request({"target": PROVIDER, "key": account["key"]})


def social_restore(app):
    asked = social_unlink(app).body
    grant = app.grant("POST", "/social/unlink", asked)
    app.ask("POST", "/social/unlink", asked, {"latchkey-grant": grant})
    return Request({"key": asked["key"]})


def social_forget(app):
    return social_restore(app)


def step_up_browser(app):
    nonce = _nonce(app)
    return Request({"nonce": nonce, "id_token": app.fresh_id_token(nonce)})


def step_up_password(app):
    return Request({"nonce": _nonce(app), "password": app.person.password})


def step_up_code(app):
    return Request({"nonce": _nonce(app), "route": "email"})


def step_up_code_confirm(app):
    nonce = _nonce(app)
    sent = app.ask("POST", "/step-up/code", {"nonce": nonce, "route": "email"})
    code = app.sandbox.code_to(app.person.email)
    return Request({"nonce": nonce, "transaction": sent["transaction"], "code": code})


def _nonce(app):
    """The nonce of an open challenge."""
    return app.challenge("DELETE", "/sessions/any")
