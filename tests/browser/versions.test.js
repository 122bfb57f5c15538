/**
 * The widget of the version before on a server of now, in a page that was open while the server was renewed, and the widget
 * of now on a server that knows nothing of what is new: whoever is in a conversation goes on with it.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { assertWhole, person } from './support/browser.js';
import { HostileSite, says } from './support/hostile.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

const NAMES = ['chat_shown', 'chat_engaged', 'message_sent', 'message_received'];
const HEAD = `<script>
  window.told = [];
  var _chatq = ${JSON.stringify(NAMES)}.map(function (name) {
    return ['_onEvent', name, function (data) { told.push(data.event); }];
  });
</script>`;
/** The scripts of the widget as they were before it had triggers and live chats. */
const scripts = new Map();
let world;

before(async () => {
  world = await HostileSite.start();
  for (const name of ['loader', 'chat']) {
    const packed = await readFile(new URL(`./fixtures/before/${name}.js.gz`, import.meta.url));
    scripts.set(name, gunzipSync(packed).toString());
  }
});

after(() => world?.stop());

/** Somebody on a page that gets these scripts as they were before. */
async function visit(names, options = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce', ...options });
  for (const name of names) {
    const answer = { body: scripts.get(name), contentType: 'text/javascript', headers: { 'access-control-allow-origin': '*' } };
    await page.context().route(new RegExp(`/chat/\\w+/${name}\\.js$`), (route) => route.fulfill(answer));
  }
  return new Visitor(page).visit(world.add({ head: HEAD }));
}

const push = (visitor, ...command) => visitor.page.evaluate((one) => window._chatq.push(one), command);
const told = (visitor) => visitor.page.evaluate(() => window.told);
const api = (...args) => world.server.api(...args);

async function contentOf(text) {
  const { records } = await api('GET', '/1.0/contents?limit=50');
  return records.find((one) => one.body === text);
}

/** The desk answers a message, with choices if there are any. */
async function answers(text, body, choices) {
  const { id } = await contentOf(text);
  const structured_content = choices && {
    type: 'select',
    items: choices.map((title) => ({ type: 'reply', title, payload: title.toLowerCase() })),
  };
  return api('POST', '/1.0/contents', { in_reply_to_id: id, body, ...(choices && { structured_content }) });
}

/** The use of the chat, from the first word on; `word` tells one test's texts from another's. */
async function converses(visitor, word) {
  await visitor.page.getByTestId('launcher').click();
  await visitor.sees('Welcome! Ask us anything.');
  await push(visitor, '_setIdentity', { uuid: word, screenname: word });
  await says(visitor, `${word} asks`);
  await answers(`${word} asks`, `Which one, ${word}?`, ['Blue', 'Red']);
  await visitor.sees(`Which one, ${word}?`);
  await visitor.page.getByRole('button', { name: 'Blue' }).click();
  await visitor.hasState('Blue', 'sent');
  await visitor.closeChat();
  await answers(`${word} asks`, 'It is on its way.');
  await until(async () => /1/.test(await visitor.page.getByTestId('launcher').innerText()), 'it is told as unread');
  await visitor.page.getByTestId('launcher').click();
  await visitor.sees('It is on its way.');
}

const HAD = (word) => ['Welcome! Ask us anything.', `${word} asks`, `Which one, ${word}?`, 'Blue', 'It is on its way.'];

/** One conversation of one person, whatever their pages ran. */
async function hasOne(word) {
  const { thread_id, author_id } = await contentOf(`${word} asks`);
  const { records } = await api('GET', '/1.0/contents?limit=100');
  const own = records.filter((one) => one.author_id === author_id).map((one) => one.thread_id);
  assert.deepEqual([...new Set(own)], [thread_id]);
  assert.equal((await api('GET', `/1.0/identities/${author_id}`)).screenname, word);
}

test('the widget of before talks to the server of now, and the one of now goes on', { timeout: 120_000 }, async () => {
  const visitor = await visit(['loader', 'chat']);
  await converses(visitor, 'Ada');
  assert.deepEqual([...new Set(await told(visitor))].sort(), [...NAMES].sort());
  await visitor.page.reload();
  await visitor.sees('It is on its way.');
  assert.deepEqual(await visitor.texts(), HAD('Ada'));
  await visitor.page.getByTestId('composer').fill('half a sent');
  assertWhole(visitor.page);
  // The next page has the widget of now.
  await visitor.page.context().unrouteAll();
  await visitor.page.reload();
  await visitor.sees('It is on its way.');
  // The welcome that the widget of before showed was nobody's message, and is recorded nowhere.
  assert.deepEqual(await visitor.texts(), HAD('Ada').slice(1));
  assert.equal(await visitor.page.getByTestId('composer').inputValue(), 'half a sent');
  await says(visitor, 'ence');
  await hasOne('Ada');
  const { thread_id } = await contentOf('Ada asks');
  await api('PUT', `/1.0/content_threads/${thread_id}/close`);
  await visitor.page.getByTestId('composer').waitFor({ state: 'hidden' });
  assertWhole(visitor.page);
});

test('what is closed tells the widget of before so', { timeout: 60_000 }, async () => {
  const visitor = await visit(['loader', 'chat']);
  await visitor.page.getByTestId('launcher').click();
  await says(visitor, 'Will it end?');
  const { thread_id } = await contentOf('Will it end?');
  await api('PUT', `/1.0/content_threads/${thread_id}/close`);
  await visitor.page.getByTestId('composer').waitFor({ state: 'hidden' });
  await api('PUT', `/1.0/content_threads/${thread_id}/open`);
  await visitor.page.getByTestId('composer').waitFor();
  await says(visitor, 'It goes on');
  assertWhole(visitor.page);
});

for (const [locale, label] of [['en-GB', /message/i], ['fr-FR', /écri|message/i]]) {
  const name = `a page that was open while the server was renewed works, in ${locale}`;
  test(name, { timeout: 120_000 }, async () => {
    const visitor = await visit(['loader'], { locale });
    const word = `Ben ${locale}`;
    await converses(visitor, word);
    assert.match(await visitor.page.getByTestId('composer').getAttribute('placeholder'), label);
    await visitor.closeChat();
    await visitor.page.getByTestId('launcher').click();
    await visitor.sees('It is on its way.');
    await visitor.page.reload();
    await visitor.sees('It is on its way.');
    assert.deepEqual(await visitor.texts(), HAD(word));
    await hasOne(word);
    assertWhole(visitor.page);
  });
}

/** What a server of before does not say, in an answer or a frame. */
const NEW = ['mode', 'max_open_conversations', 'targeting', 'built_in', 'live', 'notices', 'agent', 'can_write', 'close_cause', 'state', 'page_before_engaging', 'mails'];

function forget(value) {
  if (Array.isArray(value)) value.forEach(forget);
  else if (value && typeof value === 'object') {
    for (const name of NEW) delete value[name];
    Object.values(value).forEach(forget);
  }
  return value;
}

test('the widget of now talks to a server that knows nothing of what is new', { timeout: 120_000 }, async () => {
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  const context = page.context();
  await context.route(/\/chat\/\w+\/(config|session|threads|messages|threads\/\w+\/\w+)(\?|$)/, async (route) => {
    if (route.request().method() === 'OPTIONS') return route.continue();
    const response = await route.fetch();
    await route.fulfill({ response, json: forget(await response.json()) });
  });
  await context.route(/\/chat\/\w+\/(availability|targeting|threads\/\w+\/end)(\?|$)/, (route) => route.fulfill({ status: 404, json: {} }));
  await context.routeWebSocket(/\/socket$/, (ours) => {
    const server = ours.connectToServer();
    server.onMessage((frame) => ours.send(JSON.stringify(forget(JSON.parse(frame)))));
  });
  const visitor = await new Visitor(page).visit(world.add({ head: HEAD }));
  await converses(visitor, 'Cleo');
  assert.deepEqual([...new Set(await told(visitor))].sort(), [...NAMES].sort());
  await visitor.page.reload();
  await visitor.sees('It is on its way.');
  assert.deepEqual(await visitor.texts(), HAD('Cleo'));
  await hasOne('Cleo');
  await visitor.page.getByTestId('back').click();
  await visitor.page.getByTestId('new-conversation').click();
  await says(visitor, 'Something else');
  assertWhole(visitor.page);
});
