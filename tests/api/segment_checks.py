"""What contract_test.py asks about segments, and about corrections of who is who."""

import json
import time
import urllib.request


def check_segments(contract, server, send):
    """`send` posts one call from a server source and returns its position. Everything it sends is about user s1 or s2."""
    publish = '/v1/definitions/segment/{}?state=published'
    condition = {'owner': 'crm', 'condition': 'events("Seen").count() >= 1 && traits.plan == "gold"'}
    server.ask('put', publish.format('seen'), condition)
    server.ask('put', '/v1/definitions/trait/sights?state=published', {'expression': 'events("Seen").count()'})
    send('/v1/identify', {'userId': 's1', 'traits': {'plan': 'gold'}})
    send('/v1/group', {'userId': 's1', 'groupId': 'home-7', 'traits': {'city': 'Harbourne'}})
    position = send('/v1/track', {'userId': 's1', 'event': 'Seen'})
    as_of = {'Tessera-Position': str(position)}

    contract.check('get', '/v1/segments', server.ask('get', '/v1/segments', headers=as_of), 200)
    contract.check('get', '/v1/segments', server.ask('get', '/v1/segments', headers={'Tessera-Position': 'x'}), 400)
    one, members = '/v1/segments/{name}', '/v1/segments/{name}/members'
    for _ in range(500):
        seen = server.ask('get', '/v1/segments/seen')
        contract.check('get', one, seen, 200)
        if 'filling' not in seen.json():
            break
        time.sleep(0.01)
    contract.require(seen.json()['members'] == 1, f'a segment has its members: {seen.json()}')
    contract.check('get', one, server.ask('get', '/v1/segments/none'), 404)
    contract.check('get', one, server.ask('get', '/v1/segments/seen', headers={'Tessera-Position': 'x'}), 400)
    for query, status in (('', 200), ('?profiles=true', 200), ('?limit=0', 400), ('?after=x', 400), ('?profiles=1', 400)):
        contract.check('get', members, server.ask('get', '/v1/segments/seen/members' + query), status)
    contract.check('get', members, server.ask('get', '/v1/segments/none/members'), 404)

    check_reach(contract, server, as_of)
    check_preview(contract, server, as_of)

    contract.check('get', '/v1/profiles/{key}', server.ask('get', '/v1/profiles/group_id:home-7'), 200)
    of_person, why = '/v1/profiles/{key}/segments', '/v1/profiles/{key}/segments/{name}'
    for key, status in (('user_id:s1', 200), ('user_id:nobody', 404), ('nonsense', 400)):
        contract.check('get', of_person, server.ask('get', f'/v1/profiles/{key}/segments'), status)
        explained = server.ask('get', f'/v1/profiles/{key}/segments/seen')
        contract.check('get', why, explained, status)
    contract.check('get', why, server.ask('get', '/v1/profiles/user_id:s1/segments/none'), 404)
    for query, status in ((f'position={position}', 200), ('position=1', 200), ('at=2020-01-01T00:00:00Z', 200), ('at=x', 400),
                          ('position=x', 400), ('at=2999-01-01T00:00:00Z', 400), ('at=2020-01-01T00:00:00Z&position=1', 400)):
        then = server.ask('get', f'/v1/profiles/user_id:s1/segments/seen?{query}')
        contract.check('get', why, then, status)
        if status == 200:
            held = then.json()['explanation']['holds']
            contract.require(held == (query == f'position={position}'), f'the past is told: {then.json()}')
    profile = server.ask('get', '/v1/profiles/user_id:s1')
    contract.check('get', '/v1/profiles/{key}', profile, 200)
    contract.require('seen' in profile.json()['segments'], 'a profile names its segments')
    contract.require(profile.json()['traits'].get('sights') == 1, 'a profile shows computed traits')
    contract.require([group['name'] for group in profile.json()['groups']] == ['home-7'], 'a profile names its groups')


def check_preview(contract, server, as_of):
    path, condition = '/v1/segments/preview', 'events("Seen").filter(e, e.source != "").exists()'
    got = server.ask('post', path, {'condition': condition, 'profile': 'user_id:s1'}, as_of)
    contract.check('post', path, got, 200)
    contract.require(got.json()['count']['estimate'] >= 1 and got.json()['why']['holds'], f'a preview: {got.json()}')
    for body, status in (({'condition': 'x'}, 422), ({}, 400), ({'condition': 'true', 'profile': 'user_id:nobody'}, 404)):
        contract.check('post', path, server.ask('post', path, body), status)


def check_reach(contract, server, as_of):
    """How many segments have together, and how many one had. There is one member of `seen`."""
    server.ask('put', '/v1/definitions/segment/all?state=published', {'condition': 'true'})
    overlap, history = '/v1/segments/overlap', '/v1/segments/{name}/history'
    got = server.ask('get', overlap + '?segments=seen,all', headers=as_of)
    contract.check('get', overlap, got, 200)
    contract.require(got.json()['intersection'] <= 1 and len(got.json()['pairs']) == 1, f'an overlap: {got.json()}')
    for query, status in (('', 400), ('?segments=seen', 400), ('?segments=seen,seen', 400), ('?segments=seen,none', 404)):
        contract.check('get', overlap, server.ask('get', overlap + query), status)

    got = server.ask('get', '/v1/segments/seen/history', headers=as_of)
    contract.check('get', history, got, 200)
    contract.require(got.json()['steps'][-1]['size'] == 1, f'a history ends with the members of now: {got.json()}')
    contract.require(got.json()['position'] >= int(as_of['Tessera-Position']), 'a history names what it has seen')
    for query, status in (('every=week&zone=Europe/Berlin&from=2026-01-01', 200), ('every=year', 400), ('zone=x', 400),
                          ('from=x', 400), ('to=1999-01-01&from=2000-01-01', 400), ('from=2020-01-01&every=hour', 400)):
        contract.check('get', history, server.ask('get', '/v1/segments/seen/history?' + query), status)
    contract.check('get', history, server.ask('get', '/v1/segments/none/history'), 404)

    for name in ('changes', 'overlap'):
        refused = server.ask('put', f'/v1/definitions/segment/{name}?state=published', {'condition': 'true'})
        contract.require(refused.status == 422, f'a segment named {name} is refused: {refused.status}')


def check_changes(contract, server, send):
    """The stream goes on for ever: what comes until somebody has entered is enough. After check_segments."""
    path = '/v1/segments/changes'
    contract.check('get', path, server.ask('get', path + '?segment=none'), 400)
    contract.check('get', path, server.ask('get', path, headers={'Last-Event-ID': 'x'}), 400)
    headers = {'Authorization': f'Bearer {server.token}'}
    request = urllib.request.Request(server.url + path + '?segment=seen', headers=headers)
    with urllib.request.urlopen(request, timeout=30) as got:
        got.readline()  # a comment, at once
        send('/v1/identify', {'userId': 's2', 'traits': {'plan': 'gold'}})
        position = send('/v1/track', {'userId': 's2', 'event': 'Seen'})
        lines = []
        while not lines or not lines[-1].startswith('data: '):
            lines.append(got.readline().decode())
    contract.statuses.setdefault(('get', path), set()).add(200)
    change = json.loads(lines[-1].removeprefix('data: '))
    told = (change['segment'], change['change'], change['position'], change['reason'], change['historic'])
    contract.require(told == ('seen', 'entered', position, 'event', False), f'who enters is told: {change}')
    contract.require(lines[-2].startswith(f'id: {position}-'), f'a change has an id: {lines}')
    again = urllib.request.Request(server.url + path, headers={**headers, 'Last-Event-ID': '0-0'})
    with urllib.request.urlopen(again, timeout=30) as got:
        first = got.readline().decode()
    contract.require(first == 'event: gap\n', f'what may be missing is told: {first!r}')


def check_corrections(contract, server, send):
    """Two people who gave one number are taken apart: by parts, then by the number."""
    def share():
        send('/v1/identify', {'userId': 'c1', 'traits': {'phone': '+441632960999'}})
        send('/v1/identify', {'anonymousId': 'c2'})
        return send('/v1/identify', {'anonymousId': 'c2', 'traits': {'phone': '+441632960999'}})

    as_of = {'Tessera-Position': str(share())}
    path, graph = '/v1/profiles/{key}/unmerge', server.ask('get', '/v1/profiles/user_id:c1/identity', headers=as_of)
    contract.check('get', '/v1/profiles/{key}/identity', graph, 200)
    contract.require(len(graph.json()['links']) == 1, 'a graph tells what holds its parts together')
    parts = [part['id'] for part in graph.json()['parts']]
    unmerge = '/v1/profiles/user_id:c1/unmerge'
    contract.check('post', path, server.ask('post', unmerge, {'parts': parts}), 409)
    done = server.ask('post', unmerge, {'parts': parts[:1], 'keep_apart': False})
    contract.check('post', path, done, 200)
    contract.require(len(done.json()['profiles']) == 2, 'unmerging makes two of one')
    contract.check('post', path, server.ask('post', unmerge, {'parts': []}), 400)
    contract.check('post', path, server.ask('post', unmerge, {'parts': [parts[0][:-1] + '0']}), 404)
    contract.check('post', path, server.ask('post', unmerge, 'x' * 600_000), 413)

    as_of = {'Tessera-Position': str(share())}
    path, detach = '/v1/profiles/{key}/detach', '/v1/profiles/user_id:c1/detach'
    wrong = {'type': 'phone', 'value': '+441632960999'}
    done = server.ask('post', detach, wrong, as_of)
    contract.check('post', path, done, 200)
    contract.require(len(done.json()['profiles']) == 2, 'detaching takes apart what the identifier held together')
    contract.check('post', path, server.ask('post', detach, wrong), 404)
    contract.check('post', path, server.ask('post', detach, {'type': 'nose', 'value': '1'}), 400)
    contract.check('post', path, server.ask('post', detach, 'x' * 600_000), 413)
