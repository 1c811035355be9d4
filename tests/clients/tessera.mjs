// A real Tessera for one test: started on a folder and a port of its own, stopped when the test is over.
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

const startMs = 30_000;
const settleMs = 10_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls `ask` until it returns something, for ten seconds; else fails, saying what was waited for. */
export async function until(what, ask) {
  const end = Date.now() + settleMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${settleMs} ms in vain for ${what}`);
    await sleep(50);
  }
}

/** A port that nobody listens on at the moment. */
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const {port} = server.address();
      server.close(() => resolve(port));
    });
  });
}

export class Tessera {
  /** Starts the server binary and waits until it is ready. */
  static async start(binary) {
    const folder = mkdtempSync(join(tmpdir(), 'tessera-clients-'));
    const port = await freePort();
    const tokenFile = join(folder, 'token');
    const args = ['serve', '--data', join(folder, 'data'), '--listen', `127.0.0.1:${port}`, '--token-file', tokenFile];
    const child = spawn(binary, args, {stdio: ['ignore', 'pipe', 'pipe']});
    const tessera = new Tessera(child, folder, port);
    try {
      await tessera.#becomeReady(tokenFile);
    } catch (error) {
      await tessera.stop();
      throw error;
    }
    return tessera;
  }

  constructor(child, folder, port) {
    this.child = child;
    this.folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.output = '';
    this.exited = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.output += text));
  }

  async #becomeReady(tokenFile) {
    const end = Date.now() + startMs;
    while (Date.now() < end && this.child.exitCode === null) {
      const answer = await fetch(`${this.url}/ready`).catch(() => null);
      if (answer?.ok && existsSync(tokenFile)) {
        this.token = readFileSync(tokenFile, 'utf8').trim();
        return;
      }
      await sleep(50);
    }
    throw new Error(`the server did not get ready at ${this.url}; it said:\n${this.output}`);
  }

  /** One administrative call; the parsed answer. Fails on any status but 2xx. */
  async call(method, path, body) {
    const answer = await this.#ask(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  }

  /** The person that an identifier points at, or null while nobody does. */
  async person(type, value) {
    const path = `/v1/profiles/${encodeURIComponent(`${type}:${value}`)}`;
    const answer = await this.#ask('GET', path);
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  #ask(method, path, body) {
    const headers = {authorization: `Bearer ${this.token}`, 'content-type': 'application/json'};
    return fetch(this.url + path, {method, headers, body: body === undefined ? undefined : JSON.stringify(body)});
  }

  async stop() {
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await this.exited;
    clearTimeout(killer);
    rmSync(this.folder, {recursive: true, force: true});
  }
}

/** How often the person did this: the `count` of one line of `events`. */
export function count(person, type, name) {
  return person.events.find((event) => event.type === type && (name === undefined || event.name === name))?.count ?? 0;
}

/** How many events the person has in all. */
export const total = (person) => person.events.reduce((sum, event) => sum + event.count, 0);

export function has(person, type, value) {
  return person.identifiers.some((identifier) => identifier.type === type && identifier.value === value);
}

/** Runs one test program: its checks, then a clean stop, then the exit code that ctest reads. */
export async function run(name, check) {
  const binary = process.argv[2];
  if (!binary) {
    console.error(`usage: ${name} TESSERA_BINARY`);
    process.exit(2);
  }
  let tessera;
  let code = 0;
  try {
    tessera = await Tessera.start(binary);
    await check(tessera);
    console.log(`${name}: ok`);
  } catch (error) {
    console.error(`${name}: ${error.stack ?? error}`);
    if (tessera) console.error(`the server said:\n${tessera.output}`);
    code = 1;
  }
  await tessera?.stop();
  process.exit(code);
}
