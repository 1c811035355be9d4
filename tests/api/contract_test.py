#!/usr/bin/env python3
"""Holds a running server to api/openapi.yaml: every documented operation is asked, with good and with bad input, and
every answer must have a documented status, media type, headers and body; every route of the server is documented."""

import argparse
import base64
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import warnings

try:
    import yaml
except ImportError:
    print('PyYAML is missing: apt-get install python3-yaml')
    sys.exit(77)

from list_checks import check_lists, check_rank_at
from schema import resolve, violations
from segment_checks import check_changes, check_corrections, check_segments

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ('get', 'put', 'post', 'delete')


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class Server:
    """A server on a free port with data of its own."""

    def __init__(self, binary, folder, *options):
        token_file = pathlib.Path(folder, 'token')
        self.process = subprocess.Popen(
            [binary, 'serve', '--data', str(pathlib.Path(folder, 'data')), '--listen', '127.0.0.1:0',
             '--token-file', str(token_file), *options], stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            if match := re.search(r' on (https?://\S+)', line):
                self.url = match[1]
                break
        else:
            raise SystemExit('the server ended before it served')
        self.token = token_file.read_text().strip()

    def ask(self, method, path, body=None, headers=None, token=True):
        headers = dict(headers or {})
        if token and 'Authorization' not in headers:
            headers['Authorization'] = f'Bearer {self.token}'
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers.setdefault('Content-Type', 'application/json')
        data = body.encode() if isinstance(body, str) else body
        request = urllib.request.Request(self.url + path, data=data, method=method.upper(), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as got:
                return Answer(got.status, got.headers, got.read())
        except urllib.error.HTTPError as refused:
            return Answer(refused.code, refused.headers, refused.read())

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=30) != 0:
            raise SystemExit('the server did not stop cleanly')


class Contract:
    """The document, and what was found to break it."""

    def __init__(self):
        self.document = yaml.safe_load((ROOT / 'api/openapi.yaml').read_text())
        self.broken = []
        self.statuses = {}  # (method, path) -> seen

    def operations(self):
        for path, item in self.document['paths'].items():
            for method in METHODS:
                if method in item:
                    yield method, path, item[method]

    def check(self, method, path, answer, expected=None):
        """Checks an answer of the operation at the documented `path`."""
        where = f'{method.upper()} {path} -> {answer.status}'
        self.statuses.setdefault((method, path), set()).add(answer.status)
        if expected is not None and answer.status != expected:
            self.broken.append(f'{where}: expected {expected}: {answer.body[:300]!r}')
        operation = self.document['paths'].get(path, {}).get(method, {'responses': {}})
        documented = operation['responses'].get(str(answer.status))
        if documented is None:
            self.broken.append(f'{where}: the status is not documented: {answer.body[:300]!r}')
            return
        documented = resolve(self.document, documented)
        media = answer.headers.get('Content-Type', '').split(';')[0]
        content = documented.get('content', {}).get(media)
        if content is None:
            self.broken.append(f'{where}: the media type {media!r} is not documented')
        elif media.endswith('json'):
            found = violations(self.document, content['schema'], answer.json())
            self.broken.extend(f'{where}: {each}' for each in found)
        if answer.status in (429, 503) and 'Retry-After' not in answer.headers:
            self.broken.append(f'{where}: no Retry-After')
        if 'Tessera-Position' in documented.get('headers', {}) and answer.status == 200:
            if not re.fullmatch(r'\d+', answer.headers.get('Tessera-Position', '')):
                self.broken.append(f'{where}: no Tessera-Position')

    def require(self, holds, claim):
        if not holds:
            self.broken.append(claim)


def basic(write_key):
    return {'Authorization': 'Basic ' + base64.b64encode(f'{write_key}:'.encode()).decode()}


def check_sources(contract, server):
    """Makes the sources that the other checks send from; returns the server source's write key."""
    path = '/v1/sources/{name}'
    made = server.ask('put', '/v1/sources/shop', {'trust': 'public', 'origins': ['https://shop.example']})
    contract.check('put', path, made, 201)
    contract.require('write_key' in made.json(), 'a public source shows its write key')
    made = server.ask('put', '/v1/sources/crm', {'trust': 'server'})
    contract.check('put', path, made, 201)
    first_key = made.json()['write_key']
    changed = server.ask('put', '/v1/sources/crm', {'trust': 'server', 'lateness_hours': 1})
    contract.check('put', path, changed, 200)
    contract.require('write_key' not in changed.json(), 'a server source shows its write key only once')
    for bad in ('{', '[]', '{"trust":"server","trust":"server"}'):
        contract.check('put', path, server.ask('put', '/v1/sources/crm', bad), 400)
    for bad in ('{"trust":"x"}', '{"name":"other"}', '{"origins":[1]}', '{"unknown":1}'):
        contract.check('put', path, server.ask('put', '/v1/sources/crm', bad), 422)
    contract.check('put', path, server.ask('put', '/v1/sources/Bad%20Name', {}), 422)
    contract.check('put', path, server.ask('put', '/v1/sources/crm', 'x' * 600_000), 413)
    contract.check('get', path, server.ask('get', '/v1/sources/crm'), 200)
    contract.check('get', path, server.ask('get', '/v1/sources/none'), 404)
    contract.check('get', '/v1/sources', server.ask('get', '/v1/sources'), 200)
    rotate = '/v1/sources/{name}/rotate-key'
    rotated = server.ask('post', '/v1/sources/crm/rotate-key')
    contract.check('post', rotate, rotated, 200)
    contract.check('post', rotate, server.ask('post', '/v1/sources/none/rotate-key'), 404)
    old = server.ask('post', '/v1/track', {'userId': 'u', 'event': 'e'}, basic(first_key))
    contract.check('post', '/v1/track', old, 401)
    contract.check('put', path, server.ask('put', '/v1/sources/old', {}), 201)
    contract.check('delete', path, server.ask('delete', '/v1/sources/old'), 200)
    contract.check('delete', path, server.ask('delete', '/v1/sources/none'), 404)
    return rotated.json()['write_key']


def check_tracking(contract, server, write_key):
    """Sends each call's own example, then what must be refused. Returns the newest position."""
    position = 0
    for method, path, operation in contract.operations():
        if 'tracking' not in operation['tags'] or method != 'post':
            continue
        body = resolve(contract.document, operation['requestBody'])['content']['application/json']['example']
        sent = server.ask('post', path, body, basic(write_key))
        contract.check('post', path, sent, 200)
        position = int(sent.headers.get('Tessera-Position', 0))
        contract.check('post', path, server.ask('post', path, dict(body, writeKey=write_key), token=False), 200)
        contract.check('post', path, server.ask('post', path, body, {'Authorization': f'Bearer {write_key}'}), 200)
        contract.check('post', path, server.ask('post', path, body, token=False), 401)
        contract.check('post', path, server.ask('post', path, body), 401)
        contract.check('post', path, server.ask('post', path, '{"', basic(write_key)), 400)
        elsewhere = {**basic(write_key), 'Origin': 'https://elsewhere.example'}
        contract.check('post', path, server.ask('post', path, body, elsewhere), 403)
        brotli = {**basic(write_key), 'Content-Encoding': 'br'}
        contract.check('post', path, server.ask('post', path, 'x', brotli), 415)
        too_much = 'x' * (11 << 20 if path == '/v1/import' else 600_000)
        contract.check('post', path, server.ask('post', path, too_much, basic(write_key)), 413)
    batch = {'batch': [{'type': 'track', 'event': 'nobody'}, {'type': 'page', 'userId': 'u1'}]}
    sent = server.ask('post', '/v1/batch', batch, basic(write_key))
    contract.check('post', '/v1/batch', sent, 200)
    contract.require([each['index'] for each in sent.json().get('rejected', [])] == [0], 'a bad item is told, the rest taken')
    return position


def sender(contract, server, write_key):
    """What posts one tracking call, and returns its position."""
    def send(path, body):
        sent = server.ask('post', path, body, basic(write_key))
        contract.check('post', path, sent, 200)
        return int(sent.headers['Tessera-Position'])

    return send


def check_settings(contract, server, write_key):
    path = '/v1/projects/{writeKey}/settings'
    contract.check('get', path, server.ask('get', f'/v1/projects/{write_key}/settings', token=False), 200)
    contract.check('get', path, server.ask('get', '/v1/projects/none/settings', token=False), 404)
    path = '/sourceConfig'
    contract.check('get', path, server.ask('get', '/sourceConfig/?p=web', headers=basic(write_key)), 200)
    contract.check('get', path, server.ask('get', f'/sourceConfig?writeKey={write_key}', token=False), 200)
    contract.check('get', path, server.ask('get', '/sourceConfig', token=False), 401)


def check_preflights(contract, server):
    for origin, status in (('https://shop.example', 204), ('https://elsewhere.example', 403)):
        answer = server.ask('options', '/v1/t', headers={'Origin': origin}, token=False)
        allowed = answer.headers.get('Access-Control-Allow-Origin')
        contract.require(answer.status == status, f'a preflight from {origin} is answered {status}, not {answer.status}')
        contract.require(allowed == (origin if status == 204 else None), f'{origin} is allowed: {allowed}')


def check_profiles(contract, server, position):
    as_of = {'Tessera-Position': str(position)}
    profile = server.ask('get', '/v1/profiles/email:jane%40example.com', headers=as_of)
    contract.check('get', '/v1/profiles/{key}', profile, 200)
    profile_id = profile.json()['id']
    for key in ('user_id:u1', 'EMAIL:x'.lower(), profile_id):
        path = f'/v1/profiles/{key}'
        known = key != 'email:x'
        contract.check('get', '/v1/profiles/{key}', server.ask('get', path), 200 if known else 404)
        contract.check('get', '/v1/profiles/{key}/identity', server.ask('get', path + '/identity'), 200 if known else 404)
        contract.check('get', '/v1/profiles/{key}/events', server.ask('get', path + '/events'), 200 if known else 404)
    for rest in ('', '/identity', '/events'):
        for bad in ('nonsense', 'unknown_type:x', 'email:', '%zz', 'p0'):
            contract.check('get', '/v1/profiles/{key}' + rest, server.ask('get', f'/v1/profiles/{bad}{rest}'), 400)
        bad_position = server.ask('get', f'/v1/profiles/user_id:u1{rest}', headers={'Tessera-Position': 'x'})
        contract.check('get', '/v1/profiles/{key}' + rest, bad_position, 400)
        far = server.ask('get', f'/v1/profiles/user_id:u1{rest}', headers={'Tessera-Position': '999999999'})
        contract.check('get', '/v1/profiles/{key}' + rest, far, 200)
        contract.require(far.headers.get('Tessera-Stale') == 'true', 'an answer from before the position asked for is stale')
    check_pages(contract, server)


def check_pages(contract, server):
    path, seen, cursor = '/v1/profiles/{key}/events', [], ''
    for _ in range(100):
        page = server.ask('get', '/v1/profiles/user_id:u1/events?limit=7' + cursor)
        contract.check('get', path, page, 200)
        seen += [event['position'] for event in page.json()['events']]
        if 'next' not in page.json():
            break
        cursor = '&before=' + page.json()['next']
    contract.require(len(seen) == len(set(seen)) > 7, f'pages have each event once: {seen}')
    for bad in ('limit=0', 'limit=201', 'limit=x', 'before=x'):
        contract.check('get', path, server.ask('get', '/v1/profiles/user_id:u1/events?' + bad), 400)


def check_history(contract, server):
    path = '/v1/sql'
    contract.check('post', path, server.ask('post', path, {'query': 'SELECT event, count(*) FROM events GROUP BY ALL'}), 200)
    contract.check('post', path, server.ask('post', path, {'query': 'SELECT 1', 'format': 'csv'}), 200)
    for bad in ('', '{}', '{"query":1}', '{"query":""}', '{"query":"SELECT 1","format":"xml"}', '{"query":"SELEC"}'):
        contract.check('post', path, server.ask('post', path, bad), 400)
    contract.check('post', path, server.ask('post', path, {'query': 'CREATE TABLE t (a INT)'}), 403)
    contract.check('post', path, server.ask('post', path, 'x' * 600_000), 413)
    path = '/v1/quarantine'
    items = server.ask('get', path)
    contract.check('get', path, items, 200)
    contract.require(len(items.json()['items']) > 0, 'what was refused is in the quarantine')
    contract.check('get', path, server.ask('get', path + '?limit=1&source=crm'), 200)
    for bad in ('limit=0', 'limit=1001', 'source=none'):
        contract.check('get', path, server.ask('get', f'{path}?{bad}'), 400)


def check_rules(contract, server):
    path = '/v1/identity/rules'
    rules = server.ask('get', path)
    contract.check('get', path, rules, 200)
    put = server.ask('put', path, rules.json())
    contract.check('put', path, put, 200)
    contract.require(put.json() == rules.json(), 'rules read back as they were put')
    contract.check('put', path, server.ask('put', path, '{'), 400)
    for bad in ('', '{}', '{"types":[{"name":"A b","limit":1}]}'):
        contract.check('put', path, server.ask('put', path, bad), 422)
    contract.check('put', path, server.ask('put', path, 'x' * 600_000), 413)


def check_definitions(contract, server):
    """The life of a definition, and what must be refused on the way."""
    root, one, web = '/v1/definitions', '/v1/definitions/{kind}/{name}', '/v1/definitions/source/pages'
    contract.check('put', one, server.ask('put', web, {'owner': 'me'}), 201)
    contract.check('get', one, server.ask('get', web), 200)
    contract.check('put', one, server.ask('put', web + '?state=published', {'owner': 'me'}, {'If-Match': '"1"'}), 200)
    contract.check('put', one, server.ask('put', web, {}, {'If-Match': '"1"'}), 409)
    contract.check('put', one, server.ask('put', web + '?state=published', {'trust': 'x'}), 422)
    contract.check('put', one, server.ask('put', web, 'x' * 600_000), 413)
    for bad in ('', '[]', '{'):
        contract.check('put', one, server.ask('put', web, bad), 400)
    contract.check('get', one, server.ask('get', web + '?version=7'), 404)
    contract.check('get', one, server.ask('get', web + '?version=x'), 400)
    contract.check('get', one + '/versions', server.ask('get', web + '/versions'), 200)
    contract.check('get', one + '/versions', server.ask('get', '/v1/definitions/source/none/versions'), 404)
    made = {'changes': [{'action': 'publish', 'kind': 'purpose', 'name': 'ads', 'document': {'lawful_basis': 'consent'}},
                        {'action': 'publish', 'kind': 'segment', 'name': 'all',
                         'document': {'condition': 'true', 'purposes': ['ads']}}]}
    contract.check('post', root + '/apply', server.ask('post', root + '/apply', made), 200)
    uses = server.ask('get', root + '/purpose/ads/uses')
    contract.check('get', one + '/uses', uses, 200)
    contract.require(uses.json() == {'uses': [{'kind': 'segment', 'name': 'all', 'how': 'purposes'}]},
                     f'who names a purpose is told: {uses.body!r}')
    contract.check('get', one + '/uses', server.ask('get', root + '/purpose/none/uses'), 404)
    contract.check('post', one + '/archive', server.ask('post', root + '/purpose/ads/archive'), 422)
    contract.check('post', one + '/publish', server.ask('post', web + '/publish'), 404)
    contract.check('put', one, server.ask('put', web, {}), 200)
    contract.check('post', one + '/publish', server.ask('post', web + '/publish'), 200)
    contract.check('post', one + '/archive', server.ask('post', web + '/archive'), 200)
    contract.check('post', one + '/archive', server.ask('post', web + '/archive'), 404)
    for query, status in (('', 200), ('?kind=source&state=archived&limit=1', 200), ('?state=x', 400)):
        contract.check('get', root, server.ask('get', root + query), status)
    publish = {'action': 'publish', 'kind': 'source', 'name': 'app', 'document': {}}
    for body, status in (({'changes': [publish], 'dry_run': True}, 200), ({'changes': [publish]}, 200), ({}, 400),
                         ({'changes': [dict(publish, document={'trust': 1})]}, 422),
                         ({'changes': [dict(publish, replaces=7)]}, 409)):
        contract.check('post', root + '/apply', server.ask('post', root + '/apply', body), status)
    for kind in ('source', 'identity_rules'):
        contract.check('get', '/v1/schemas/{kind}', server.ask('get', '/v1/schemas/' + kind), 200)
    contract.check('get', '/v1/schemas/{kind}', server.ask('get', '/v1/schemas/none'), 404)


def check_webhooks(contract, server, write_key):
    path, url = '/v1/webhook/{source}', '/v1/webhook/crm'
    body = contract.document['paths'][path]['post']['requestBody']['content']['application/json']['example']
    contract.check('post', path, server.ask('post', url, body, basic(write_key)), 404)
    mapping = {'source': 'crm', 'events': "{'event': 'Order Completed', 'userId': body.customer.id}"}
    server.ask('put', '/v1/definitions/mapping/orders?state=published', mapping)
    taken = server.ask('post', url, body, basic(write_key))
    contract.check('post', path, taken, 200)
    contract.require(taken.json() == {'success': True, 'events': 1, 'rejected': []}, f'an event is made: {taken.body!r}')
    contract.check('post', path, server.ask('post', f'{url}?key={write_key}', {'customer': {}}, token=False), 200)
    contract.check('post', path, server.ask('post', url, {'customer': 1}, basic(write_key)), 200)
    contract.check('post', path, server.ask('post', url, body, token=False), 401)
    contract.check('post', path, server.ask('post', url, '{"', basic(write_key)), 400)
    contract.check('post', path, server.ask('post', '/v1/webhook/shop', body, basic(write_key)), 403)
    contract.check('post', path, server.ask('post', url, 'x' * 1_100_000, basic(write_key)), 413)
    contract.check('post', path, server.ask('post', url, 'x', {**basic(write_key), 'Content-Encoding': 'br'}), 415)


def check_operation(contract, server):
    for method, path in (('post', '/v1/admin/cut'), ('get', '/v1/admin/digest'), ('post', '/v1/admin/accept-clock'),
                         ('get', '/v1/status'), ('get', '/metrics')):
        contract.check(method, path, server.ask(method, path), 200)
    for path in ('/health', '/ready'):
        contract.check('get', path, server.ask('get', path, token=False), 200)


def check_tokens(contract, server):
    """Whatever is not said to be open refuses who has no token."""
    for method, path, operation in contract.operations():
        if operation.get('security', contract.document['security']) != [{'token': []}]:
            continue
        target = re.sub(r'\{.*?\}', 'x', path)
        contract.check(method, path, server.ask(method, target, token=False), 401)
        contract.check(method, path, server.ask(method, target, headers={'Authorization': 'Bearer tsr_wrong'}), 401)


def check_routes(contract, server):
    """/metrics names every route; the page is no part of the API."""
    routes = set(re.findall(r'tessera_http_requests_total\{method="(\w+)",route="([^"]+)"',
                            server.ask('get', '/metrics').body.decode()))
    documented = {(method.upper(), path) for method, path, _ in contract.operations()}
    routes = {(method, path) for method, path in routes if method != 'OPTIONS' and path != '/'}
    for method, path in sorted(routes - documented):
        contract.broken.append(f'{method} {path} is served but not documented')
    for method, path in sorted(documented - routes):
        contract.broken.append(f'{method} {path} is documented but not served')
    for method, path, _ in contract.operations():
        contract.require((method, path) in contract.statuses, f'{method.upper()} {path} was not tried by this test')


def check_nonsense(contract, server):
    for method, path, status in (('get', '/nowhere', 404), ('patch', '/v1/sources', 405), ('post', '/health', 405)):
        answer = server.ask(method, path)
        found = violations(contract.document, {'$ref': '#/components/schemas/Problem'}, answer.json())
        contract.require(answer.status == status and not found, f'{method} {path}: {answer.status} {found}')


def run(binary):
    contract = Contract()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(binary, folder, '--rank-at', '23:59')
        try:
            write_key = check_sources(contract, server)
            position = check_tracking(contract, server, write_key)
            check_settings(contract, server, write_key)
            check_preflights(contract, server)
            check_profiles(contract, server, position)
            check_segments(contract, server, sender(contract, server, write_key))
            check_lists(contract, server, sender(contract, server, write_key))
            check_changes(contract, server, sender(contract, server, write_key))
            check_corrections(contract, server, sender(contract, server, write_key))
            check_history(contract, server)
            check_rules(contract, server)
            check_definitions(contract, server)
            check_webhooks(contract, server, write_key)
            check_operation(contract, server)
            check_tokens(contract, server)
            check_live(contract, server)
            check_nonsense(contract, server)
            check_routes(contract, server)
        finally:
            server.stop()
    check_rank_at(contract, binary)
    check_tls(contract, binary)
    return contract


def check_tls(contract, binary):
    """With a certificate the server speaks TLS 1.2 or later, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f'{folder}/key.pem', f'{folder}/certificate.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                        '-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost',
                        '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, stderr=subprocess.DEVNULL)
        server = Server(binary, folder, '--tls-cert', certificate, '--tls-key', key)
        try:
            trusting = ssl.create_default_context(cafile=certificate)
            with urllib.request.urlopen(server.url + '/health', timeout=30, context=trusting) as got:
                contract.require(got.status == 200, 'TLS is served')
            port = int(server.url.rsplit(':', 1)[1])
            for name, request in (('TLS 1.1', None), ('plain HTTP', b'GET /health HTTP/1.1\r\nHost: t\r\n\r\n')):
                with socket.create_connection(('127.0.0.1', port), timeout=30) as connection:
                    contract.require(not served(connection, request), f'{name} is refused where TLS is served')
            with urllib.request.urlopen(server.url + '/ready', timeout=30, context=trusting) as got:
                contract.require(got.status == 200, 'TLS is served after it was refused')
        finally:
            server.stop()


def served(connection, request):
    """Whether a connection that must not work does: of plain bytes, or of an old TLS."""
    try:
        if request is not None:
            connection.sendall(request)
            return connection.recv(100).startswith(b'HTTP')
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers('DEFAULT@SECLEVEL=0')
        old.wrap_socket(connection)
        return True
    except OSError:
        return False


def check_live(contract, server):
    """The feed goes on for ever: its head and first line are enough."""
    path = '/v1/live'
    if path not in contract.document['paths']:
        return
    headers = {'Authorization': f'Bearer {server.token}'}
    with urllib.request.urlopen(urllib.request.Request(server.url + path, headers=headers), timeout=30) as got:
        first = got.readline()
    contract.statuses.setdefault(('get', path), set()).add(200)
    contract.require(got.headers['Content-Type'] == 'text/event-stream' and first, 'the live feed sends events')


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--tessera', required=True, help='the server\'s binary')
    begun = time.monotonic()
    result = run(parser.parse_args().tessera)
    for each in result.broken:
        print(each)
    asked = sum(len(statuses) for statuses in result.statuses.values())
    print(f'{len(result.statuses)} operations, {asked} kinds of answer, {len(result.broken)} broken, '
          f'{time.monotonic() - begun:.1f} s')
    sys.exit(1 if result.broken else 0)
