/** What a chat says first: in the visitor's language, and in the conversation once they have written, once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let browser, server, chat, site;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start()]);
  const welcome_messages = { en: 'Hello {{firstname}}, what can we do?', fr: 'Bonjour {{firstname}} !' };
  chat = await makeChat(server, { welcome_messages, avatar_url: `${server.url}/favicon.svg` });
  site = await Site.start(snippet(server.url, chat.token));
});

after(async () => {
  await browser?.close();
  await Promise.all([server?.stop(), site?.stop()]);
});

const contents = async () => (await server.api('GET', '/1.0/contents?q=order:created_at.asc')).records;

test('it is shown in their language, and recorded as the first message when they write', { timeout: 90_000 }, async (t) => {
  site.language = 'fr-CA';
  t.after(() => (site.language = 'en'));
  const visitor = new Visitor(await person(browser));
  const named = `<script>_chatq = [['_setIdentity', {firstname: 'Zoé', uuid: 'z-1'}]]</script>`;
  site.code = named + snippet(server.url, chat.token);
  t.after(() => (site.code = snippet(server.url, chat.token)));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.sees('Bonjour Zoé !');
  assert.equal(await visitor.senderOf('Bonjour Zoé !'), 'Shop chat');
  assert.equal((await contents()).length, 0);
  await visitor.say('Une question');
  await visitor.hasState('Une question', 'sent');
  await until(async () => (await contents()).length === 2, 'both messages');
  assert.deepEqual(await visitor.texts(), ['Bonjour Zoé !', 'Une question']);
  const [welcome, said] = await contents();
  assert.deepEqual([welcome.body, welcome.created_from, welcome.language], ['Bonjour Zoé !', 'automatic', 'fr']);
  assert.equal(said.status, 'new');
  await visitor.page.reload();
  await visitor.sees('Une question');
  assert.deepEqual(await visitor.texts(), ['Bonjour Zoé !', 'Une question']);
  assert.equal(await visitor.senderOf('Bonjour Zoé !'), 'Shop chat');
  const agent = new Agent(await person(browser), server);
  await agent.signIn(ADMIN);
  await agent.open('Une question');
  await agent.sees('Bonjour Zoé !');
  await agent.page.getByTestId('message').filter({ hasText: 'Bonjour Zoé !' }).getByTestId('automatic').waitFor();
});

test('a server that dies at the first message records both once, also when the page is loaded anew', { timeout: 90_000 }, async () => {
  const before = (await contents()).length;
  const visitor = new Visitor(await person(browser));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.sees('Hello, what can we do?');
  await server.kill();
  await visitor.say('Anybody?');
  await visitor.page.reload();
  await server.up();
  await visitor.page.reload();
  await visitor.sees('Hello, what can we do?');
  await visitor.hasState('Anybody?', 'sent');
  await until(async () => (await contents()).length === before + 2, 'both messages');
  assert.deepEqual(await visitor.texts(), ['Hello, what can we do?', 'Anybody?']);
  // What an earlier conversation began with is not said again in it.
  await visitor.say('Hello?');
  await visitor.hasState('Hello?', 'sent');
  assert.deepEqual((await contents()).slice(before).map(({ body }) => body), ['Hello, what can we do?', 'Anybody?', 'Hello?']);
});

test('what the page adds comes after it, and what a trigger says instead of it', { timeout: 90_000 }, async () => {
  const visitor = new Visitor(await person(browser));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.sees('Hello, what can we do?');
  await visitor.page.evaluate(() => window._chatq.push(['_addMessage', { body: 'Your parcel is late', agent: true }]));
  await visitor.sees('Your parcel is late');
  await visitor.say('I know');
  await visitor.hasState('I know', 'sent');
  // What was said before it comes by the socket, which may be later than the answer.
  await visitor.sees('Hello, what can we do?');
  assert.deepEqual(await visitor.texts(), ['Hello, what can we do?', 'Your parcel is late', 'I know']);

  const message = await server.api('POST', '/1.0/messaging_items', {
    source_id: chat.id, type: 'automatic_message', label: 'Cart', body: { en: 'Shall we help with your cart?' },
  });
  await server.api('POST', '/1.0/messaging_triggers', {
    source_id: chat.id, label: 'Cart',
    actions: [{ type: 'show_chat_minimized' }, { type: 'automatic_message', message_id: message.id }],
  });
  const other = new Visitor(await person(browser));
  await other.visit(site.url);
  await other.openChat();
  await other.sees('Shall we help with your cart?');
  assert.equal(await other.senderOf('Shall we help with your cart?'), 'Shop chat');
  await other.say('Please');
  await other.hasState('Please', 'sent');
  await other.sees('Shall we help with your cart?');
  assert.deepEqual(await other.texts(), ['Shall we help with your cart?', 'Please']);
  assert.deepEqual((await contents()).slice(-2).map(({ body }) => body), ['Shall we help with your cart?', 'Please']);
});
