"""Where an operator's file has deliveries go: a webhook, or a Customer.io-compatible API."""

from typing import Any
from urllib.parse import urlsplit

from adapter.jsonvalue import JSONObject
from adapter.mapping.expected import check_keys, one_of
from adapter.mapping.positions import Document, ValuePath
from adapter.model.deliveries import Endpoint, EndpointKind, FromEnvironment, Given

CUSTOMERIO_HOSTS = {"us": "https://track.customer.io", "eu": "https://track-eu.customer.io"}
WEBHOOK_KEYS = ("url", "secrets", "headers", "ordered", "concurrency")
MOST_CONCURRENT = 64


def webhook_endpoint(
    document: Document, path: ValuePath, options: JSONObject, name: str
) -> Endpoint:
    """Read where a webhook goes, and what signs it."""
    check_keys(document, path, options, WEBHOOK_KEYS)
    secrets = options.get("secrets")
    names = secrets if isinstance(secrets, list) else [secrets]
    if not names or not all(isinstance(each, str) and each for each in names):
        message = "a webhook needs secrets: the names of environment variables that hold them"
        document.report((*path, "secrets"), "M509", message, cure="secrets: [HOOK_SECRET]")
        names = []
    headers = options.get("headers", {})
    if not isinstance(headers, dict):
        document.report((*path, "headers"), "M508", "headers must be an object")
        headers = {}
    concurrency = options.get("concurrency", 8)
    if type(concurrency) is not int or not 1 <= concurrency <= MOST_CONCURRENT:
        message = f"concurrency must be 1 to {MOST_CONCURRENT}"
        document.report((*path, "concurrency"), "M508", message)
        concurrency = 1
    ordered = options.get("ordered", False)
    if not isinstance(ordered, bool):
        document.report((*path, "ordered"), "M508", "ordered must be true or false")
    return Endpoint(
        name=name,
        kind=EndpointKind.WEBHOOK,
        url=_url(document, (*path, "url"), options.get("url")),
        secrets=tuple(map(FromEnvironment, names)),
        headers={
            str(key): _given(document, (*path, "headers", key), value)
            for key, value in headers.items()
        },
        ordered=ordered is True,
        concurrency=concurrency,
    )


def api_endpoint(
    document: Document, path: ValuePath, options: JSONObject, name: str, keys: tuple[str, ...]
) -> Endpoint:
    """Read where a Customer.io-compatible API is, and whose credential opens it."""
    check_keys(document, path, options, keys)
    region, base = options.get("region"), options.get("base_url")
    if (region is None) == (base is None):
        document.report(path, "M508", "give either region (us or eu) or base_url")
    url: Given = ""
    if region is not None:
        hosts = CUSTOMERIO_HOSTS
        url = hosts[one_of(document, (*path, "region"), region, hosts)]
    elif base is not None:
        url = _url(document, (*path, "base_url"), base)
    for key in ("site_id", "api_key"):
        if not (isinstance(options.get(key), str) and options[key]):
            message = f"{key} must name the environment variable that holds it"
            document.report((*path, key), "M509", message, cure=f"{key}: CUSTOMERIO_{key.upper()}")
    return Endpoint(
        name=name,
        kind=EndpointKind.CUSTOMERIO,
        url=url,
        user=FromEnvironment(str(options.get("site_id"))),
        password=FromEnvironment(str(options.get("api_key"))),
    )


def _url(document: Document, path: ValuePath, value: Any) -> Given:
    given = _given(document, path, value)
    if isinstance(given, str):
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            document.report(path, "M510", "this is no http or https URL", cure="https://...")
    return given


def _given(document: Document, path: ValuePath, value: Any) -> Given:
    """Read a text, or ``{env: NAME}`` for one that an environment variable holds."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and list(value) == ["env"] and isinstance(value["env"], str):
        return FromEnvironment(value["env"])
    document.report(path, "M510", "this must be a text, or {env: NAME} of a variable")
    return ""
