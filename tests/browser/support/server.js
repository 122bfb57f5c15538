/** The server under test: the real program, in a process of its own, with a data folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');

export const ADMIN = { email: 'admin@shop.test', password: 'a passphrase for tests', token: 'admin-token-of-the-browser-tests' };

function binary() {
  const target = process.env.CARGO_TARGET_DIR ? resolve(root, process.env.CARGO_TARGET_DIR) : join(root, 'target');
  const path = process.env.HUBBUB_TEST_PROGRAM ?? join(target, 'debug/hubbub');
  if (!existsSync(path)) throw new Error(`there is no ${path}: build the server first (cargo build -p hubbub)`);
  return path;
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

export class Server {
  #process;
  #log = [];

  /**
   * @param {{publicUrl?: (port: number) => string, args?: string[], env?: Record<string, string>}} options `publicUrl`:
   *   the address that browsers use, when it is not the server's own; `env`: keys of the configuration
   */
  static async start(options = {}) {
    const server = new Server();
    server.options = options;
    server.port = await freePort();
    server.url = `http://127.0.0.1:${server.port}`;
    server.folder = await mkdtemp(join(tmpdir(), 'hubbub-browser-'));
    await server.up();
    return server;
  }

  get #environment() {
    return {
      PATH: process.env.PATH,
      HUBBUB_LISTEN: `127.0.0.1:${this.port}`,
      HUBBUB_DATA_DIR: this.folder,
      HUBBUB_PUBLIC_URL: this.options.publicUrl?.(this.port) ?? this.url,
      HUBBUB_ADMIN_EMAIL: ADMIN.email,
      HUBBUB_ADMIN_PASSWORD: ADMIN.password,
      HUBBUB_ADMIN_TOKEN: ADMIN.token,
      HUBBUB_ALLOW_PRIVATE_TARGETS: 'true',
      HUBBUB_RATE_LIMIT_PER_MINUTE: '0',
      HUBBUB_NEW_VISITORS_PER_MINUTE: '0',
      HUBBUB_CONNECTIONS_PER_ADDRESS: '0',
      ...this.options.env,
    };
  }

  /** Runs a command of the program, such as `backup`, to its end. */
  async run(...args) {
    await promisify(execFile)(binary(), args, { env: this.#environment });
  }

  /** Starts the program; after `kill`, on the same data folder and port. */
  async up() {
    const { args = [] } = this.options;
    const child = spawn(binary(), ['serve', ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: this.#environment });
    this.#process = child;
    process.once('exit', () => child.kill('SIGKILL'));
    const note = (line) => this.#log.push(line);
    createInterface({ input: child.stderr }).on('line', note);
    await new Promise((done, fail) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        note(line);
        if (line.includes('listens on')) done();
      });
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`the server ended with ${code}:\n${this.#log.join('\n')}`)));
    });
  }

  /** Ends the program at once, as a crash does. */
  async kill() {
    await this.#end('SIGKILL');
  }

  async stop() {
    await this.#end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  async #end(signal) {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    // What still holds a connection after the graceful stop has had its time is of no interest here.
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 3_000);
    await ended;
    clearTimeout(late);
  }

  /** What the program has printed so far. */
  get log() {
    return this.#log.join('\n');
  }

  /** Calls the API as the administrator, or with another token; gives the answer's JSON. */
  async api(method, path, body, token = ADMIN.token) {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }
}
