"""Checks JSON values against the schemas of api/openapi.yaml: the part of JSON Schema that the file uses, no more.

A keyword that is not known here is an error, so that nothing is believed to be checked that is not.
"""

import re

ANNOTATIONS = {'description', 'example', 'examples', 'default', 'title', 'format'}
TYPES = {
    'object': lambda v: isinstance(v, dict),
    'array': lambda v: isinstance(v, list),
    'string': lambda v: isinstance(v, str),
    'integer': lambda v: isinstance(v, int) and not isinstance(v, bool),
    'number': lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    'boolean': lambda v: isinstance(v, bool),
    'null': lambda v: v is None,
}


def resolve(document, node):
    """What `node` stands for, if it is a reference."""
    while isinstance(node, dict) and '$ref' in node:
        target = document
        for step in node['$ref'].removeprefix('#/').split('/'):
            target = target[step]
        node = target
    return node


def violations(document, schema, value, where='$'):
    """Sentences that say where `value` breaks `schema`."""
    schema = resolve(document, schema)
    found = []
    for keyword, operand in schema.items():
        if keyword in ANNOTATIONS:
            continue
        check = CHECKS.get(keyword)
        if check is None:
            found.append(f'{where}: the schema has the keyword {keyword}, which this test does not know')
        else:
            found.extend(check(document, operand, value, where, schema))
    return found


def _type(_document, operand, value, where, _schema):
    wanted = operand if isinstance(operand, list) else [operand]
    if not any(TYPES[name](value) for name in wanted):
        yield f'{where}: {value!r:.80} is not of type {wanted}'


def _enum(_document, operand, value, where, _schema):
    if value not in operand:
        yield f'{where}: {value!r:.80} is none of {operand}'


def _const(_document, operand, value, where, _schema):
    if value != operand:
        yield f'{where}: {value!r:.80} is not {operand!r}'


def _pattern(_document, operand, value, where, _schema):
    if isinstance(value, str) and not re.search(operand, value):
        yield f'{where}: {value!r:.80} does not match {operand}'


def _bound(name, holds):
    def check(_document, operand, value, where, _schema):
        if not holds(value, operand):
            yield f'{where}: {value!r:.80} breaks {name} {operand}'

    return check


def _required(_document, operand, value, where, _schema):
    if isinstance(value, dict):
        for name in operand:
            if name not in value:
                yield f'{where}: {name} is missing'


def _properties(document, operand, value, where, _schema):
    if isinstance(value, dict):
        for name, schema in operand.items():
            if name in value:
                yield from violations(document, schema, value[name], f'{where}.{name}')


def _additional_properties(document, operand, value, where, schema):
    if isinstance(value, dict):
        for name, each in value.items():
            if name not in schema.get('properties', {}):
                yield from violations(document, operand, each, f'{where}.{name}')


def _items(document, operand, value, where, _schema):
    if isinstance(value, list):
        for i, each in enumerate(value):
            yield from violations(document, operand, each, f'{where}[{i}]')


def _all_of(document, operand, value, where, _schema):
    for schema in operand:
        yield from violations(document, schema, value, where)


CHECKS = {
    'type': _type,
    'enum': _enum,
    'const': _const,
    'pattern': _pattern,
    'minimum': _bound('minimum', lambda v, o: v >= o),
    'maximum': _bound('maximum', lambda v, o: v <= o),
    'maxLength': _bound('maxLength', lambda v, o: len(v) <= o),
    'maxItems': _bound('maxItems', lambda v, o: len(v) <= o),
    'required': _required,
    'properties': _properties,
    'additionalProperties': _additional_properties,
    'items': _items,
    'allOf': _all_of,
}
