/** Clients that common generators make of the server's own document, against the real server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ADMIN, Server } from './support/server.js';
import { makeChat, visitor } from './support/world.js';

const programs = resolve(import.meta.dirname, '../clients');
const packages = resolve(programs, '.packages');
const tools = resolve(import.meta.dirname, 'node_modules/.bin');
/** Inside of this folder, so that what is compiled there finds the packages beside it. */
const folder = resolve(import.meta.dirname, '.generated');
let server, thread, count;

before(async () => {
  server = await Server.start();
  const write = await visitor(server, await makeChat(server), 'Ada');
  thread = (await write('Does it fit?')).thread.id;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  const document = await (await fetch(`${server.url}/openapi.json`)).json();
  count = Object.values(document.paths).reduce((sum, methods) => sum + Object.keys(methods).length, 0);
  await writeFile(join(folder, 'openapi.json'), JSON.stringify(document));
});

after(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a program in the folder; gives all that it printed, also when it fails. */
async function run(command, args, more = {}) {
  const env = { PATH: process.env.PATH, HUBBUB_URL: server.url, HUBBUB_TOKEN: ADMIN.token, PYTHONPATH: packages, ...more };
  const done = promisify(execFile)(command, args, { cwd: folder, env, maxBuffer: 1 << 24 });
  return done.catch((error) => assert.fail(`${command}: ${error.stdout}\n${error.stderr}`));
}

test('a client by openapi-python-client has every operation and works', { timeout: 120_000 }, async () => {
  // The generator has to be told which types it takes as bytes.
  const bytes = ['image/*', 'message/rfc822'].map((type) => `  ${type}: application/octet-stream\n`).join('');
  await writeFile(join(folder, 'config.yaml'), `post_hooks: []\ncontent_type_overrides:\n${bytes}`);
  const generator = ['-m', 'openapi_python_client', 'generate', '--path', 'openapi.json', '--config', 'config.yaml'];
  const output = ['--meta', 'none', '--output-path', 'hubbub_client', '--fail-on-warning'];
  const { stdout, stderr } = await run('python3', [...generator, ...output]);
  assert.doesNotMatch(stdout + stderr, /warning|unable/i);
  const program = await run('python3', [resolve(programs, 'generated.py')], { PYTHONPATH: `${packages}:${folder}` });
  const { operations, named, ...did } = JSON.parse(program.stdout);
  assert.equal(operations, count);
  assert.ok(named.includes('renamed'));
  assert.deepEqual(did, {
    thread,
    file: 'words.csv',
    reply: 'From a generated client',
    renamed: 'renamed',
    gone: 'not_found',
    settings: [],
  });
});

test('types by openapi-typescript have every operation, compile and work', { timeout: 120_000 }, async () => {
  await run(join(tools, 'openapi-typescript'), ['openapi.json', '-o', 'openapi.d.ts']);
  const types = await readFile(join(folder, 'openapi.d.ts'), 'utf8');
  const operations = types.slice(types.indexOf('export interface operations {'));
  assert.equal(operations.match(/^ {4}[\w"]+: \{$/gm).length, count);
  await copyFile(join(programs, 'generated.ts'), join(folder, 'program.ts'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  const strict = ['--strict', '--target', 'es2022', '--module', 'nodenext', '--lib', 'es2022,dom,dom.iterable', '--skipLibCheck'];
  await run(join(tools, 'tsc'), [...strict, 'program.ts']);
  const did = JSON.parse((await run(process.execPath, ['program.js'])).stdout);
  assert.deepEqual(did, {
    thread,
    reply: 'From generated types',
    renamed: 'renamed',
    gone: 'not_found',
    agents: [],
    settings: [],
  });
});
