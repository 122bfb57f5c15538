/** What a page is told of a conversation beside its messages: who has come, how it has ended, what went wrong. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HostileSite } from './support/hostile.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeToken, makeUser } from './support/world.js';

const EVENTS = [
  'started', 'chat_shown', 'chat_opened', 'chat_engaged', 'message_sent', 'message_received', 'agent_connected', 'conversation_ended',
  'email_given', 'error', 'chat_closed',
];
const HEAD = `<script>
  window.told = [];
  var _chatq = ${JSON.stringify(EVENTS)}.map(function (name) { return ['_onEvent', name, function (data) { told.push(data) }] });
</script>`;
let world, server;

before(async () => {
  world = await HostileSite.start();
  ({ server } = world);
});

after(() => world?.stop());

/** A page with a chat of these settings, as somebody who was never there. */
async function visit(settings, head = '') {
  const chat = await makeChat(server, { name: `A chat ${Math.random()}`, ...settings });
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  const address = world.add({ bare: true, head: HEAD + head, body: snippet(server.url, chat.token) });
  const visitor = new Visitor(page);
  if (settings.signed === 'required') return { chat, visitor, address };
  return { chat, address, visitor: await visitor.visit(address) };
}

const told = (visitor) => visitor.page.evaluate(() => window.told);
const names = async (visitor) => (await told(visitor)).map((one) => one.event);
const data = async (visitor, name) => (await told(visitor)).filter((one) => one.event === name);
const hears = (visitor, name, count = 1) =>
  until(async () => ((await data(visitor, name)).length >= count ? data(visitor, name) : undefined), `${name}, ${count} times`);

/** The visitor's content with these words, as the desk has it. */
const content = (words) =>
  until(async () => (await server.api('GET', '/1.0/contents?limit=100')).records.find(({ body }) => body === words), words);
const answer = (id, body, token) => server.api('POST', '/1.0/contents', { in_reply_to_id: id, body }, token);

test('who comes and how it ends is told in its order, once, and not again on the next page', { timeout: 120_000 }, async () => {
  const [nora, olaf] = await Promise.all(
    ['Nora', 'Olaf'].map(async (name) => makeToken(server, await makeUser(server, name, 'Test', 'Administrator'))),
  );
  const { visitor } = await visit({ mode: 'live_chat', sender_name: '{{firstname}}' });
  await visitor.openChat();
  await visitor.say('Is anybody there?');
  const { id, thread_id } = await content('Is anybody there?');
  await answer(id, 'I am', nora);
  await visitor.sees('I am');
  assert.deepEqual(await hears(visitor, 'agent_connected'), [{ event: 'agent_connected', name: 'Nora', thread_id }]);
  // Another word of the same agent is no other agent.
  await answer(id, 'How can I help?', nora);
  await visitor.sees('How can I help?');
  assert.equal((await data(visitor, 'agent_connected')).length, 1);
  const { records } = await server.api('GET', `/1.0/interventions?thread_id=${thread_id}`);
  const me = (await server.api('GET', '/1.0/users/me', undefined, olaf)).id;
  await server.api('PUT', `/1.0/interventions/${records[0].id}/reassign`, { user_id: me });
  const both = await hears(visitor, 'agent_connected', 2);
  assert.deepEqual(both[1], { event: 'agent_connected', name: 'Olaf', thread_id });
  await visitor.page.reload();
  await visitor.sees('How can I help?');
  assert.deepEqual(await names(visitor), ['started', 'chat_shown', 'chat_opened'], 'what has been is no news');
  await server.api('PUT', `/1.0/interventions/${records[0].id}/close`, {});
  assert.deepEqual(await hears(visitor, 'conversation_ended'), [
    { event: 'conversation_ended', cause: 'intervention_closed', thread_id },
  ]);
  await visitor.page.getByTestId('leave').click();
  assert.deepEqual(await hears(visitor, 'chat_closed'), [{ event: 'chat_closed' }]);
  assertWhole(visitor.page);
});

test('a live chat is told from its first word to its end by the visitor', { timeout: 120_000 }, async () => {
  const { visitor } = await visit({ mode: 'live_chat' });
  await visitor.openChat();
  await visitor.say('From the beginning');
  const { id, thread_id } = await content('From the beginning');
  await answer(id, 'To the end');
  await visitor.sees('To the end');
  await visitor.page.getByTestId('quit').click();
  await visitor.page.getByTestId('end-yes').click();
  assert.deepEqual(await hears(visitor, 'conversation_ended'), [
    { event: 'conversation_ended', cause: 'visitor_closed', thread_id },
  ]);
  await visitor.page.getByTestId('leave').click();
  await hears(visitor, 'chat_closed');
  const order = await names(visitor);
  assert.deepEqual(order.filter((name) => name !== 'message_received' && name !== 'agent_connected'), [
    'started', 'chat_shown', 'chat_opened', 'chat_engaged', 'message_sent', 'conversation_ended', 'chat_closed',
  ]);
  for (const name of ['message_received', 'agent_connected']) {
    const at = order.indexOf(name);
    assert.ok(at > order.indexOf('message_sent') && at < order.indexOf('conversation_ended'), order.join());
    assert.equal(order.lastIndexOf(name), at, `${name} once`);
  }
  assertWhole(visitor.page);
});

test('a conversation that is locked has ended, in each tab, and what was missed meanwhile is told', { timeout: 120_000 }, async () => {
  const { visitor, address } = await visit({});
  await visitor.openChat();
  await visitor.say('A matter of days');
  const { thread_id } = await content('A matter of days');
  const other = await new Visitor(await visitor.page.context().newPage()).visit(address);
  await other.sees('A matter of days');
  // Nothing comes through to this tab, until it does.
  await visitor.page.context().setOffline(true);
  await server.api('PUT', `/1.0/content_threads/${thread_id}/close`, {});
  await visitor.page.context().setOffline(false);
  for (const tab of [visitor, other]) {
    assert.deepEqual(await hears(tab, 'conversation_ended'), [{ event: 'conversation_ended', cause: null, thread_id }]);
    await tab.page.getByTestId('thread-closed').waitFor();
  }
  await server.api('PUT', `/1.0/content_threads/${thread_id}/open`, {});
  await visitor.page.getByTestId('composer').waitFor();
  await visitor.say('Open again');
  await visitor.hasState('Open again', 'sent');
  assert.equal((await data(visitor, 'conversation_ended')).length, 1);
  assert.equal((await data(visitor, 'error')).length, 0);
  assertWhole(visitor.page);
});

test('a message that is refused is told by its code, and an address by its conversation', { timeout: 120_000 }, async () => {
  const { visitor } = await visit({});
  const { page } = visitor;
  await visitor.openChat();
  const refusal = { error: 'validation_failed', reason: 'too_long', message: 'body: too long', status: 422 };
  await page.route('**/messages', (route) => route.fulfill({ status: 422, json: refusal, headers: { 'access-control-allow-origin': '*' } }));
  await visitor.say('Refused');
  await page.getByTestId('why').waitFor();
  assert.deepEqual(await hears(visitor, 'error'), [{ event: 'error', code: 'too_long', thread_id: null }]);
  await page.unroute('**/messages');
  await page.getByRole('button', { name: 'Try again' }).click();
  await visitor.hasState('Refused', 'sent');
  assert.equal((await data(visitor, 'error')).length, 1);
  assertWhole(page);
});

function sign(claims, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid: 'web' })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('a page that is told of a signature that has run out gives another one, and the chat goes on', { timeout: 120_000 }, async () => {
  const [secret, now] = ['0123456789abcdef01234567', Math.floor(Date.now() / 1000)];
  const identify = (jwt) => `<script>_chatq.push(['_setSignedIdentity', '${jwt}'])</script>`;
  const { chat, visitor, address } = await visit({ signed: 'required' }, identify(sign({ uuid: 'customer-7', exp: now - 3600 }, secret)));
  await server.api('POST', `/1.0/communities/${chat.community.id}/jwt_keys`, { key_id: 'web', algorithm: 'HS256', key: secret });
  await visitor.visit(address);
  await visitor.page.evaluate((jwt) => {
    window._chatq.push(['_onEvent', 'error', ({ code }) => code === 'jwt_expired' && window._chatq.push(['_setSignedIdentity', jwt])]);
  }, sign({ uuid: 'customer-7', exp: now + 3600 }, secret));
  await visitor.openChat();
  assert.deepEqual(await hears(visitor, 'error'), [{ event: 'error', code: 'jwt_expired' }]);
  await visitor.say('Still me');
  await visitor.hasState('Still me', 'sent');
  assert.equal((await data(visitor, 'error')).length, 1);
  assertWhole(visitor.page);

  // Whom nobody vouches for is told as that.
  const head = HEAD + identify(sign({ uuid: 'customer-7', exp: now + 3600 }, 'f'.repeat(24)));
  const forger = new Visitor(await person(world.browser));
  await forger.visit(world.add({ bare: true, head, body: snippet(server.url, chat.token) }));
  await forger.page.getByTestId('launcher').click();
  assert.deepEqual(await hears(forger, 'error'), [{ event: 'error', code: 'jwt_invalid' }]);
  assertWhole(forger.page);
});

test('what counts visits on the page hears of the chat, where the source says so', { timeout: 60_000 }, async () => {
  const counters = `<script>
    window.dataLayer = [];
    window.counted = [];
    function gtag() { counted.push([].slice.call(arguments)) }
  </script>`;
  const { visitor } = await visit({ integrations: ['data_layer', 'google_analytics_4'] }, counters);
  await visitor.openChat();
  await visitor.say('Is this counted?');
  await answer((await content('Is this counted?')).id, 'It is');
  await visitor.sees('It is');
  const names = ['chat_proposed', 'chat_shown', 'chat_engaged', 'message_sent', 'message_received'];
  const layer = () => visitor.page.evaluate(() => window.dataLayer);
  await until(async () => (await layer()).length >= names.length, 'all of it');
  const entries = await layer();
  assert.deepEqual(entries.map(({ event }) => event), names.map((name) => `hubbub_${name}`));
  const by = entries[0].trigger_human_id;
  assert.match(by, / #[0-9a-f]{24}$/);
  assert.deepEqual(await visitor.page.evaluate(() => window.counted), names.map((name) => ['event', name, { trigger: by }]));
  assert.doesNotMatch(JSON.stringify(entries), /Is this counted|It is/);
  assertWhole(visitor.page);

  // A chat that asks first tells nothing before it may.
  const asks = await visit({ integrations: ['data_layer'], consent: 'before_storage' }, counters);
  await asks.visitor.openChat();
  await hears(asks.visitor, 'chat_shown');
  assert.deepEqual(await asks.visitor.page.evaluate(() => window.dataLayer), []);
  await asks.visitor.page.evaluate(() => window._chatq.push(['_setConsent', true]));
  await asks.visitor.say('Now it may');
  await until(() => asks.visitor.page.evaluate(() => window.dataLayer.some(({ event }) => event === 'hubbub_chat_engaged')), 'it is told');
});
