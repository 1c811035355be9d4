// Segment's browser SDK, in headless Chromium, on a shop's page that is served from another origin than Tessera.
import assert from 'node:assert/strict';
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createRequire} from 'node:module';
import {basename, dirname, join} from 'node:path';
import {chromium} from 'playwright-core';
import {count, has, run, total, until} from './tessera.mjs';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
if (!existsSync(executablePath)) {
  console.log(`there is no ${executablePath}; ./dev setup installs it`);
  process.exit(77);
}

const sdkFolder = join(dirname(createRequire(import.meta.url).resolve('@segment/analytics-next/package.json')), 'dist/umd');
const page = '<!doctype html><title>Shop</title><h1>Wine</h1><script src="/sdk/index.js"></script>';

/** The shop: one page, and the SDK's own files. */
function startShop() {
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://shop').pathname;
    const file = join(sdkFolder, basename(path));
    if (path.startsWith('/sdk/') && existsSync(file)) {
      response.writeHead(200, {'content-type': 'text/javascript'}).end(readFileSync(file));
    } else {
      response.writeHead(200, {'content-type': 'text/html'}).end(page);
    }
  });
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve({url: `http://127.0.0.1:${server.address().port}`, server})));
}

/** Opens the shop's page and keeps what the browser complained of. */
async function openPage(browser, shop, path) {
  const context = await browser.newContext();
  const tab = await context.newPage();
  tab.complaints = [];
  tab.on('pageerror', (error) => tab.complaints.push(String(error)));
  tab.on('console', (message) => message.type() === 'error' && tab.complaints.push(message.text()));
  tab.on('requestfailed', (request) => tab.complaints.push(`${request.url()}: ${request.failure()?.errorText}`));
  tab.sent = [];
  tab.on('request', (request) => request.method() !== 'OPTIONS' && tab.sent.push(new URL(request.url()).pathname));
  await tab.goto(shop.url + path);
  return tab;
}

/** Loads the SDK with settings from Tessera and lets a visitor browse, then log in and buy. Returns the anonymous id. */
async function browseThenBuy(tab, tessera, writeKey, userId, deliveryStrategy) {
  return tab.evaluate(async ([cdnURL, writeKey, userId, deliveryStrategy]) => {
    const settings = {writeKey, cdnURL};
    const options = deliveryStrategy ? {integrations: {'Segment.io': {deliveryStrategy}}} : {};
    const [analytics] = await AnalyticsNext.AnalyticsBrowser.load(settings, options);
    window.analytics = analytics;
    await analytics.page('Shop', 'Wine');
    await analytics.track('Product Viewed', {sku: 'wine-1', name: 'Rioja "Ünïcode" 🍷'});
    await analytics.identify(userId, {email: `${userId}@shop.example`, plan: 'silver'});
    await analytics.track('Order Completed', {total: 27.5, currency: 'EUR'});
    await analytics.group('household-2', {name: 'The Joes'});
    return analytics.user().anonymousId();
  }, [tessera.url, writeKey, userId, deliveryStrategy]);
}

async function personWith(tessera, userId, events) {
  return until(`${events} events of ${userId}`, async () => {
    const person = await tessera.person('user_id', userId);
    return person && total(person) >= events ? person : null;
  });
}

/** One request per call, as the SDK does by default. */
async function aVisitorBecomesAPerson(browser, shop, tessera, writeKey) {
  const tab = await openPage(browser, shop, '/wine?utm_source=spring');
  const anonymousId = await browseThenBuy(tab, tessera, writeKey, 'joe');
  const joe = await personWith(tessera, 'joe', 5);
  assert.deepEqual(tab.complaints, []);
  for (const path of [`/v1/projects/${writeKey}/settings`, '/v1/p', '/v1/t', '/v1/i', '/v1/g']) {
    assert.ok(tab.sent.includes(path), `the SDK called ${path}; it called ${tab.sent}`);
  }
  assert.equal(total(joe), 5);
  assert.equal(count(joe, 'page', 'Wine'), 1);
  assert.equal(count(joe, 'track', 'Product Viewed'), 1, 'what the visitor did before the log-in is the same person\'s');
  assert.equal(joe.traits.plan, 'silver');
  assert.ok(has(joe, 'anonymous_id', anonymousId) && has(joe, 'email', 'joe@shop.example'));
  assert.equal((await tessera.person('anonymous_id', anonymousId)).id, joe.id);
  return anonymousId;
}

/** Batches, and what is still waiting when the visitor leaves. */
async function leavingThePageLosesNothing(browser, shop, tessera, writeKey) {
  const tab = await openPage(browser, shop, '/leaving');
  const strategy = {strategy: 'batching', config: {size: 3, timeout: 60_000}};
  await browseThenBuy(tab, tessera, writeKey, 'jim', strategy);
  await tab.evaluate(() => void analytics.track('Left'));
  await tab.goto('about:blank');
  const jim = await personWith(tessera, 'jim', 6);
  assert.ok(tab.sent.includes('/v1/b'), `the SDK called /v1/b; it called ${tab.sent}`);
  assert.equal(total(jim), 6);
  assert.equal(count(jim, 'track', 'Left'), 1);
}

/** A beacon: text/plain, the write key in the body, no answer read. */
async function aBeaconArrives(browser, shop, tessera, writeKey, anonymousId) {
  const tab = await openPage(browser, shop, '/beacon');
  const queued = await tab.evaluate(([url, body]) => navigator.sendBeacon(url, JSON.stringify(body)),
    [`${tessera.url}/v1/t`, {writeKey, anonymousId, messageId: 'beacon-1', event: 'Page Closed'}]);
  assert.ok(queued);
  await until('the beacon', async () => {
    const joe = await tessera.person('user_id', 'joe');
    return count(joe, 'track', 'Page Closed') === 1;
  });
}

/** The write key is in every visitor's hands: it links nothing to a known person, and overrules nothing said of them. */
async function aKnownPersonIsNotTakenOverFromABrowser(browser, shop, tessera, writeKey) {
  const {write_key: serverKey} = await tessera.call('PUT', '/v1/sources/crm', {trust: 'server'});
  const stated = await fetch(`${tessera.url}/v1/identify`, {
    method: 'POST', headers: {authorization: `Basic ${btoa(`${serverKey}:`)}`},
    body: JSON.stringify({userId: 'anna', traits: {email: 'anna@shop.example', plan: 'gold'}}),
  });
  assert.equal(stated.status, 200);
  const before = await personWith(tessera, 'anna', 1);

  const tab = await openPage(browser, shop, '/stranger');
  await tab.evaluate(async ([cdnURL, writeKey]) => {
    const [analytics] = await AnalyticsNext.AnalyticsBrowser.load({writeKey, cdnURL});
    await analytics.identify('anna', {email: 'eve@elsewhere.example', plan: 'platinum'});
  }, [tessera.url, writeKey]);
  const after = await personWith(tessera, 'anna', 2);
  assert.equal(after.id, before.id);
  assert.equal(after.traits.plan, 'gold', 'a server\'s word stands over a browser\'s');
  assert.ok(!has(after, 'email', 'eve@elsewhere.example'));
  assert.notEqual((await tessera.person('email', 'eve@elsewhere.example'))?.id, after.id);
}

/** A page of an origin that the source does not list cannot read an answer. */
async function otherOriginsAreRefused(browser, shop, tessera) {
  const {write_key: key} = await tessera.call('PUT', '/v1/sources/elsewhere', {trust: 'public', origins: ['https://other.example']});
  const tab = await openPage(browser, shop, '/refused');
  const outcome = await tab.evaluate(([url, key]) => fetch(url, {
    method: 'POST', headers: {'content-type': 'text/plain', authorization: `Basic ${btoa(`${key}:`)}`},
    body: JSON.stringify({anonymousId: 'stranger', event: 'Product Viewed'}),
  }).then((answer) => `answered ${answer.status}`, () => 'refused'), [`${tessera.url}/v1/t`, key]);
  assert.equal(outcome, 'refused');
  assert.equal(await tessera.person('anonymous_id', 'stranger'), null);
}

await run('browser_sdk', async (tessera) => {
  const shop = await startShop();
  const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];
  const browser = await chromium.launch({executablePath, headless: true, args});
  try {
    const source = {trust: 'public', origins: [shop.url]};
    const {write_key: writeKey} = await tessera.call('PUT', '/v1/sources/web', source);
    const anonymousId = await aVisitorBecomesAPerson(browser, shop, tessera, writeKey);
    await leavingThePageLosesNothing(browser, shop, tessera, writeKey);
    await aBeaconArrives(browser, shop, tessera, writeKey, anonymousId);
    await aKnownPersonIsNotTakenOverFromABrowser(browser, shop, tessera, writeKey);
    await otherOriginsAreRefused(browser, shop, tessera);
  } finally {
    await browser.close();
    shop.server.close();
  }
});
