/** What a conversation has of how it began: the trigger, the language, the visit. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

/** Somebody on a page with a chat of these settings, and what the desk knows of what they write. */
async function visit({ chat = world.chat, ...parts } = {}, options = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce', ...options });
  const body = (parts.body ?? '') + snippet(world.server.url, chat.token);
  const visitor = await new Visitor(page).visit(world.add({ bare: true, ...parts, body }));
  const list = (of) => world.server.api('GET', `/1.0/${of}?limit=100`);
  const written = async (text) => {
    const content = (await list('contents')).records.find((one) => one.body === text);
    const thread = (await list('content_threads')).records.find((one) => one.id === content.thread_id);
    return { content, thread };
  };
  return Object.assign(visitor, { written });
}

const launcher = (visitor) => visitor.page.getByTestId('launcher');
const placeholder = (visitor) => visitor.page.getByTestId('composer').getAttribute('placeholder');
const FRENCH = 'Écrivez un message…';

test("what the chat's own button has begun is of its trigger", { timeout: 60_000 }, async () => {
  const { records } = await world.server.api('GET', `/1.0/messaging_triggers?source_id=${world.chat.id}`);
  assert.equal(records.length, 1);
  const visitor = await visit();
  await visitor.openChat();
  await says(visitor, 'By the button');
  const { thread } = await visitor.written('By the button');
  assert.equal(thread.extra_data.trigger_id, records[0].id);
  assert.equal(thread.extra_data.trigger_name, records[0].label);
  assertWhole(visitor.page);
});

test('what goes on is said in the language of the trigger that has shown it', { timeout: 60_000 }, async () => {
  const chat = await makeChat(world.server, { name: 'With a trigger' });
  const french = { source_id: chat.id, label: 'French', language: 'fr', actions: [{ type: 'show_chat_minimized' }] };
  const trigger = await world.server.api('POST', '/1.0/messaging_triggers', french);
  const visitor = await visit({ chat });
  await launcher(visitor).click();
  await says(visitor, 'Bonjour');
  assert.equal(await placeholder(visitor), FRENCH);
  const { content, thread } = await visitor.written('Bonjour');
  assert.deepEqual([content.language, thread.extra_data.trigger_id], ['fr', trigger.id]);
  await visitor.page.reload();
  await visitor.sees('Bonjour');
  assert.equal(await placeholder(visitor), FRENCH);
  assertWhole(visitor.page);
});

test('a message is in the language that the chat speaks', { timeout: 60_000 }, async () => {
  const head = `<script>var _chatq = [['_setLocale', 'de']]</script>`;
  const visitor = await visit({ head });
  await visitor.openChat();
  await says(visitor, 'Guten Tag');
  assert.equal((await visitor.written('Guten Tag')).content.language, 'de');
  await visitor.page.evaluate(() => window._chatq.push(['_setLocale', 'fr']));
  await until(async () => (await placeholder(visitor)) === FRENCH, 'it speaks French');
  await says(visitor, 'Et bonjour');
  assert.equal((await visitor.written('Et bonjour')).content.language, 'fr');
  assertWhole(visitor.page);
});

/** Says something in a live chat, ends it and leaves it. */
async function leaves(visitor, text) {
  await visitor.say(text);
  await visitor.hasState(text, 'sent');
  await visitor.page.getByTestId('quit').click();
  await visitor.page.getByTestId('end-yes').click();
  await visitor.page.getByTestId('leave').click();
}

test('a live chat inside of a page begins anew where it was left', { timeout: 60_000 }, async () => {
  const chat = await makeChat(world.server, { name: 'Live inside', mode: 'live_chat' });
  const embed = [['_setConfiguration', { embedded: true, parentNodeId: 'place' }]];
  const head = `<script>var _chatq = ${JSON.stringify(embed)}</script>`;
  const visitor = await visit({ chat, head, body: '<div id="place" style="height: 500px"></div>' });
  await visitor.page.getByTestId('composer').waitFor();
  await leaves(visitor, 'First');
  await visitor.page.getByTestId('composer').waitFor();
  assert.deepEqual(await visitor.texts(), []);
  await leaves(visitor, 'Second');
  await visitor.page.getByTestId('composer').waitFor();
  const [first, second] = [await visitor.written('First'), await visitor.written('Second')];
  assert.notEqual(first.thread.id, second.thread.id);
  assertWhole(visitor.page);
});

test('the button goes with a live chat where nobody has offered it', { timeout: 60_000 }, async () => {
  const chat = await makeChat(world.server, { name: 'Live, opened', mode: 'live_chat' });
  const [own] = (await world.server.api('GET', `/1.0/messaging_triggers?source_id=${chat.id}`)).records;
  const offered = await visit({ chat });
  await offered.openChat();
  await leaves(offered, 'Offered');
  await offered.page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.ok(await launcher(offered).isVisible());
  await world.server.api('PUT', `/1.0/messaging_triggers/${own.id}`, { active: false });
  const opens = { source_id: chat.id, label: 'Opens', actions: [{ type: 'show_and_open_chat' }] };
  await world.server.api('POST', '/1.0/messaging_triggers', opens);
  const opened = await visit({ chat });
  await opened.page.getByTestId('composer').waitFor();
  await leaves(opened, 'Opened');
  await launcher(opened).waitFor({ state: 'detached' });
  await opened.page.reload();
  await opened.page.getByTestId('composer').waitFor();
  assert.deepEqual(await opened.texts(), []);
  assertWhole(opened.page);
});
