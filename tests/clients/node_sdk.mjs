// Segment's Node SDK sends every kind of call, in batches, to a running Tessera; one person comes out.
import assert from 'node:assert/strict';
import {Analytics} from '@segment/analytics-node';
import {count, has, run, total, until} from './tessera.mjs';

const email = 'Jane@Example.com';

/** The SDK as a shop's server would set it up, keeping what went wrong. */
function makeClient(tessera, writeKey, options = {}) {
  const errors = [];
  const client = new Analytics({writeKey, host: tessera.url, flushAt: 4, flushInterval: 200, maxRetries: 2, ...options});
  client.on('error', (error) => errors.push(error));
  return {client, errors};
}

/** Sends one event by `send`, and resolves when the SDK says that it was delivered. */
function delivered(client, method, event) {
  return new Promise((resolve, reject) =>
    client[method](event, (error) => (error ? reject(new Error(`${method}: ${JSON.stringify(error)}`)) : resolve())));
}

async function sendAllKinds(client) {
  await Promise.all([
    delivered(client, 'page', {anonymousId: 'anon-jane', name: 'Home', properties: {url: 'https://shop.example/'}}),
    delivered(client, 'track', {anonymousId: 'anon-jane', event: 'Product Viewed', properties: {sku: 'wine-1'}}),
    delivered(client, 'identify', {userId: 'jane', anonymousId: 'anon-jane', traits: {email, plan: 'gold', age: 41}}),
    delivered(client, 'track', {userId: 'jane', event: 'Order Completed', properties: {total: 27.5, currency: 'EUR'}}),
    delivered(client, 'track', {userId: 'jane', event: 'Order Completed', properties: {total: 10, currency: 'EUR'}}),
    delivered(client, 'screen', {userId: 'jane', name: 'Basket'}),
    delivered(client, 'group', {userId: 'jane', groupId: 'household-1', traits: {name: 'The Janes'}}),
    delivered(client, 'alias', {userId: 'jane', previousId: 'tablet-of-jane'}),
  ]);
}

async function onePersonComesOut(tessera) {
  const {write_key: writeKey} = await tessera.call('PUT', '/v1/sources/shop-server', {trust: 'server'});
  const {client, errors} = makeClient(tessera, writeKey);
  await sendAllKinds(client);
  await client.closeAndFlush();
  assert.deepEqual(errors, []);

  const jane = await until('all eight calls to take effect', async () => {
    const person = await tessera.person('user_id', 'jane');
    return person && total(person) >= 8 ? person : null;
  });
  assert.equal(total(jane), 8);
  assert.equal(count(jane, 'page', 'Home'), 1);
  assert.equal(count(jane, 'screen', 'Basket'), 1);
  assert.equal(count(jane, 'track', 'Product Viewed'), 1);
  assert.equal(count(jane, 'track', 'Order Completed'), 2);
  for (const type of ['identify', 'group', 'alias']) assert.equal(count(jane, type), 1, type);
  assert.equal(jane.traits.plan, 'gold');
  assert.equal(jane.traits.age, 41);
  assert.ok(has(jane, 'anonymous_id', 'anon-jane') && has(jane, 'email', email.toLowerCase()));

  for (const [type, value] of [['anonymous_id', 'anon-jane'], ['email', email], ['anonymous_id', 'tablet-of-jane']]) {
    assert.equal((await tessera.person(type, value))?.id, jane.id, `${type} ${value} finds the same person`);
  }
  return writeKey;
}

/** What the SDK sends twice under one message id counts once. */
async function aRetryCountsOnce(tessera, writeKey) {
  const {client} = makeClient(tessera, writeKey);
  const event = {userId: 'joe', event: 'Order Completed', messageId: 'order-1', properties: {total: 5}};
  for (let time = 0; time < 3; time++) await delivered(client, 'track', event);
  await delivered(client, 'track', {userId: 'joe', event: 'Last'});
  await client.closeAndFlush();
  const joe = await until('the last event', async () => {
    const person = await tessera.person('user_id', 'joe');
    return person && count(person, 'track', 'Last') ? person : null;
  });
  assert.equal(count(joe, 'track', 'Order Completed'), 1);
}

/** A thousand events, hundreds on the way at once: none is lost, none is doubled. */
async function nothingIsLostInBulk(tessera, writeKey) {
  const {client, errors} = makeClient(tessera, writeKey, {flushAt: 100});
  const sent = [];
  for (let i = 0; i < 1000; i++) sent.push(delivered(client, 'track', {userId: `bulk-${i % 10}`, event: 'Product Viewed'}));
  await Promise.all(sent);
  await client.closeAndFlush();
  assert.deepEqual(errors, []);
  for (let i = 0; i < 10; i++) {
    await until(`bulk-${i}'s hundred events`, async () => {
      const person = await tessera.person('user_id', `bulk-${i}`);
      return person && count(person, 'track', 'Product Viewed') === 100;
    });
  }
}

/** The SDK hears of a write key that nobody has. */
async function aWrongKeyIsRefused(tessera) {
  const {client} = makeClient(tessera, 'wk_nobody', {maxRetries: 0});
  await assert.rejects(delivered(client, 'track', {userId: 'eve', event: 'Product Viewed'}));
  await client.closeAndFlush();
  assert.equal(await tessera.person('user_id', 'eve'), null);
}

await run('node_sdk', async (tessera) => {
  const writeKey = await onePersonComesOut(tessera);
  await aRetryCountsOnce(tessera, writeKey);
  await nothingIsLostInBulk(tessera, writeKey);
  await aWrongKeyIsRefused(tessera);
});
