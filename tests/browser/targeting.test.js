/** Who is offered the chat: triggers, what they show, and what the page and the server hear of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HostileSite, says as write } from './support/hostile.js';
import * as offers from './support/offers.js';
import { HIDE, ID, invitation, invites, item, LAUNCHER, MINIMIZED, OPEN } from './support/offers.js';
import { offer, on, pagesSeen, says, shows, trigger } from './support/offers.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

const NAMES = [
  'started', 'trigger_activated', 'trigger_executed', 'button_shown', 'invitation_shown', 'item_shown', 'chat_shown',
  'chat_opened', 'chat_minimized', 'chat_engaged', 'message_sent', 'message_received', 'chat_closed', 'availability_changed',
];
/** Notes each event with its data, before the loader runs. */
const HEAD = `<script>
  window.told = [];
  var _chatq = ${JSON.stringify(NAMES)}.map(function (name) {
    return ['_onEvent', name, function (data) { told.push(data); }];
  });
</script>`;

/** A page of a chat with these offers, as somebody who was never there. */
async function visit(parts, options = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce', ...options });
  await offer(page.context(), parts);
  const asked = [];
  page.on('request', (request) => request.url().startsWith(world.server.url) && asked.push(new URL(request.url())));
  page.on('console', (message) => options.told?.push(message.text()));
  const visitor = Object.assign(new Visitor(page), { asked });
  if (options.clock) await page.clock.install();
  return visitor.visit(world.add({ head: HEAD + (options.head ?? ''), body: options.body ?? '' }));
}

const told = (visitor) => visitor.page.evaluate(() => window.told);
const names = async (visitor) => (await told(visitor)).map((one) => one.event);
const asked = (visitor) => visitor.asked.map((url) => url.pathname.split('/').pop());
const push = (visitor, ...commands) => visitor.page.evaluate((all) => window._chatq.push(...all), commands);
const button = (visitor, n) => visitor.page.locator(`#dimelo_chat_button_${ID(n)}`);
const invited = (visitor, n) => visitor.page.locator(`#dimelo_chat_invitation_${ID(n)}`);
const panel = (visitor) => visitor.page.getByTestId('panel');
const executed = async (visitor) => (await told(visitor)).filter((one) => one.event === 'trigger_executed').map((one) => one.trigger_label);
/** Waits until triggers have been looked at, by one that always acts and comes last. */
const LAST = trigger(99, [shows(99)]);
const LAST_ITEM = item(99);
const looked = (visitor) => button(visitor, 99).waitFor();

const BY = (n, trigger_continuation = false) => ({
  trigger_id: ID(n),
  trigger_label: `Trigger ${n}`,
  trigger_human_id: `Trigger ${n} #${ID(n)}`,
  trigger_continuation,
});
const WHAT = (n, item_type = 'button') => ({
  item_id: ID(n),
  item_label: `Item ${n}`,
  item_human_id: `Item ${n} #${ID(n)}`,
  item_type,
});
const NOBODY = { trigger_id: null, trigger_label: '', trigger_human_id: '', trigger_continuation: false };

test('a source with nothing but its built-in trigger needs no more than the loader', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: offers.BUILT_IN });
  await visitor.page.getByTestId('launcher').waitFor();
  const by = {
    trigger_id: ID(1),
    trigger_label: 'Default button',
    trigger_human_id: `Default button #${ID(1)}`,
    trigger_continuation: false,
  };
  const label = 'Default floating button';
  const what = { item_id: ID(2), item_label: label, item_human_id: `${label} #${ID(2)}`, item_type: 'button' };
  const mode = 'online';
  assert.deepEqual(await told(visitor), [
    { event: 'started' },
    { event: 'trigger_activated', ...by, mode },
    { event: 'trigger_executed', ...by, mode },
    { event: 'button_shown', ...by, mode, ...what },
    { event: 'item_shown', ...by, mode, ...what },
  ]);
  assert.deepEqual(asked(visitor), ['loader.js', 'config']);
  await visitor.page.getByTestId('launcher').click();
  await visitor.sees('Welcome!');
  await write(visitor, 'Hello');
  await visitor.closeChat();
  await visitor.page.getByTestId('launcher').click();
  const { thread_id } = (await told(visitor)).at(-1);
  assert.match(thread_id, /^[\da-f]{24}$/);
  assert.deepEqual((await told(visitor)).slice(5), [
    { event: 'chat_shown', ...by },
    { event: 'chat_opened', ...by, thread_id: null },
    { event: 'chat_engaged', ...by },
    { event: 'message_sent', ...by },
    { event: 'chat_minimized', ...by, thread_id },
    { event: 'chat_opened', ...by, thread_id },
  ]);
  assert.ok(!asked(visitor).includes('manager.js'));
  await visitor.closeChat();
  // What goes on is told as such, minimised as it was.
  await visitor.page.reload();
  await until(async () => (await names(visitor)).includes('chat_shown'), 'it goes on');
  assert.deepEqual(await told(visitor), [{ event: 'started' }, { event: 'chat_shown', ...NOBODY, trigger_continuation: true }]);
  assert.equal(await panel(visitor).isVisible(), false);
  await push(visitor, ['_reset']);
  await until(async () => (await names(visitor)).includes('item_shown'), 'it begins anew');
  assert.deepEqual((await told(visitor))[2], { event: 'chat_closed' });
  assertWhole(visitor.page);
});

test('a built-in trigger that is off shows nothing', { timeout: 60_000 }, async () => {
  const builtIn = { ...offers.BUILT_IN, trigger: { ...offers.BUILT_IN.trigger, active: false } };
  const said = [];
  const visitor = await visit({ builtIn }, { told: said });
  await until(() => said.includes('No chat: no trigger'), 'its author is told');
  assert.equal(await visitor.page.getByTestId('launcher').count(), 0);
  assert.deepEqual(await names(visitor), ['started']);
});

test('each action does what it says', { timeout: 120_000 }, async (t) => {
  await t.test('the chat, minimised', async () => {
    const visitor = await visit({ triggers: [trigger(1, [MINIMIZED])] });
    await until(async () => (await names(visitor)).includes('chat_shown'), 'it is shown');
    assert.deepEqual(await names(visitor), ['started', 'trigger_activated', 'trigger_executed', 'chat_shown']);
    assert.deepEqual((await told(visitor)).at(-1), { event: 'chat_shown', ...BY(1) });
    assert.equal(await panel(visitor).isVisible(), false);
    await visitor.page.evaluate(() => document.querySelector('.dimelo-chat-bubble').click());
    await visitor.sees('Welcome!');
    assertWhole(visitor.page);
  });

  await t.test('the chat, open, without the focus', async () => {
    const visitor = await visit({ triggers: [trigger(1, [OPEN])] }, { body: '<input id="own" autofocus>' });
    await visitor.sees('Welcome!');
    assert.equal(await visitor.page.evaluate(() => document.activeElement.id), 'own');
    assert.deepEqual((await names(visitor)).slice(-2), ['chat_shown', 'chat_opened']);
  });

  await t.test('buttons and an invitation, in the order of their kinds', async () => {
    const actions = [invites(12), shows(10, 11)];
    const visitor = await visit({ triggers: [trigger(1, actions)], items: [item(10), item(11), invitation(12)] });
    await invited(visitor, 12).waitFor();
    await button(visitor, 10).waitFor();
    const mode = 'online';
    assert.deepEqual((await told(visitor)).slice(3), [
      { event: 'button_shown', ...BY(1), mode, ...WHAT(10) },
      { event: 'item_shown', ...BY(1), mode, ...WHAT(10) },
      { event: 'button_shown', ...BY(1), mode, ...WHAT(11) },
      { event: 'item_shown', ...BY(1), mode, ...WHAT(11) },
      { event: 'invitation_shown', ...BY(1), mode, ...WHAT(12, 'invitation') },
      { event: 'item_shown', ...BY(1), mode, ...WHAT(12, 'invitation') },
    ]);
    assert.equal(await visitor.page.getByTestId('launcher').count(), 0);
    await button(visitor, 11).getByRole('button', { name: 'Ask us, 11' }).click();
    await visitor.sees('Welcome!');
    await write(visitor, 'Hello');
    assert.deepEqual((await names(visitor)).slice(9), ['chat_shown', 'chat_opened', 'chat_engaged', 'message_sent']);
    // Who has written needs no offers.
    await button(visitor, 10).waitFor({ state: 'detached' });
    assert.equal(await invited(visitor, 12).count(), 0);
    assertWhole(visitor.page);
  });

  await t.test('hiding others, the fixed ones too', async () => {
    const fixed = item(10, { positioning: 'fixed', reserve_height: 50 });
    const visitor = await visit(
      {
        triggers: [trigger(1, [shows(2, 10, 11)]), trigger(2, [HIDE, shows(12)], { conditions: [on('custom_hide', 'is', true)] })],
        items: [LAUNCHER, fixed, item(11), item(12)],
        variables: [{ name: 'custom_hide', label: 'Hide', kind: 'boolean', in_page: null }],
      },
      { body: `<div id="dimelo_chat_item_markup_${ID(10)}" class="dimelo_chat_item_markup"></div>` },
    );
    for (const n of [10, 11]) await button(visitor, n).waitFor();
    await visitor.page.getByTestId('launcher').waitFor();
    await push(visitor, ['_fillCustomVariable', 'custom_hide', true]);
    await button(visitor, 12).waitFor();
    for (const n of [10, 11]) assert.equal(await button(visitor, n).count(), 0);
    assert.equal(await visitor.page.getByTestId('launcher').count(), 0);
    assertWhole(visitor.page);
  });

  await t.test('a message, after the press of its item, once for a text', async () => {
    const message = { id: ID(30), label: 'Hi', body: { en: ' Hello {{firstname}}, can I help? ', fr: 'Bonjour' } };
    const again = { id: ID(31), label: 'Hi again', body: { en: 'Hello Ada, can I help?' } };
    const visitor = await visit(
      {
        triggers: [
          trigger(1, [invites(12), says(30)]),
          trigger(2, [OPEN, says(31)], { conditions: [on('custom_again', 'is', true)], also_when_engaged: true }),
        ],
        items: [invitation(12)],
        messages: [message, again],
        variables: [{ name: 'custom_again', label: 'Again', kind: 'boolean', in_page: null }],
      },
      { head: `<script>_chatq.push(['_setIdentity', { firstname: 'Ada' }])</script>` },
    );
    await invited(visitor, 12).getByText('Yes').click();
    await visitor.sees('Hello Ada, can I help?');
    assert.deepEqual((await names(visitor)).slice(5), ['chat_shown', 'chat_opened', 'message_received']);
    assert.equal(await visitor.message('Welcome!').count(), 0, 'one greeting is enough');
    await write(visitor, 'Yes please');
    await push(visitor, ['_fillCustomVariable', 'custom_again', true]);
    await until(async () => (await executed(visitor)).includes('Trigger 2'), 'the second acts');
    assert.deepEqual(await visitor.texts(), ['Hello Ada, can I help?', 'Yes please']);
    const { records } = await world.server.api('GET', '/1.0/contents?limit=5');
    assert.ok(records.some((one) => one.body === 'Hello Ada, can I help?'), 'the agent sees what was said');
    await visitor.page.reload();
    await visitor.sees('Yes please');
    assert.deepEqual(await visitor.texts(), ['Hello Ada, can I help?', 'Yes please']);
    assertWhole(visitor.page);
  });

  await t.test('a message to a minimised chat is one unread', async () => {
    const messages = [{ id: ID(30), label: 'Hi', body: { en: 'Anything unclear?' } }];
    const visitor = await visit({ triggers: [trigger(1, [MINIMIZED, says(30)])], messages });
    await visitor.page.getByTestId('unread-badge').filter({ hasText: '1' }).waitFor();
    assert.deepEqual((await names(visitor)).slice(3), ['chat_shown', 'message_received']);
    await visitor.page.getByTestId('launcher').click();
    await visitor.sees('Anything unclear?');
    await visitor.page.getByTestId('unread-badge').waitFor({ state: 'hidden' });
  });
});

test('once in a visit, and none after it, over pages', { timeout: 120_000 }, async (t) => {
  await t.test('once', async () => {
    const visitor = await visit({
      triggers: [trigger(1, [shows(10)], { once_per_visit: true }), LAST],
      items: [item(10), LAST_ITEM],
    });
    await button(visitor, 10).waitFor();
    await push(visitor, ['_pageChange']);
    await until(async () => (await executed(visitor)).length === 3, 'the others act again');
    assert.deepEqual(await executed(visitor), ['Trigger 1', 'Trigger 99', 'Trigger 99']);
    await button(visitor, 10).waitFor();
    await visitor.page.reload();
    await looked(visitor);
    assert.equal(await button(visitor, 10).count(), 0);
  });

  await t.test('none after it', async () => {
    const visitor = await visit({
      triggers: [trigger(1, [shows(10)], { stop_after: true }), trigger(2, [shows(11)])],
      items: [item(10), item(11)],
    });
    await button(visitor, 10).waitFor();
    await push(visitor, ['_pageChange']);
    assert.deepEqual(await executed(visitor), ['Trigger 1']);
    await visitor.page.reload();
    await until(async () => (await names(visitor)).includes('started'), 'it has started');
    await until(() => asked(visitor).filter((one) => one.startsWith('targeting')).length === 2, 'it knows its triggers');
    await pagesSeen(visitor.page, 3);
    assert.equal(await button(visitor, 10).count(), 0);
    assert.deepEqual(await executed(visitor), []);
  });

  await t.test('a visit ends after half an hour', async () => {
    const visitor = await visit(
      { triggers: [trigger(1, [shows(10)], { once_per_visit: true }), LAST], items: [item(10), LAST_ITEM] },
      { clock: true },
    );
    await button(visitor, 10).waitFor();
    await visitor.visit('about:blank');
    await visitor.page.clock.setSystemTime(Date.now() + 31 * 60_000);
    await visitor.page.goBack();
    await button(visitor, 10).waitFor();
  });
});

test('history and durations', { timeout: 120_000 }, async (t) => {
  await t.test('leaving the cart', async () => {
    const conditions = [on('page_path', 'contains', 'step=cart', 'previous'), on('page_path', 'does_not_contain', 'step=cart')];
    const visitor = await visit({ triggers: [trigger(1, [shows(10)], { conditions }), LAST], items: [item(10), LAST_ITEM] });
    const url = visitor.page.url();
    await looked(visitor);
    await visitor.visit(`${url}?step=cart`);
    await looked(visitor);
    assert.equal(await button(visitor, 10).count(), 0);
    await visitor.visit(url);
    await button(visitor, 10).waitFor();
  });

  await t.test('a cart that was emptied, as the page shows it', async () => {
    const variables = [
      { name: 'custom_cart', label: 'Cart', kind: 'number', in_page: { by: 'selector', expression: '#count', attribute: null, pattern: null } },
    ];
    const conditions = [on('custom_cart', 'gte', 1, 'any'), on('custom_cart', 'is', 0)];
    const visitor = await visit(
      { triggers: [trigger(1, [shows(10)], { conditions }), LAST], items: [item(10), LAST_ITEM], variables },
      { body: '<p>Cart: <b id="count">2 items</b></p>' },
    );
    await looked(visitor);
    await visitor.page.evaluate(() => (document.getElementById('count').textContent = '0'));
    await push(visitor, ['_pageChange', { url: '/cart', title: 'Your cart' }]);
    await button(visitor, 10).waitFor();
    assertWhole(visitor.page);
  });

  await t.test('time on the page', async () => {
    const conditions = [on('page_visit_duration', 'gte', 20)];
    const visitor = await visit(
      { triggers: [trigger(1, [shows(10)], { conditions }), LAST], items: [item(10), LAST_ITEM] },
      { clock: true },
    );
    await looked(visitor);
    assert.equal(await button(visitor, 10).count(), 0);
    await visitor.page.clock.runFor(21_000);
    await button(visitor, 10).waitFor();
  });

  await t.test('a place for a fixed button that comes later', async () => {
    const visitor = await visit({ triggers: [trigger(1, [shows(10)]), LAST], items: [item(10, { positioning: 'fixed' }), LAST_ITEM] });
    await looked(visitor);
    assert.deepEqual(await executed(visitor), ['Trigger 99'], 'activated, and not executed');
    await visitor.page.evaluate((id) => {
      for (let i = 0; i < 2; i++) {
        const place = Object.assign(document.createElement('div'), { id, textContent: 'Loading', className: 'dimelo_chat_item_markup' });
        document.body.append(place);
      }
    }, `dimelo_chat_item_markup_${ID(10)}`);
    await button(visitor, 10).waitFor();
    assert.equal(await button(visitor, 10).count(), 1);
    const activated = (await told(visitor)).filter((one) => one.event === 'trigger_activated');
    assert.deepEqual(activated.map((one) => one.trigger_label), ['Trigger 1', 'Trigger 99'], 'told once');
  });
});

test('only where agents are there', { timeout: 120_000 }, async (t) => {
  const only = (n, actions, more) => trigger(n, actions, { only_if_agents_available: true, ...more });

  await t.test('nobody, and then somebody', async () => {
    let probability = 0;
    const questions = [];
    const available = (body) => (questions.push(body), { probability, position: null, estimated_wait_seconds: null });
    const visitor = await visit({ triggers: [only(1, [shows(10)]), LAST], items: [item(10), LAST_ITEM], available }, { clock: true });
    await looked(visitor);
    await until(() => questions.length === 1, 'the server is asked');
    assert.deepEqual(questions, [{ trigger_id: ID(1) }]);
    await visitor.page.clock.runFor(30_000);
    assert.deepEqual(await executed(visitor), ['Trigger 99']);
    assert.equal(questions.length, 1, 'not asked again too soon');
    probability = 1;
    await visitor.page.clock.runFor(40_000);
    await button(visitor, 10).waitFor();
    assert.equal(questions.length, 2);
  });

  await t.test('shown offline where it is a live chat, and online once somebody comes', async () => {
    let probability = 0;
    const html = `<a class="dimelo_chat_item_action" href="#offline">Chat</a><i class="dimelo_chat_show_when_offline">Closed</i>
      <i class="dimelo_chat_hide_when_offline">Open</i><i class="dimelo_chat_show_when_online">Now</i>
      <i class="dimelo_chat_hide_when_online">Later</i>`;
    const visitor = await visit(
      {
        mode: 'live_chat',
        triggers: [only(1, [shows(10, 11), OPEN])],
        items: [item(10, { offline_support: true, html }), item(11)],
        available: () => ({ probability }),
      },
      { clock: true },
    );
    await button(visitor, 10).waitFor();
    const seen = () => button(visitor, 10).locator('i:visible').allInnerTexts();
    assert.match(await button(visitor, 10).getAttribute('class'), /^dimelo_chat_item dimelo_chat_mode_offline$/);
    assert.deepEqual(await seen(), ['Closed', 'Later']);
    assert.equal(await button(visitor, 11).count(), 0, 'what has no other dress is not shown');
    assert.equal(await panel(visitor).count(), 0);
    assert.equal((await told(visitor)).find((one) => one.event === 'trigger_executed').mode, 'offline');
    await button(visitor, 10).getByText('Chat').click();
    assert.match(visitor.page.url(), /#offline$/, 'its link leads on');
    probability = 1;
    await visitor.page.clock.runFor(61_000);
    await until(async () => /mode_online/.test(await button(visitor, 10).getAttribute('class')), 'online');
    assert.deepEqual(await seen(), ['Open', 'Now']);
    await button(visitor, 11).waitFor();
    await panel(visitor).waitFor();
    const events = (await told(visitor)).map((one) => one.event);
    assert.ok(events.indexOf('availability_changed') < events.indexOf('chat_opened'), `${events}: the rest of it follows`);
    assertWhole(visitor.page);
  });

  for (const [name, available] of [['a refusal', () => 404], ['silence', () => undefined]]) {
    await t.test(`${name} is nobody`, async () => {
      const visitor = await visit({ triggers: [only(1, [shows(10)]), LAST], items: [item(10), LAST_ITEM], available });
      await looked(visitor);
      await visitor.page.waitForFunction(() => performance.now() > 6000);
      assert.equal(await button(visitor, 10).count(), 0);
      assert.deepEqual(await executed(visitor), ['Trigger 99']);
      assertWhole(visitor.page);
    });
  }
});

test('nothing leaves the browser before a word', { timeout: 60_000 }, async () => {
  const visitor = await visit(
    {
      before: false,
      triggers: [trigger(1, [shows(10)], { conditions: [on('custom_secret', 'is', 'blue')] })],
      items: [item(10)],
      variables: [{ name: 'custom_secret', label: 'Secret', kind: 'string', in_page: null }],
    },
    { head: `<script>_chatq.push(['_fillCustomVariable', 'custom_secret', 'blue'])</script>` },
  );
  await button(visitor, 10).waitFor();
  await push(visitor, ['_pageChange']);
  assert.deepEqual(asked(visitor).sort(), ['catalog.js', 'config', 'loader.js', 'manager.js', 'targeting']);
  const sent = [];
  visitor.page.on('request', (request) => sent.push(request.postData() ?? ''));
  visitor.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(`${payload}`)));
  await button(visitor, 10).getByRole('button').click();
  await visitor.sees('Welcome!');
  assert.ok(!sent.join().includes('blue') && !sent.join().includes('A shop'), 'neither the page nor what it says');
  await write(visitor, 'Hello');
  await until(() => sent.join().includes('blue'), 'the agent learns of it then');
  assertWhole(visitor.page);
});

test('a conversation that is open opens the chat, unless it was minimised in this visit', { timeout: 60_000 }, async () => {
  const visitor = await visit({ triggers: [trigger(1, [shows(10)])], items: [item(10)] });
  await button(visitor, 10).getByRole('button').click();
  await write(visitor, 'Hello');
  // A day later, as far as the chat can tell.
  const later = () =>
    visitor.page.evaluate(() => {
      for (const key of Object.keys(localStorage)) {
        if (key.endsWith(':state')) localStorage[key] = localStorage[key].replace(/"engagedAt":\d+/, '"engagedAt":1');
      }
    });
  await later();
  await visitor.page.reload();
  await panel(visitor).waitFor();
  assert.deepEqual((await told(visitor)).slice(1), [
    { event: 'chat_shown', ...NOBODY },
    { event: 'chat_opened', ...NOBODY, thread_id: null },
  ]);
  assert.equal(await button(visitor, 10).count(), 0, 'what comes first stops the rest');
  await visitor.closeChat();
  await visitor.page.reload();
  await visitor.page.getByTestId('launcher').waitFor();
  await until(async () => (await names(visitor)).includes('chat_shown'), 'it is there');
  assert.equal(await panel(visitor).isVisible(), false);
  assertWhole(visitor.page);
});

test('a server that hangs, fails or talks rubbish leaves the page whole', { timeout: 120_000 }, async (t) => {
  const offers = { triggers: [trigger(1, [shows(10)])], items: [item(10)] };
  const half = 'window.__hubbubManager = function (bridge) { return {';
  const answers = {
    'targeting that fails': [/\/targeting\?/, (route) => route.fulfill({ status: 500, body: 'no' })],
    'targeting that is rubbish': [/\/targeting\?/, (route) => route.fulfill({ json: [1, 'x', null], headers: { 'access-control-allow-origin': '*' } })],
    'targeting that hangs': [/\/targeting\?/, () => undefined],
    'half a manager': [/manager\.js/, (route) => route.fulfill({ contentType: 'text/javascript', body: half })],
    'no manager': [/manager\.js/, (route) => route.abort()],
    'half a catalogue': [/catalog\.js/, (route) => route.fulfill({ contentType: 'text/javascript', body: half })],
  };
  for (const [name, [url, answer]] of Object.entries(answers)) {
    await t.test(name, async () => {
      const page = await person(world.browser, { reducedMotion: 'reduce' });
      await offer(page.context(), offers);
      await page.route(url, answer);
      const asked = page.waitForRequest(url);
      await page.goto(world.add({ head: HEAD }));
      await asked;
      await page.getByRole('heading', { name: 'A shop' }).waitFor();
      assert.equal(await page.locator('.dimelo_chat_item').count(), 0);
      assert.deepEqual(await page.evaluate(() => window.told.map((one) => one.event)), ['started']);
      assert.equal(await page.evaluate(() => document.documentElement.children.length), 2, 'nothing is left standing');
    });
  }
});
