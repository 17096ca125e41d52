"""Uses a running server as programs do that have authlib or requests-oauthlib: `clients.py URL CLIENT SECRET`.

Fails if anything is otherwise than RFC 6749, RFC 7009 and RFC 7662 say.
"""

import os
import sys
import uuid

# Both libraries want https; this server is on the same machine.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import InvalidClientError, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

SERVER, CLIENT, SECRET = sys.argv[1:]
TOKEN, REVOKE, INTROSPECT = (f"{SERVER}/oauth2/{name}" for name in ("token", "revoke", "introspect"))
ME = f"{SERVER}/api/v1/auth/me"
PUBLIC = "a-native-app"


def sign_in() -> str:
    """A refresh token of a new user."""
    credentials = {"email": f"{uuid.uuid4()}@example.com", "password": "correct horse battery staple"}
    registered = requests.post(f"{SERVER}/api/v1/auth/register", json=credentials)
    assert registered.status_code == 201, registered.text
    return requests.post(f"{SERVER}/api/v1/auth/login", json=credentials).json()["refresh_token"]


def refused(code: str, kind: type[Exception], refresh) -> None:
    try:
        token = refresh()
    except kind as error:
        assert error.error == code, error
        assert error.description, error
    else:
        raise AssertionError(f"expected {code}, got {token}")


def introspected(session: AuthlibSession, token: str) -> dict:
    answer = session.introspect_token(INTROSPECT, token)
    assert answer.status_code == 200, answer.text
    return answer.json()


def authlib() -> None:
    gateway = AuthlibSession(CLIENT, SECRET, token_endpoint_auth_method="client_secret_basic")
    for client, session in (
        (PUBLIC, AuthlibSession(PUBLIC, token_endpoint_auth_method="none")),
        (CLIENT, AuthlibSession(CLIENT, SECRET, token_endpoint_auth_method="client_secret_basic")),
    ):
        first = sign_in()
        token = session.refresh_token(TOKEN, refresh_token=first)
        assert token["refresh_token"] != first and token["expires_in"] > 1500, token
        assert session.get(ME).status_code == 200
        answer = introspected(gateway, token["access_token"])
        assert answer["active"] is True and answer["client_id"] == client, answer
        revoked = session.revoke_token(REVOKE, token["refresh_token"], token_type_hint="refresh_token")
        assert revoked.status_code == 200, revoked.text
        assert introspected(gateway, token["access_token"]) == {"active": False}
        refused("invalid_grant", OAuthError, lambda: session.refresh_token(TOKEN, refresh_token=token["refresh_token"]))
        refused("invalid_grant", OAuthError, lambda: session.refresh_token(TOKEN, refresh_token="x"))
    wrong = AuthlibSession(CLIENT, "wrong", token_endpoint_auth_method="client_secret_basic")
    refused("invalid_client", OAuthError, lambda: wrong.refresh_token(TOKEN, refresh_token=sign_in()))


def requests_oauthlib() -> None:
    # It sends what it is given: `auth` for a client with a secret, `client_id` for a public one.
    for more in ({"client_id": PUBLIC}, {"auth": HTTPBasicAuth(CLIENT, SECRET)}):
        first = sign_in()
        session = OAuth2Session(PUBLIC, token={"access_token": "x", "token_type": "bearer", "refresh_token": first})
        token = session.refresh_token(TOKEN, **more)
        assert token["refresh_token"] != first and token["expires_in"] > 1500, token
        assert session.get(ME).status_code == 200
        revoked = requests.post(REVOKE, data={"token": token["access_token"], **without_auth(more)}, auth=more.get("auth"))
        assert revoked.status_code == 200, revoked.text
        assert session.get(ME).status_code == 401
        refused("invalid_grant", InvalidGrantError, lambda: session.refresh_token(TOKEN, **more))
    session = OAuth2Session(CLIENT)
    wrong = HTTPBasicAuth(CLIENT, "wrong")
    refused("invalid_client", InvalidClientError, lambda: session.refresh_token(TOKEN, sign_in(), auth=wrong))


def without_auth(more: dict) -> dict:
    return {name: value for name, value in more.items() if name != "auth"}


authlib()
requests_oauthlib()
