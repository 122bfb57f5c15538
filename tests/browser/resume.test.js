/** Lines that break and a server that dies: nothing is lost, nothing comes twice, and the host page stays whole. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Proxy } from './support/proxy.js';
import { Server, freePort } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser } from './support/world.js';

let server, chat, browser, nora;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  nora = await makeUser(server, 'Nora', 'Lindholm');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What the server has of the one conversation with this text, from the oldest. */
async function stored(text) {
  const { records } = await server.api('GET', '/1.0/contents?limit=150');
  const thread = records.find((one) => one.body === text).thread_id;
  const own = records.filter((one) => one.thread_id === thread);
  return own.sort((a, b) => (a.id < b.id ? -1 : 1)).map((one) => one.body);
}

test('what is said while a line is cut arrives once and in order', { timeout: 120_000 }, async (t) => {
  const [lineOfVisitor, lineOfAgent] = await Promise.all([Proxy.start(server.port), Proxy.start(server.port)]);
  const site = await Site.start(snippet(lineOfVisitor.url, chat.token));
  t.after(() => Promise.all([lineOfVisitor.stop(), lineOfAgent.stop(), site.stop()]));
  const visitor = new Visitor(await person(browser));
  const agent = new Agent(await person(browser), lineOfAgent);
  await Promise.all([visitor.visit(site.url), agent.signIn(nora)]);
  await visitor.openChat();
  await visitor.say('Hello');
  await agent.open('Hello');
  await agent.engage();

  await t.test('of the visitor', async () => {
    lineOfVisitor.cut();
    for (const text of ['one', 'two', 'three']) await visitor.say(`Visitor ${text}`);
    await visitor.hasState('Visitor three', 'sending');
    for (const text of ['one', 'two']) {
      await agent.reply(`Agent ${text}`);
      await agent.sees(`Agent ${text}`);
    }
    lineOfVisitor.mend();
    await visitor.sees('Agent two');
    await visitor.hasState('Visitor three', 'sent');
    await agent.sees('Visitor three');
    const expected = ['Hello', 'Agent one', 'Agent two', 'Visitor one', 'Visitor two', 'Visitor three'];
    assert.deepEqual(await stored('Hello'), expected);
    assert.deepEqual(await agent.texts(), expected);
    assert.deepEqual(await visitor.texts(), expected);
  });

  await t.test('of the agent', async () => {
    lineOfAgent.cut();
    await visitor.say('Visitor four');
    await visitor.say('Visitor five');
    await visitor.hasState('Visitor five', 'sent');
    await agent.page.getByTestId('offline-banner').waitFor();
    lineOfAgent.mend();
    await agent.sees('Visitor five');
    await agent.page.getByTestId('offline-banner').waitFor({ state: 'detached' });
    assert.deepEqual(await agent.texts(), await stored('Hello'));
  });

  await t.test('when only the answers of the server are lost', async () => {
    lineOfVisitor.loseAnswers();
    await visitor.say('Visitor six');
    await agent.sees('Visitor six');
    assert.equal(await visitor.message('Visitor six').getAttribute('data-state'), 'retrying');
    lineOfVisitor.mend();
    await visitor.hasState('Visitor six', 'sent');
    const all = await stored('Hello');
    assert.equal(all.filter((text) => text === 'Visitor six').length, 1);
    assert.deepEqual(await visitor.texts(), all);
    assert.deepEqual(await agent.texts(), all);
  });

  assertWhole(visitor.page);
  assertWhole(agent.page);
});

test('the server dies while the visitor writes: each message is there once', { timeout: 120_000 }, async (t) => {
  const site = await Site.start(snippet(server.url, chat.token));
  t.after(() => site.stop());
  const visitor = new Visitor(await person(browser));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.say('Before');
  await visitor.hasState('Before', 'sent');
  const texts = ['Before', 'During one', 'During two', 'During three', 'After'];
  await visitor.say('During one');
  // Dies while the next ones are under way: some have been stored and not answered, some not even sent.
  const killed = server.kill();
  await visitor.say('During two');
  await visitor.say('During three');
  await killed;
  await visitor.say('After');
  assert.equal(await visitor.page.getByRole('heading', { name: 'A shop', exact: true }).isVisible(), true);
  await shot(visitor.page, 'resume-down');
  await server.up();
  for (const text of texts) await visitor.hasState(text, 'sent');
  assert.deepEqual(await stored('Before'), texts);
  assert.deepEqual(await visitor.texts(), texts);
  await visitor.page.reload();
  await visitor.sees('After');
  assert.deepEqual(await visitor.texts(), texts);
  assertWhole(visitor.page);
});

test('a page whose chat has no server is whole', { timeout: 60_000 }, async (t) => {
  const site = await Site.start(snippet(`http://127.0.0.1:${await freePort()}`, chat.token));
  t.after(() => site.stop());
  const page = await person(browser);
  const failed = [];
  page.on('requestfailed', (request) => failed.push(request.url()));
  await page.goto(site.url);
  await until(() => failed.some((url) => url.endsWith('loader.js')), 'the loader is asked for in vain');
  assert.equal(await page.getByRole('heading', { name: 'A shop', exact: true }).isVisible(), true);
  assert.equal(await page.getByTestId('launcher').count(), 0);
  assertWhole(page);
});

test('front ends come compressed to those who take it', async () => {
  for (const path of [`/chat/${chat.token}/loader.js`, `/chat/${chat.token}/chat.js`, '/', '/favicon.svg']) {
    const [small, plain] = await Promise.all(
      ['gzip, br', 'identity'].map((coding) => fetch(server.url + path, { headers: { 'accept-encoding': coding } })),
    );
    assert.equal(small.headers.get('content-encoding'), 'gzip', path);
    assert.equal(plain.headers.get('content-encoding'), null, path);
    assert.ok(Number(small.headers.get('content-length')) < Number(plain.headers.get('content-length')), path);
    assert.notEqual(small.headers.get('etag'), plain.headers.get('etag'));
    assert.equal(await small.text(), await plain.text());
  }
});
