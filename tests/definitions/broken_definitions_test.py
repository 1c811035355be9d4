#!/usr/bin/env python3
"""Publishes broken documents of every kind of definition to a running server, one by one and all at once. Each must be
refused with its place and reason, and nothing may take effect.

<kind>.json is a table: "setup" is published first; "good" documents could be published on top of it; each of "broken" must
be refused, at "pointer" and with "reason" in the message. {"$repeat": [value, n]} stands for a text repeated, or for a list
of n; "no_draft" cannot even be kept as a draft. A kind that the server does not know is left out, and told."""

import argparse
import json
import pathlib
import sys
import tempfile
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'api'))
from contract_test import Server  # noqa: E402

LEAST_BROKEN = 20  # of each kind


def expanded(value):
    if isinstance(value, dict):
        if '$repeat' in value:
            what, times = value['$repeat']
            return what * times if isinstance(what, str) else [expanded(what)] * times
        return {name: expanded(member) for name, member in value.items()}
    return [expanded(item) for item in value] if isinstance(value, list) else value


class Table:
    """What a kind's file says, with every document named."""

    def __init__(self, path):
        table = expanded(json.loads(path.read_text()))
        self.kind = path.stem
        self.single = table.get('single', False)
        self.setup = table.get('setup', [])
        self.good = [self.named(document, f'good-{i}') for i, document in enumerate(table['good'])]
        self.broken = table['broken']
        for i, row in enumerate(self.broken):
            row['key'] = self.kind if self.single else row.get('name', f'broken-{i}')
            row['document'] = self.named(row['document'], row['key'])

    def named(self, document, name):
        return {'kind': self.kind, 'name': self.kind if self.single else name, **document}


def change(document, action='publish', kind=None, name=None):
    return {'action': action, 'kind': kind or document['kind'], 'name': name or document['name'], 'document': document}


class Trial:
    def __init__(self, server):
        self.server, self.failed, self.published = server, [], 0

    def expect(self, holds, claim):
        if not holds:
            self.failed.append(claim)

    def apply(self, changes, dry_run=False):
        return self.server.ask('post', '/v1/definitions/apply', {'changes': changes, 'dry_run': dry_run})

    def in_force(self):
        return self.server.ask('get', '/v1/definitions?limit=1000&state=published').body

    def expect_problem(self, table, row, answer, how):
        """That the answer tells what the row says."""
        where = f'{table.kind}: {row["claim"]} ({how})'
        if answer.status != 422:
            return self.expect(False, f'{where}: answered {answer.status}: {answer.body[:300]!r}')
        problems = [each for each in answer.json()['problems']
                    if (each['kind'], each['name']) == (table.kind, row['key'])]
        found = any(each['pointer'] == row['pointer'] and row['reason'] in each['message'] for each in problems)
        return self.expect(found, f'{where}: expected "{row["pointer"]}: {row["reason"]}", told {problems}')

    def one_by_one(self, table):
        for row in table.broken:
            changes = [change(each) for each in row.get('with', [])]
            changes.append(change(row['document'], kind=table.kind, name=row['key']))
            self.expect_problem(table, row, self.apply(changes), 'alone')
            self.published += 1

    def as_drafts(self, table):
        """Half-finished work is kept, and refused when it is published."""
        for row in table.broken:
            if row.get('with'):
                continue
            path = f'/v1/definitions/{table.kind}/{urllib.parse.quote(row["key"])}'
            kept = self.server.ask('put', path + '?state=draft', row['document'])
            if row.get('no_draft'):
                self.expect_problem(table, row, kept, 'as a draft')
                continue
            self.expect(kept.status in (200, 201), f'{table.kind}: {row["claim"]}: no draft: {kept.body[:300]!r}')
            self.expect_problem(table, row, self.server.ask('post', path + '/publish'), 'as a draft')

    def all_at_once(self, tables):
        changes = []
        for table in tables:
            for row in table.broken:
                changes += [change(each) for each in row.get('with', [])]
                changes.append(change(row['document'], kind=table.kind, name=row['key']))
            changes += [change(document) for document in table.good]
        answer = self.apply(changes)
        told = answer.json().get('problems', [])
        missing = 0
        for table in tables:
            for row in table.broken:
                missing += not any(each['kind'] == table.kind and each['name'] == row['key'] and
                                   each['pointer'] == row['pointer'] and row['reason'] in each['message']
                                   for each in told)
        # 200 are told at most, and documents that are broken hide what is wrong between documents.
        self.expect(answer.status == 422 and (len(told) == 200 or missing == 0),
                    f'all at once: answered {answer.status} with {len(told)} problems, {missing} of those expected missing')

    def run(self, tables):
        for table in tables:
            self.expect(len(table.broken) >= LEAST_BROKEN, f'{table.kind}: only {len(table.broken)} broken documents')
            made = self.apply([change(document) for document in table.setup]) if table.setup else None
            self.expect(made is None or made.status == 200, f'{table.kind}: the set-up is refused: {made and made.body}')
        before = self.in_force()
        for table in tables:
            for document in table.good:
                answer = self.apply([change(document)], dry_run=True)
                self.expect(answer.status == 200, f'{table.kind}: refused although good: {document} {answer.body[:500]!r}')
            self.one_by_one(table)
        self.all_at_once(tables)
        self.expect(self.in_force() == before, 'something took effect')
        for table in tables:
            self.as_drafts(table)
        names = {(each['kind'], each['name'], each['published']) for each in json.loads(before)['definitions']}
        after = {(each['kind'], each['name'], each['published']) for each in json.loads(self.in_force())['definitions']}
        self.expect(names == after, 'a draft took effect')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--tessera', required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(options.tessera, folder)
        try:
            tables = [Table(path) for path in sorted(HERE.glob('*.json'))]
            known = [table for table in tables if server.ask('get', f'/v1/schemas/{table.kind}').status == 200]
            for table in tables:
                if table not in known:
                    print(f'left out: the server does not know the kind {table.kind}')
            trial = Trial(server)
            trial.run(known)
        finally:
            server.stop()
    for claim in trial.failed:
        print(claim)
    print(f'{len(known)} kinds, {trial.published} broken documents, {len(trial.failed)} claims that do not hold')
    return 1 if trial.failed else 0


if __name__ == '__main__':
    sys.exit(main())
