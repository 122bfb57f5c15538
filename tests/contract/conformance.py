"""Holds Hubbub against the published OpenAPI file, where that is there: each operation is routed, and each documented
property is in the answer with the documented type. What our document says of answers is itself held against real
answers by the integration tests and by generated.py; lists and things of the demo's data are looked at here as well."""

import os
import re
import sys
from pathlib import Path

import yaml

from server import Server

BESIDE = Path(__file__).parents[3] / "shared/reference/engage-digital_openapi3.yaml"
PUBLISHED = Path(os.environ.get("PUBLISHED_OPENAPI", BESIDE))

# Routing comes with its engine.
LATER = ("/topologies", "/tasks", "/presence_status", "/user_capacities", "/status")
LATER_OPERATIONS = {("put", "/channels/{}")}


def resolve(document, schema):
    if isinstance(schema, bool):
        return {}
    while schema and "$ref" in schema:
        target = document
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target[part]
        schema = target
    return schema or {}


def template(path):
    """A path with its parameters made nameless."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def answer(document, operation):
    responses = operation.get("responses", {})
    content = (responses.get("200") or responses.get(200) or {}).get("content", {})
    return resolve(document, content.get("application/json", {}).get("schema"))


def kinds(document, schema):
    """The JSON types that a schema allows."""
    schema = resolve(document, schema)
    if "anyOf" in schema:
        return set().union(*(kinds(document, one) for one in schema["anyOf"]))
    named = schema.get("type")
    return set(named) if isinstance(named, list) else {named} if named else set()


def plain(document, schema):
    """A schema without the alternative of null."""
    schema = resolve(document, schema)
    for one in schema.get("anyOf", []):
        one = resolve(document, one)
        if one.get("type") != "null":
            return one
    return schema


def field(schema, name):
    """What a schema says of a field, by its name or by a pattern."""
    if name in (schema.get("properties") or {}):
        return schema["properties"][name]
    patterns = schema.get("patternProperties") or {}
    return next((found for pattern, found in patterns.items() if re.search(pattern, name)), None)


def compare(published, theirs, own, ours, at):
    """Gives what the published schema has and ours has not."""
    theirs, ours = resolve(published, theirs), plain(own, ours)
    wanted, found = kinds(published, theirs), kinds(own, ours) - {"null"}
    if "number" in wanted:
        wanted.add("integer")
    if wanted and found and not found <= wanted:
        yield f"{at}: documented as {' or '.join(sorted(wanted))}, is {' or '.join(sorted(found))}"
        return
    for name, wanted in (theirs.get("properties") or {}).items():
        found = field(ours, name)
        if found is not None:
            yield from compare(published, wanted, own, found, f"{at}.{name}")
        elif ours.get("properties") is not None:
            yield f"{at}: no {name}"
    if theirs.get("items") and ours.get("items"):
        yield from compare(published, theirs["items"], own, ours["items"], f"{at}[]")


def kind_of(value):
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value))


def look(published, schema, value, at):
    """Gives what a real answer has not, or has in another form. Null is always allowed."""
    schema = resolve(published, schema)
    if value is None:
        return
    wanted, found = kinds(published, schema), kind_of(value)
    if wanted and found not in wanted and not (found == "integer" and "number" in wanted):
        yield f"{at}: documented as {' or '.join(sorted(wanted))}, is {found}"
        return
    if isinstance(value, dict):
        for name, wanted in (schema.get("properties") or {}).items():
            if name in value:
                yield from look(published, wanted, value[name], f"{at}.{name}")
            else:
                yield f"{at}: no {name} in the answer"
    if isinstance(value, list) and schema.get("items"):
        for item in value[:20]:
            yield from look(published, schema["items"], item, f"{at}[]")


def main():
    if not PUBLISHED.exists():
        print(f"conformance: skipped, there is no {PUBLISHED.name}")
        return
    published = yaml.safe_load(PUBLISHED.read_text())
    known = (Path(__file__).parent / "differences.txt").read_text().splitlines()
    known = {line.strip() for line in known if line.strip() and not line.startswith("#")}
    wrong, count, looked = [], 0, 0
    with Server() as server:
        _, own = server.get("/openapi.json", anonymous=True)
        routes = {template(path): methods for path, methods in own["paths"].items()}
        for path, methods in published["paths"].items():
            for method, operation in methods.items():
                if path.startswith(LATER) or (method, template(path)) in LATER_OPERATIONS:
                    continue
                count += 1
                name = f"{method.upper()} {path}"
                ours = routes.get("/1.0" + template(path), {}).get(method)
                if ours is None:
                    wrong.append(f"{name}: there is no such operation")
                    continue
                schema = answer(published, operation)
                wrong += compare(published, schema, own, answer(own, ours), name)
                if method == "get" and "{" not in path:
                    code, found = server.get("/1.0" + path)
                    if code != 200:
                        wrong.append(f"{name}: answers with {code}")
                    else:
                        looked += 1
                        wrong += look(published, schema, found, name)
    unknown = sorted({text for text in wrong if not any(fits(line, text) for line in known)})
    gone = sorted(line for line in known if not any(fits(line, text) for text in wrong))
    print(f"conformance: {count} operations, {looked} lists looked at, {len(known)} known differences")
    for text in unknown:
        print(f"  {text}")
    for text in gone:
        print(f"  no difference any more, take it out of differences.txt: {text}")
    sys.exit(bool(unknown))


def fits(line, text):
    """Whether a line of differences.txt means this: as it stands, or by its end after a star."""
    return text.endswith(line[1:]) if line.startswith("*") else text == line


if __name__ == "__main__":
    main()
