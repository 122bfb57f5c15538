/**
 * The official servers of the Source SDK, unchanged, on a source of the real server: JavaScript's from its package, and those in
 * Python and PHP where HUBBUB_SDK_SERVERS names the folder of their repositories (docs/source-sdk.md).
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort, Server } from './support/server.js';
import { until } from './support/until.js';

const folder = resolve(import.meta.dirname, '../sdk-servers');
const repositories = process.env.HUBBUB_SDK_SERVERS;
const HOST = '127.0.0.1';

/** How each is started: its command, and what its environment has beside the source's key, the port and the log. */
const kinds = {
  JavaScript: (port) => ({
    command: [process.execPath, resolve(import.meta.dirname, 'node_modules/ringcentral-engage-source/bin/rces.js'), join(folder, 'source.js')],
    env: { RINGCENTRAL_ENGAGE_SOURCE_EXPRESS_PORT: port, RINGCENTRAL_ENGAGE_SOURCE_EXPRESS_HOST: HOST, CUSTOM_ACTIONS: 'pin' },
  }),
  Python: (port) => ({
    command: ['python3', '-c', 'from ringcentral_engage_digital_source_sdk.rces import main; main()', join(folder, 'source.py')],
    env: { PORT: port, HOST, PYTHONPATH: `${join(repositories, 'engage-digital-source-sdk-python')}:${join(folder, '.packages')}` },
  }),
  PHP: (port) => ({
    command: ['php', '-S', `${HOST}:${port}`, join(folder, 'source.php')],
    env: { SDK: join(repositories, 'engage-digital-source-sdk') },
  }),
};

let server;
const running = [];

before(async () => {
  server = await Server.start();
});

after(async () => {
  // One of them starts a process of its own.
  for (const child of running) process.kill(-child.pid, 'SIGKILL');
  await server?.stop();
});

/** Starts a server with a source that leads to it. */
async function start(kind) {
  const port = await freePort();
  const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: `Users of ${kind}` });
  const given = { type: 'sdk', name: kind, community_id: community.id, endpoint_url: `http://${HOST}:${port}/`, import_from: 'all' };
  const source = await server.api('POST', '/1.0/content_sources', given);
  const log = join(server.folder, `${kind}.log`);
  const { command, env } = kinds[kind](String(port));
  const [program, ...args] = command;
  const common = { PATH: process.env.PATH, RINGCENTRAL_ENGAGE_DIGITAL_API_TOKEN: source.access_token, LOG: log };
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { ...common, ...env } });
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)));
  running.push(child);
  const answers = () => fetch(`http://${HOST}:${port}/test`).then(() => true, () => false);
  await until(answers, `the server in ${kind} answers`).catch((cause) => {
    throw new Error(`${cause.message}\n${said.join('')}`);
  });
  const asked = async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  return { source, asked };
}

async function content(source, id) {
  const { records } = await server.api('GET', `/1.0/contents?q=source:${source.id}`);
  return records.find((one) => one.foreign_id === id);
}

/** Has something done with a content; gives what it is then. */
async function act(one, name) {
  await server.api('PUT', `/1.0/contents/${one.id}/actions/${name}`);
  let now;
  const ended = async () => {
    now = await server.api('GET', `/1.0/contents/${one.id}`);
    return now.acts.every(({ state }) => state !== 'pending');
  };
  await until(ended, `${name} has ended`);
  assert.deepEqual(now.acts, []);
  return server.api('GET', `/1.0/contents/${one.id}`);
}

for (const kind of repositories ? Object.keys(kinds) : ['JavaScript']) {
  test(`the official server in ${kind}`, { timeout: 120_000 }, async () => {
    const { source, asked } = await start(kind);
    // It was not there yet when its source was made.
    await server.api('POST', `/1.0/content_sources/${source.id}/run`);
    const said = await until(() => content(source, '1'), 'what it lists is here');
    assert.deepEqual([said.body, said.published], ['Là, 漢 😀?', false]);
    const label = (name) => said.capabilities.find((one) => one.name === name)?.label;
    assert.deepEqual([label('publish'), label('pin'), label('delete')], ['Publish', 'Pin to the top', 'Delete']);

    const reply = await server.api('POST', '/1.0/contents', { in_reply_to_id: said.id, body: 'Oui: é 漢 😀' });
    await until(async () => (await content(source, '2'))?.synchronization_status === 'success', 'the reply has arrived');
    const created = (await asked()).filter(({ action }) => action === 'messages.create').map(({ params }) => params);
    assert.deepEqual(created.map(({ body, content_id }) => ({ body, content_id })), [{ body: 'Oui: é 漢 😀', content_id: reply.id }]);
    assert.equal((await content(source, '2')).body, 'Oui: é 漢 😀');

    assert.equal((await act(said, 'publish')).published, true);
    assert.equal((await act(said, 'pin')).title, 'pinned');
    assert.equal((await act(said, 'delete')).remotely_deleted, true);
    assert.deepEqual((await asked()).slice(0, 2).map(({ action }) => action), ['implementation.info', 'messages.list']);
    const acts = (await asked()).filter(({ action }) => /publish|pin|delete/.test(action));
    assert.deepEqual(acts.map(({ action }) => action), ['messages.publish', 'messages.pin', 'messages.delete']);
    assert.deepEqual(acts[1].params, { id: '1', user_id: source.id });
  });
}
