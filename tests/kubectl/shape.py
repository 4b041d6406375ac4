"""What is compared of an answer: which fields it has and of which type, and those values that mean the same everywhere."""

import json

FREE_KEYS = {"labels", "annotations", "data", "matchLabels", "fieldsV1"}  # maps whose keys are the user's
TOLD = {"kind", "apiVersion", "type", "operation", "subresource"}  # compared by value
TOLD_OF_STATUS = {"status", "reason", "code", "details", "kind", "group", "field", "apiVersion"}
COLUMNS = "columnDefinitions"


def type_name(value):
    return {dict: "object", list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}[type(value)]


def lines_of(value, path=""):
    """The document as a set of `path: type` and `path=value`."""
    if isinstance(value, dict):
        found = {f"{path}: object"}
        status = value.get("kind") == "Status" and value.get("apiVersion") == "v1"
        for key, inner in value.items():
            if status and key in ("status", "reason", "code"):
                found.add(f"{path}.{key}={inner}")
            elif key in TOLD and isinstance(inner, str):
                found.add(f"{path}.{key}={inner}")
            elif key == "fieldsV1":
                found.add(f"{path}.{key}: object")
            elif key in FREE_KEYS and isinstance(inner, dict):
                found |= {f"{path}.{key}: object"} | {f"{path}.{key}.*: {type_name(each)}" for each in inner.values()}
            elif key == "continue" and inner == "":
                continue  # the same as none
            elif key == COLUMNS:
                found |= {f"{path}.{key}: {column.get('name')} {column.get('type')} {column.get('priority')}" for column in inner}
            elif key == "cells":
                found.add(f"{path}.{key}: {len(inner)} cells")
            else:
                found |= lines_of(inner, f"{path}.{key}")
        return found
    if isinstance(value, list):
        return {f"{path}: list"}.union(*(lines_of(each, f"{path}[]") for each in value))
    return {f"{path}: {type_name(value)}"}


def shape(exchange):
    """Of one exchange; what is no JSON is told by its content type."""
    kind = exchange.content_type.split(";")[0]
    if kind != "application/json" or not exchange.body.strip():
        return {f"body: {kind}"}
    found = set()
    for document in exchange.body.splitlines() if exchange.query.get("watch") == "true" else [exchange.body]:
        try:
            found |= lines_of(json.loads(document))
        except ValueError:
            found.add("body: broken off")  # the end of a watch that kubectl left
    return found
