/** The quick-start programs of other languages, and the official Python client, against the real server. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { ADMIN, Server } from './support/server.js';
import { makeChat, visitor } from './support/world.js';

const folder = resolve(import.meta.dirname, '../clients');
let server, thread;

before(async () => {
  server = await Server.start();
  const write = await visitor(server, await makeChat(server), 'Ada');
  thread = (await write('Is this the right place?')).thread.id;
});

after(() => server?.stop());

/** Runs a program; gives what it printed, as JSON. */
async function run(command, file) {
  const { stdout } = await promisify(execFile)(command, [resolve(folder, file)], {
    env: {
      PATH: process.env.PATH,
      HUBBUB_URL: server.url,
      HUBBUB_TOKEN: ADMIN.token,
      PYTHONPATH: resolve(folder, '.packages'),
    },
  });
  return JSON.parse(stdout);
}

for (const [language, command, file] of [
  ['Node', process.execPath, 'threads.mjs'],
  ['Python', 'python3', 'threads.py'],
  ['PHP', 'php', 'threads.php'],
  ['Ruby', 'ruby', 'threads.rb'],
]) {
  test(`a program in ${language} lists the threads`, { timeout: 60_000 }, async () => {
    const { count, offset, limit, records } = await run(command, file);
    assert.deepEqual({ count, offset, limit }, { count: 1, offset: 0, limit: 30 });
    assert.equal(records[0].id, thread);
    assert.equal(records[0].contents_count, 1);
  });
}

test('the official Python client reads and writes', { timeout: 60_000 }, async () => {
  assert.ok(existsSync(resolve(folder, '.packages')), 'scripts/python-packages tests/clients has not run');
  const did = await run('python3', 'official.py');
  assert.equal(did.thread, thread);
  assert.equal(did.tag.name, 'from Python');
  assert.equal(did.renamed.name, 'renamed from Python');
  assert.equal(did.gone, true);
  assert.equal(did.reply.thread_id, thread);
  const { records } = await server.api('GET', `/1.0/contents?q=thread:${thread}`);
  assert.ok(records.some((one) => one.body === 'Answered by a program in Python'));
});
