/** Each command that a page can give, and each event that it is told: in their order, with all that they carry. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HostileSite } from './support/hostile.js';
import { BUILT_IN, offer } from './support/offers.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

const EVENTS = [
  'started', 'trigger_activated', 'trigger_executed', 'button_shown', 'invitation_shown', 'item_shown', 'chat_shown', 'chat_opened',
  'chat_minimized', 'chat_engaged', 'message_sent', 'message_received', 'chat_closed',
];
const HEAD = `<script>
  window.told = [];
  var _chatq = ${JSON.stringify(EVENTS)}.map(function (name) { return ['_onEvent', name, function (data) { told.push(data) }] });
</script>`;
let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

async function visit(offers, parts = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  await offer(page.context(), offers);
  return new Visitor(page).visit(world.add({ ...parts, head: HEAD + (parts.head ?? '') }));
}

const told = (visitor) => visitor.page.evaluate(() => window.told);
const push = (visitor, ...commands) => visitor.page.evaluate((all) => window._chatq.push(...all), commands);

async function hears(visitor, count) {
  await until(async () => (await told(visitor)).length >= count, `${count} events`);
  return (await told(visitor)).slice(0, count);
}

const NOBODY = { trigger_id: null, trigger_label: '', trigger_human_id: '', trigger_continuation: false };

test('what goes on is told as that, and what the page puts in is not sent by the visitor', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN });
  await visitor.openChat();
  await push(visitor, ['_addMessage', { body: 'From the page' }]);
  await visitor.sees('From the page');
  const before = (await told(visitor)).map((one) => one.event);
  assert.ok(!before.includes('chat_engaged') && !before.includes('message_sent'), before.join());
  await push(visitor, ['_addMessage', { body: 'Sent by the page', engage: true }]);
  await visitor.hasState('Sent by the page', 'sent');
  const after = (await told(visitor)).map((one) => one.event).slice(before.length);
  assert.deepEqual(after, ['chat_engaged', 'message_sent']);
  await visitor.page.reload();
  await visitor.sees('Sent by the page');
  const goes = { ...NOBODY, trigger_continuation: true };
  assert.deepEqual((await hears(visitor, 3)).map(({ event, ...data }) => [event, data]), [
    ['started', {}],
    ['chat_shown', goes],
    ['chat_opened', { ...goes, thread_id: null }],
  ]);
  assertWhole(visitor.page);
});

test('what a page puts in beyond measure stands in the way of nothing that is written', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN });
  await visitor.openChat();
  await visitor.sees('Welcome!');
  const notes = Array.from({ length: 30 }, (_, n) => ['_addMessage', { body: `Note ${n}.` }]);
  await push(visitor, ['_addMessage', { body: 'x'.repeat(20_001) }], ['_addMessage', { body: 5 }], ...notes);
  await visitor.sees('Note 18.');
  await visitor.say('My own words');
  await visitor.hasState('My own words', 'sent');
  const texts = await visitor.texts();
  // With the welcome they are the twenty that one message takes along.
  assert.equal(texts.filter((text) => text.startsWith('Note')).length, 19);
  assert.equal(texts.length, 21);
  await push(visitor, ['_addMessage', { body: 'Another note' }]);
  await visitor.say('And once more');
  await visitor.hasState('And once more', 'sent');
  await visitor.sees('Another note');
  assertWhole(visitor.page);
});

test('inside of an element it is shown by no trigger, and commands for what floats change nothing', { timeout: 60_000 }, async () => {
  const head = `<script>_chatq.push(['_setConfiguration', { embedded: true, parentNodeId: 'place' }])</script>`;
  const visitor = await visit({ builtIn: BUILT_IN }, { head, body: '<div id="place" style="height: 500px"></div>' });
  await visitor.sees('Welcome!');
  assert.deepEqual(await hears(visitor, 2), [{ event: 'started' }, { event: 'chat_shown', ...NOBODY }]);
  await push(visitor, ['_minimize'], ['_open'], ['_pageChange'], ['_setIdentity', { firstname: 'Ada' }], ['_fillCustomVariable', 'custom_x', 1]);
  await visitor.say('From inside');
  await visitor.hasState('From inside', 'sent');
  assert.ok(await visitor.page.locator('#place').getByTestId('panel').isVisible());
  assert.equal(await visitor.page.getByTestId('launcher').count(), 0);
  assertWhole(visitor.page);
});

/** Commands with what they must not be given: none of them may throw into the page, or stop the next one. */
const ODD = [undefined, null, 0, '', 'x', [], {}, () => {}, true, NaN, Symbol.iterator.toString(), 'x'.repeat(100_000)];
const COMMANDS = [
  '_setConfiguration', '_setIdentity', '_setSignedIdentity', '_fillCustomVariable', '_addTranslations', '_onEvent', '_offEvent',
  '_addMessage', '_pageChange', '_open', '_minimize', '_show', '_hide', '_prefill', '_newConversation', '_setLocale', '_setConsent',
  '_reset',
];

/** What has everything as if nothing had been said. */
const CALM = [['_reset'], ['_setConfiguration', { locale: 'en' }], ['_setLocale', 'en'], ['_setIdentity', {}], ['_setSignedIdentity', null], ['_show']];

test('whatever a command is given, the page is whole and the chat goes on', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN });
  const { page } = visitor;
  await page.getByTestId('launcher').waitFor();
  const odd = `[${ODD.map((one) => (one === undefined ? 'undefined' : typeof one === 'function' ? '() => {}' : Number.isNaN(one) ? 'NaN' : JSON.stringify(one))).join()}]`;
  await page.evaluate(`for (const name of ${JSON.stringify(COMMANDS)}) for (const one of ${odd}) _chatq.push([name, one], [name, one, one]);`);
  await page.evaluate((calm) => void window._chatq.push(...calm), CALM);
  await page.getByTestId('launcher').waitFor();
  await page.evaluate(() => window._chatq.push(['_open']));
  await visitor.say('Still here');
  await visitor.hasState('Still here', 'sent');
  assertWhole(page);
});

test('a command that there is not is told of once, however near it comes to one that there is', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN });
  await visitor.page.getByTestId('launcher').waitFor();
  const warned = [];
  visitor.page.on('console', (message) => warned.push(...(/no command (.*)/.exec(message.text())?.slice(1) ?? [])));
  const wrong = ['setIdentity', '_pageView', '_setIdentify', '_minimise', '_fillVariable', '_prefillText', '_newChat', '_addMessages'];
  const right = [['_setIdentity', {}], ['_minimize'], ['_pageChange'], ['_prefill', 'x'], ['_addMessage', {}], ['_fillCustomVariable', 'custom_x', 1]];
  await push(visitor, ...right, ...wrong.map((name) => [name]), ['_newChat']);
  await until(() => warned.length >= wrong.length, 'all are told of');
  assert.deepEqual(warned, wrong);
  assertWhole(visitor.page);
});

test('nothing is kept in a browser whose visitor has to agree first, until they have', { timeout: 60_000 }, async () => {
  const chat = await makeChat(world.server, { name: 'A chat that asks', consent: 'before_storage' });
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  const address = world.add({ bare: true, body: snippet(world.server.url, chat.token) });
  const visitor = await new Visitor(page).visit(address);
  const kept = () => page.evaluate(() => [...Object.keys(localStorage), document.cookie].join());
  await visitor.openChat();
  await visitor.say('Before I agree');
  await visitor.hasState('Before I agree', 'sent');
  await page.getByTestId('composer').fill('Half a');
  assert.equal(await kept(), '');
  await page.reload();
  await visitor.openChat();
  assert.equal(await page.getByTestId('message').count(), 0, 'another page is another visitor');
  await visitor.say('And then I do');
  await visitor.hasState('And then I do', 'sent');
  await page.evaluate(() => void (window._chatq = window._chatq || []).push(['_setConsent', true]));
  await until(async () => /:visitor/.test(await kept()), 'it is kept');
  await page.getByTestId('composer').fill('Half a');
  await page.addInitScript(() => void (window._chatq = window._chatq || []).push(['_setConsent', true]));
  await page.reload();
  await visitor.sees('And then I do');
  assert.equal(await page.getByTestId('composer').inputValue(), 'Half a');
  await page.evaluate(() => void window._chatq.push(['_setConsent', false]));
  await until(async () => (await kept()) === '', 'it is gone');
  await visitor.say('Still here');
  await visitor.hasState('Still here', 'sent');
  assert.equal(await kept(), '');
  assertWhole(page);
});

test('who is said to be what nobody can be still writes, and the page is told why', { timeout: 90_000 }, async () => {
  let deep = {};
  for (let i = 0; i < 50; i++) deep = { deep };
  const far = { firstname: 'x'.repeat(3_000_000) };
  for (const wrong of [{ firstname: {} }, { uuid: 'x'.repeat(300) }, { extra_values: 'none' }, { email: deep }, far]) {
    const visitor = await visit({ builtIn: BUILT_IN }, { head: `<script>_chatq.push(['_setIdentity', ${JSON.stringify(wrong)}])</script>` });
    const warned = visitor.page.waitForEvent('console', (message) => message.text().startsWith('Chat: _setIdentity:'));
    await visitor.openChat();
    await warned;
    await visitor.say('Who am I?');
    await visitor.hasState('Who am I?', 'sent');
    assertWhole(visitor.page);
    await visitor.page.context().close();
  }
});

test('what a page has written for one visitor is not shown to the next', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN }, { head: `<script>_chatq.push(['_setIdentity', { uuid: 'ada', firstname: 'Ada' }])</script>` });
  const { page } = visitor;
  await visitor.openChat();
  await visitor.say('I am Ada');
  await visitor.hasState('I am Ada', 'sent');
  await visitor.closeChat();
  await push(visitor, ['_prefill', 'For Ada'], ['_setIdentity', { uuid: 'ben', firstname: 'Ben' }]);
  await visitor.openChat();
  await visitor.sees('Welcome!');
  assert.equal(await page.getByTestId('composer').inputValue(), '');
  await visitor.closeChat();
  await push(visitor, ['_setIdentity', { uuid: 'cleo', firstname: 'Cleo' }], ['_prefill', 'For Cleo']);
  await visitor.openChat();
  await until(async () => (await page.getByTestId('composer').inputValue()) === 'For Cleo', 'what is for her');
  assertWhole(page);
});
