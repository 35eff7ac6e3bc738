"""What Schemathesis needs to know of this server: who asks, with which proof, and one success for each operation.

- *Examples* are the prepared requests of positive.py, each by a separate user.
- *Coverage* is sent as it was made up, with a real token.
- *Fuzzing* is sent as made up where it breaks the document; where it keeps to it, it is mixed with a prepared
  request, so that it gets further than to the first check.
"""

import atexit
import json
import os
import random
from collections import Counter

import schemathesis
from schemathesis.auths import GLOBAL_AUTH_STORAGE, AuthContext

import positive
from app import App, nonce_of
from sandbox import Sandbox

SERVER_URL = os.environ["LATCHKEY_SCHEMATHESIS_SERVER"]
INSTANCE = "latchkey-instance"
GRANT = "latchkey-grant"
# The share of a generated request that the prepared one replaces.
PREPARED_SHARE = 0.75

with open(os.environ["LATCHKEY_SCHEMATHESIS_SANDBOX"], encoding="utf-8") as ready:
    SANDBOX = Sandbox(json.load(ready))
# The app that asks with what was made up, by the id of the operation.
APPS = {}
# The apps of the prepared requests, by their instance.
PREPARED = {}
# How often each status was answered, by the id of the operation.
SEEN = {}


def name_of(operation):
    return operation.definition.raw["operationId"]


def demands_token(operation):
    return "security" in operation.definition.raw


def takes_proof(operation):
    return any(parameter["name"] == GRANT for parameter in operation.definition.raw.get("parameters", []))


def app_of(case):
    """The app that a request comes from."""
    prepared = PREPARED.get(case.headers.get(INSTANCE))
    if prepared is not None:
        return prepared
    name = name_of(case.operation)
    if name not in APPS:
        APPS[name] = App(SANDBOX, SERVER_URL)
    return APPS[name]


@schemathesis.auth(refresh_interval=None)
class Token:
    """A full-scope token of the user who makes the request."""

    def get(self, case, context):
        return app_of(case).access_token if demands_token(case.operation) else None

    def set(self, case, token, context):
        case.headers["authorization"] = f"Bearer {token}"


def prepare(operation):
    """A new app, and the request that must succeed; none for what succeeds by itself."""
    make = getattr(positive, name_of(operation), None)
    if make is None:
        return None
    app = App(SANDBOX, SERVER_URL)
    PREPARED[app.instance] = app
    return app, make(app)


@schemathesis.hook
def before_add_examples(context, examples):
    """Adds the request that must succeed."""
    operation = context.operation
    prepared = prepare(operation)
    if prepared is None:
        return
    app, request = prepared
    headers = {INSTANCE: app.instance}
    if takes_proof(operation):
        path = operation.path.format(**request.path_parameters)
        headers[GRANT] = app.grant(operation.method.upper(), path, request.body)
    parts = {"headers": headers, "path_parameters": request.path_parameters}
    if request.body is not None:
        parts.update(body=request.body, media_type="application/json")
    case = operation.Case(**parts)
    GLOBAL_AUTH_STORAGE.set(case, AuthContext(operation=operation, app=None))
    examples.append(case)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Mixes what was made up with a prepared request."""
    if case.meta is None or not case.meta.generation.mode.is_positive or case.meta.phase.name.value != "fuzzing":
        return
    prepared = prepare(case.operation)
    if prepared is None:
        return
    app, request = prepared
    # The same case is mixed in the same way in every run.
    coin = random.Random(repr(case.path_parameters if request.body is None else case.body))
    case.path_parameters = mix(coin, case.path_parameters, request.path_parameters)
    if request.body is not None:
        case.body = mix(coin, case.body, request.body)
    case.headers["authorization"] = f"Bearer {app.access_token}"
    if INSTANCE in case.headers:
        case.headers[INSTANCE] = mix(coin, case.headers[INSTANCE], app.instance)
    if GRANT in case.headers:
        prove(app, case)


def mix(coin, made_up, prepared):
    """What was made up, with some of its values as they were prepared."""
    if isinstance(made_up, dict) and isinstance(prepared, dict):
        return {
            name: mix(coin, value, prepared[name]) if name in prepared else value
            for name, value in made_up.items()
        }
    return prepared if coin.random() < PREPARED_SHARE else made_up


def prove(app, case):
    """Gives a request a grant of its own, if it gets as far as to be asked for one."""
    instance = case.headers[INSTANCE]
    body = case.body if isinstance(case.body, dict) else None
    nonce = nonce_of(app.send(case.method.upper(), case.formatted_path, body, {INSTANCE: instance}))
    if nonce is not None:
        case.headers[GRANT] = app.prove(nonce, instance)


@schemathesis.hook
def after_call(context, case, response):
    """Counts the answers to requests of the operation itself, not of another method on its path."""
    operation = context.operation
    if case.method.upper() == operation.method.upper():
        SEEN.setdefault(name_of(operation), Counter())[str(response.status_code)] += 1


@atexit.register
def write_down():
    with open(os.environ["LATCHKEY_SCHEMATHESIS_SEEN"], "w", encoding="utf-8") as file:
        json.dump(SEEN, file, indent=1, sort_keys=True)
