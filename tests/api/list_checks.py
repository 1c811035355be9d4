"""What contract_test.py asks about segments whose members are named, and about comparing people with everyone."""

import subprocess
import tempfile
import time


def check_lists(contract, server, send):
    """`send` posts one call from a server source and returns its position. Everything it sends is about user l1 or l2."""
    publish = '/v1/definitions/segment/{}?state=published'
    server.ask('put', publish.format('invited'), {'owner': 'crm', 'list': True})
    send('/v1/identify', {'userId': 'l1', 'traits': {'listed': 1}})
    as_of = {'Tessera-Position': str(send('/v1/identify', {'userId': 'l2', 'traits': {'listed': 1}}))}
    path, url = '/v1/segments/{name}/list', '/v1/segments/invited/list'
    got = server.ask('post', url, {'add': ['user_id:l1', 'user_id:l2', 'user_id:l3']}, as_of)
    contract.check('post', path, got, 200)
    told = {name: got.json()[name] for name in ('added', 'removed', 'unchanged', 'members')}
    contract.require(told == {'added': 2, 'removed': 0, 'unchanged': 0, 'members': 2}, f'a list is changed: {told}')
    contract.require(got.json()['unknown'] == {'count': 1, 'first': ['user_id:l3']}, 'who is unknown is told')
    got = server.ask('post', url + '?full=true', {'replace': ['user_id:l2']})
    contract.check('post', path, got, 200)
    contract.require(got.json()['removed'] == 1 and len(got.json()['profiles']) == 1, f'a list is replaced: {got.json()}')
    contract.check('get', '/v1/segments/{name}', server.ask('get', '/v1/segments/invited'), 200)
    contract.check('get', '/v1/segments', server.ask('get', '/v1/segments'), 200)
    for body, status in (({}, 400), ({'add': ['l1']}, 400), ('x' * 5_000_000, 413)):
        contract.check('post', path, server.ask('post', url, body), status)
    contract.check('post', path, server.ask('post', '/v1/segments/none/list', {'add': []}), 404)
    contract.check('post', path, server.ask('post', '/v1/segments/all/list', {'add': []}), 409)

    path, url = '/v1/segments/{name}/freeze', '/v1/segments/invited/freeze'
    got = server.ask('post', url, {'as': 'invited-then', 'description': 'Who was.'})
    contract.check('post', path, got, 201)
    contract.require(got.json()['members'] == 1, f'an audience is frozen: {got.json()}')
    for body, status in (({'as': 'invited-then'}, 409), ({'as': 'ranks'}, 422), ({}, 400), ('x' * 600_000, 413)):
        contract.check('post', path, server.ask('post', url, body), status)
    contract.check('post', path, server.ask('post', '/v1/segments/none/freeze', {'as': 'x'}), 404)

    check_ranks(contract, server, publish)
    for name in ('invited', 'invited-then', 'top'):
        server.ask('post', f'/v1/definitions/segment/{name}/archive')


def check_ranks(contract, server, publish):
    path = '/v1/segments/ranks'
    contract.check('get', path, server.ask('get', path), 200)
    contract.check('get', path, server.ask('get', path, headers={'Tessera-Position': 'x'}), 400)
    server.ask('put', publish.format('top'), {'condition': 'percentile(events("Seen").count()) >= 0.9'})
    for _ in range(500):
        ranks = server.ask('get', path)
        contract.check('get', path, ranks, 200)
        if len(ranks.json()['ranks'][0].get('tenths', [])) == 10:
            break
        contract.check('post', path, server.ask('post', path), 202)
        time.sleep(0.01)
    else:
        contract.require(False, f'everyone is compared: {ranks.json()}')
    for name in ('ranks', 'preview'):
        refused = server.ask('put', publish.format(name), {'condition': 'true'})
        contract.require(refused.status == 422, f'a segment named {name} is refused: {refused.status}')


def check_rank_at(contract, binary):
    with tempfile.TemporaryDirectory() as folder:
        for wrong in ('25:00', '3:00', '03:60', '03-00'):
            refused = subprocess.run([binary, 'serve', '--data', folder, '--listen', '127.0.0.1:0', '--rank-at', wrong],
                                     capture_output=True, text=True, timeout=60)
            contract.require(refused.returncode != 0 and '--rank-at takes a time of day' in refused.stderr,
                             f'--rank-at {wrong} is refused: {refused.stderr}')
