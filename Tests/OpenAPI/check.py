"""Checks an OpenAPI document: by the specification's schema, its examples by their schemas, its operations by the published client."""

import json
import pkgutil
import re
import sys
from pathlib import Path

import jsonschema
import robosystems_client.api
from openapi_spec_validator import OpenAPIV31SpecValidator

# Groups of the published client that the product serves in whole.
COMPLETE = {
    "auth", "auth_mfa", "auth_passkeys", "auth_sso", "user", "org", "org_members", "org_usage", "billing", "operations",
    "service_offerings", "status",
}


def client_operations():
    """Every operation of the published client: (group, name, method, path)."""
    root = Path(robosystems_client.api.__path__[0])
    for group in pkgutil.iter_modules([str(root)]):
        for module in pkgutil.iter_modules([str(root / group.name)]):
            source = (root / group.name / f"{module.name}.py").read_text()
            method = re.search(r'"method": "(\w+)"', source)
            path = re.search(r'"url": "([^"]+)"', source)
            if method and path:
                yield group.name, module.name, method[1], path[1]


def examples(document, place="#"):
    """Every example of the document with the schema that it stands beside."""
    if isinstance(document, dict):
        if "schema" in document and "example" in document:
            yield place, document["schema"], document["example"]
        if "schema" in document and isinstance(document.get("examples"), dict):
            for name, example in document["examples"].items():
                yield f"{place}/{name}", document["schema"], example["value"]
        for key, value in document.items():
            yield from examples(value, f"{place}/{key}")
    elif isinstance(document, list):
        for index, value in enumerate(document):
            yield from examples(value, f"{place}/{index}")


def main(file):
    document = json.loads(Path(file).read_text())
    faults = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in OpenAPIV31SpecValidator(document).iter_errors()]
    count = 0
    for place, schema, example in examples(document):
        whole = {**schema, "components": document["components"]}
        faults += [f"{place}: {e.message}" for e in jsonschema.Draft202012Validator(whole).iter_errors(example)]
        count += 1
    served = {(method, path): operation["operationId"] for path, item in document["paths"].items() for method, operation in item.items()}
    shape = {(method, re.sub(r"\{\w+\}", "{}", path)): name for (method, path), name in served.items()}
    known = 0
    for group, name, method, path in client_operations():
        mine = shape.get((method, re.sub(r"\{\w+\}", "{}", path)))
        if mine == name:
            known += 1
        elif mine is not None:
            faults.append(f"{method} {path} is {name} to the published client, and {mine} here")
        elif group in COMPLETE:
            faults.append(f"{name} of the published client is not there: {method} {path}")
    if known < 70:
        faults.append(f"only {known} operations of the published client were found")
    print(f"{len(served)} operations, {known} of the published client, {count} examples")
    for fault in faults:
        print(fault[:600])
    return 1 if faults else 0


sys.exit(main(sys.argv[1]))
