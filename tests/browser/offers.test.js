/** What a page does with its offers by hand, by keyboard and by script, and its commands to the chat. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HostileSite, says as write } from './support/hostile.js';
import { BUILT_IN, ID, invitation, invites, item, LAUNCHER, MINIMIZED, OPEN } from './support/offers.js';
import { offer, on, pagesSeen, shows, trigger } from './support/offers.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

async function visit(parts, { head = '', body = '', ...options } = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce', ...options });
  await offer(page.context(), parts);
  const warnings = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  const visitor = Object.assign(new Visitor(page), { warnings });
  return visitor.visit(world.add({ head, body }));
}

const push = (visitor, ...commands) => visitor.page.evaluate((all) => window._chatq.push(...all), commands);
const button = (visitor, n) => visitor.page.locator(`#dimelo_chat_button_${ID(n)}`);
const invited = (visitor, n) => visitor.page.locator(`#dimelo_chat_invitation_${ID(n)}`);
const panel = (visitor) => visitor.page.getByTestId('panel');
const ASIDE = { triggers: [trigger(1, [invites(12)])], items: [invitation(12)] };

test('an invitation is taken and dismissed, with the keyboard too', { timeout: 120_000 }, async (t) => {
  await t.test('it takes no focus, is announced once, and opens by the keyboard', async () => {
    const visitor = await visit(ASIDE, { body: '<input id="own" autofocus>' });
    await invited(visitor, 12).waitFor();
    const { page } = visitor;
    assert.equal(await page.evaluate(() => document.activeElement.id), 'own');
    assert.equal(await invited(visitor, 12).getAttribute('role'), 'dialog');
    await page.getByRole('status').filter({ hasText: 'Need help?' }).waitFor({ state: 'attached' });
    const yes = invited(visitor, 12).getByRole('button', { name: 'Yes' });
    await yes.focus();
    await page.keyboard.press('Enter');
    await visitor.sees('Welcome!');
    assert.equal(await invited(visitor, 12).count(), 0);
    assertWhole(page);
  });

  await t.test('Escape dismisses it for the visit', async () => {
    const visitor = await visit(ASIDE);
    await invited(visitor, 12).waitFor();
    await visitor.page.keyboard.press('Escape');
    assert.equal(await invited(visitor, 12).count(), 0);
    await push(visitor, ['_pageChange']);
    await visitor.page.reload();
    await pagesSeen(visitor.page, 3);
    assert.equal(await invited(visitor, 12).count(), 0);
    assert.equal(await panel(visitor).count(), 0, 'and never opens');
  });

  await t.test('so does its own part for that', async () => {
    const visitor = await visit(ASIDE);
    await invited(visitor, 12).getByRole('button', { name: 'No' }).focus();
    await visitor.page.keyboard.press('Space');
    assert.equal(await invited(visitor, 12).count(), 0);
    assert.equal(await panel(visitor).count(), 0);
  });

  await t.test('a second one replaces the first', async () => {
    const second = trigger(2, [invites(13)], { conditions: [on('custom_next', 'is', true)] });
    const variables = [{ name: 'custom_next', label: 'Next', kind: 'boolean', in_page: null }];
    const visitor = await visit({ triggers: [ASIDE.triggers[0], second], items: [invitation(12), invitation(13)], variables });
    await invited(visitor, 12).waitFor();
    await push(visitor, ['_fillCustomVariable', 'custom_next', true]);
    await invited(visitor, 13).waitFor();
    assert.equal(await invited(visitor, 12).count(), 0);
  });
});

test('a button without a part to press is pressed as a whole', { timeout: 60_000 }, async () => {
  const plain = item(10, { html: '<b>Chat with us</b><i class="dimelo_chat_item_dismiss">x</i>' });
  const visitor = await visit({ triggers: [trigger(1, [shows(10)])], items: [plain] });
  await button(visitor, 10).waitFor();
  assert.equal(await button(visitor, 10).getAttribute('role'), 'button');
  assert.equal(await button(visitor, 10).getAttribute('class'), 'dimelo_chat_item');
  assert.equal(await button(visitor, 10).evaluate((one) => one.style.zIndex), '2147483000');
  await button(visitor, 10).focus();
  await visitor.page.keyboard.press('Space');
  await visitor.sees('Welcome!');
  await button(visitor, 10).locator('i').click();
  assert.equal(await button(visitor, 10).count(), 0);
  assertWhole(visitor.page);
});

test('an item is pressed by a script, is styled by the site, and speaks as the page does', { timeout: 60_000 }, async () => {
  const visitor = await visit(
    { triggers: [trigger(1, [shows(10)])], items: [item(10, { texts: { en: { ask: 'Ask' }, fr: { ask: '<b>Demandez</b>' } } })] },
    { head: `<style>.dimelo_chat_item button { color: rgb(1, 2, 3) }</style><script>document.documentElement.lang = 'fr'</script>` },
  );
  const ask = button(visitor, 10).getByRole('button', { name: '<b>Demandez</b>' });
  assert.equal(await ask.evaluate((one) => getComputedStyle(one).color), 'rgb(1, 2, 3)');
  await visitor.page.evaluate(() => document.querySelector('.dimelo_chat_item_action').click());
  await visitor.sees('Welcome!');
  assert.equal(await visitor.page.getByTestId('launcher').getAttribute('aria-label'), 'Discussion');
});

test('an item comes back on a page that throws its content away', { timeout: 60_000 }, async () => {
  const visitor = await visit({ triggers: [trigger(1, [shows(10)])], items: [item(10)] });
  await button(visitor, 10).waitFor();
  await visitor.page.evaluate(() => (document.body.innerHTML = '<h1>Next</h1>'));
  await button(visitor, 10).getByRole('button').click();
  await visitor.sees('Welcome!');
});

test('a page that takes out whatever is put in is left in peace, and has it again when it lets it be', { timeout: 60_000 }, async () => {
  const place = `<div id="dimelo_chat_item_markup_${ID(13)}" style="min-height: 40px"></div>`;
  const head = `<script>
    window.taken = { items: [], hosts: [], places: [] };
    const take = (into, node) => (node.remove(), into.push(performance.now()));
    window.watch = new MutationObserver(() => {
      for (const one of document.querySelectorAll('body > .dimelo_chat_item')) take(taken.items, one);
      for (const one of document.querySelectorAll('[popover]')) take(taken.hosts, one);
      for (const one of document.querySelectorAll('.dimelo_chat_item')) take(taken.places, one.parentElement);
    });
    watch.observe(document, { childList: true, subtree: true });
  </script>`;
  const offers = {
    triggers: [trigger(1, [shows(10, 13, 2)]), trigger(2, [invites(12)])],
    items: [item(10), item(13, { positioning: 'fixed' }), LAUNCHER, invitation(12)],
  };
  const visitor = await visit(offers, { head, body: `<input id="own">${place}` });
  const { page } = visitor;
  const taken = () => page.evaluate(() => window.taken);
  // A button and an invitation, looked after once a second, and the chat's own element.
  await until(async () => (await taken()).items.length >= 8 && (await taken()).hosts.length >= 5, 'they are put in again and again');
  const { items, hosts, places } = await taken();
  const pace = (times) => (times.at(-1) - times[0]) / (times.length - 1);
  assert.ok(pace(items) > 300, `items every ${pace(items)} ms`);
  assert.ok(pace(hosts) >= 45, `the chat's element every ${pace(hosts)} ms`);
  assert.equal(places.length, 1, 'a place that is gone is not made anew');
  await page.locator('#own').fill('Still mine');
  assert.equal(await page.locator('#own').inputValue(), 'Still mine');
  await page.evaluate((place) => {
    window.watch.disconnect();
    document.body.insertAdjacentHTML('beforeend', place);
  }, place);
  for (const n of [10, 13]) await button(visitor, n).waitFor();
  await invited(visitor, 12).waitFor();
  await page.getByTestId('launcher').click();
  await write(visitor, 'Left in peace');
  assertWhole(page);
});

test('a strict policy and Trusted Types let the catalogue be', { timeout: 60_000 }, async () => {
  const { url } = world.server;
  const policy =
    `default-src 'none'; base-uri 'none'; script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types hubbub; ` +
    `connect-src ${url} ${url.replace('http', 'ws')}; img-src ${url}`;
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  await offer(page.context(), { triggers: [trigger(1, [shows(10), invites(12)])], items: [item(10), invitation(12)] });
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  const visitor = new Visitor(page);
  await visitor.visit(
    world.add({
      bare: true,
      headers: { 'content-security-policy': policy },
      body: `<script nonce="abc" src="${url}/chat/${world.chat.token}/loader.js"></script>`,
    }),
  );
  await button(visitor, 10).waitFor();
  assert.equal(await button(visitor, 10).evaluate((one) => getComputedStyle(one).position), 'fixed');
  await button(visitor, 10).getByRole('button').click();
  await write(visitor, 'Is it there?');
  assert.deepEqual(said, [], 'nothing was refused');
  assertWhole(page);
});

test('nothing on the page moves', { timeout: 60_000 }, async () => {
  const place = `<div id="dimelo_chat_item_markup_${ID(10)}" style="min-height: 80px"></div><p>Below</p>`;
  const visitor = await visit(
    {
      triggers: [trigger(1, [shows(10, 11), invites(12), MINIMIZED])],
      items: [item(10, { positioning: 'fixed', css: null, reserve_height: 80 }), item(11), invitation(12)],
    },
    { body: place },
  );
  for (const n of [10, 11]) await button(visitor, n).waitFor();
  await visitor.page.getByTestId('launcher').waitFor();
  const moved = await visitor.page.evaluate(
    () =>
      new Promise((done) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const { value } of list.getEntries()) sum += value;
        }).observe({ type: 'layout-shift', buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
      }),
  );
  assert.equal(moved, 0);
});

test('where signatures are asked for, triggers wait until the page names somebody', { timeout: 60_000 }, async () => {
  const chat = await makeChat(world.server, { signed: 'required', name: 'Members' });
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  await offer(page.context(), { triggers: [trigger(1, [shows(10)], { stop_after: true })], items: [item(10)] });
  const visitor = await new Visitor(page).visit(world.add({ bare: true, body: snippet(world.server.url, chat.token) }));
  await pagesSeen(page, 1);
  assert.equal(await button(visitor, 10).count(), 0);
  await push(visitor, ['_setSignedIdentity', 'a token that the server will look at']);
  await button(visitor, 10).waitFor();
  assertWhole(page);
});

test('storage that refuses, and two tabs', { timeout: 60_000 }, async (t) => {
  await t.test('refused', async () => {
    const head = `<script>for (const name of ['getItem', 'setItem', 'removeItem', 'key'])
      Storage.prototype[name] = () => { throw new DOMException('no', 'QuotaExceededError') };</script>`;
    const visitor = await visit({ triggers: [trigger(1, [shows(10)], { once_per_visit: true })], items: [item(10)] }, { head });
    await button(visitor, 10).getByRole('button').click();
    await write(visitor, 'Hello');
    assertWhole(visitor.page);
  });

  await t.test('two tabs', async () => {
    const once = trigger(1, [shows(10)], { once_per_visit: true });
    const visitor = await visit({ triggers: [once, trigger(2, [shows(11)])], items: [item(10), item(11)] });
    await button(visitor, 10).waitFor();
    const tab = new Visitor(await visitor.page.context().newPage());
    await tab.visit(visitor.page.url());
    await button(tab, 11).waitFor();
    assert.equal(await button(tab, 10).count(), 0);
  });
});

test('commands before and after the loader, some that are none, and handlers that throw', { timeout: 60_000 }, async () => {
  const visitor = await visit(
    { builtIn: BUILT_IN },
    {
      head: `<script>
        window.told = [];
        var _chatq = [['_onEvent', 'item_shown', function () { throw new Error('of the page') }], 5, null, ['_noSuch'],
          ['_onEvent', 'item_shown', function () { told.push('first') }]];
        _chatq.push(['_onEvent', 'item_shown', function () { told.push('second') }], ['_noSuch']);
      </script>`,
    },
  );
  await until(() => visitor.page.evaluate(() => window.told.length === 2), 'both hear of it');
  assert.deepEqual(await visitor.page.evaluate(() => window.told), ['first', 'second']);
  await until(() => visitor.warnings.length > 0, 'it is told');
  assert.deepEqual(visitor.warnings, ['Chat: there is no command _noSuch'], 'once');
  const late = await visitor.page.evaluate(async () => {
    const late = [];
    const count = window._chatq.push(
      ['_onEvent', 'started', (data) => late.push(data)],
      ['_onEvent', 'item_shown', (data) => late.push(data)],
    );
    await new Promise((done) => setTimeout(done));
    return [count, ...late];
  });
  assert.deepEqual(late, [2, { event: 'started' }], 'only that it has started is told again');
  assertWhole(visitor.page);
});

test('a script opens, fills, minimises, hides, and takes the chat away', { timeout: 60_000 }, async () => {
  const visitor = await visit({ builtIn: BUILT_IN });
  const { page } = visitor;
  await page.getByTestId('launcher').waitFor();
  await page.evaluate(() => {
    window.told = [];
    window.hear = (data) => window.told.push(data.event);
    window._chatq.push(['_onEvent', 'chat_minimized', window.hear], ['_onEvent', 'chat_closed', window.hear]);
  });
  await push(visitor, ['_open']);
  await visitor.sees('Welcome!');
  await push(visitor, ['_prefill', 'About my order']);
  await until(async () => (await page.getByTestId('composer').inputValue()) === 'About my order', 'it is filled in');
  await push(visitor, ['_addMessage', { body: 'Which order?', agent: true }]);
  await visitor.sees('Which order?');
  await push(visitor, ['_addMessage', { body: 'The last one', engage: true }]);
  await visitor.hasState('The last one', 'sent');
  await push(visitor, ['_minimize']);
  await panel(visitor).waitFor({ state: 'hidden' });
  await push(visitor, ['_hide']);
  await page.getByTestId('launcher').waitFor({ state: 'hidden' });
  await push(visitor, ['_show']);
  await page.getByTestId('launcher').waitFor();
  await push(visitor, ['_setLocale', 'fr']);
  await until(async () => (await page.getByTestId('launcher').getAttribute('aria-label')) === 'Discussion', 'it speaks French');
  await page.evaluate(() => window._chatq.push(['_offEvent', 'chat_minimized', window.hear]));
  await push(visitor, ['_open']);
  await panel(visitor).waitFor();
  await push(visitor, ['_minimize']);
  await panel(visitor).waitFor({ state: 'hidden' });
  await push(visitor, ['_destroy']);
  await page.getByTestId('launcher').waitFor({ state: 'detached' });
  assert.deepEqual(await page.evaluate(() => window.told), ['chat_minimized', 'chat_closed']);
  assertWhole(page);
});

test('the toolbar shows why, survives pages, and stops', { timeout: 60_000 }, async () => {
  const conditions = [on('page_title', 'is', 'a shop'), on('custom_cart', 'gte', 5)];
  const visitor = await visit({
    triggers: [trigger(1, [shows(10)], { conditions }), trigger(2, [shows(11)])],
    items: [item(10), item(11)],
    variables: [{ name: 'custom_cart', label: 'Cart', kind: 'number', in_page: null }],
  });
  const { page } = visitor;
  await button(visitor, 11).waitFor();
  await page.evaluate(() => window.Dimelo.Messaging.Debug.start());
  await page.getByTestId('debug-show').click();
  const text = () => page.locator('[data-hubbub-debug] .out').innerText();
  await until(async () => (await text()).includes('Trigger 2'), 'it shows');
  const shown = await text();
  for (const one of ['page_title, current, is a shop', 'holds', 'custom_cart, current, gte 5', 'does not hold', 'Trigger 2 #']) {
    assert.ok(shown.includes(one), `${one} is not in\n${shown}`);
  }
  await page.reload();
  await page.getByTestId('debug-show').waitFor();
  await page.getByTestId('debug-reset').click();
  await pagesSeen(page, 1);
  await page.getByTestId('debug-stop').click();
  assert.equal(await page.getByTestId('debug-stop').count(), 0);
  await page.reload();
  await button(visitor, 11).waitFor();
  assert.equal(await page.getByTestId('debug-stop').count(), 0);
  assertWhole(page);
});

test('a chat that opens by itself covers no phone', { timeout: 60_000 }, async () => {
  const visitor = await visit({ triggers: [trigger(1, [OPEN])] });
  await visitor.sees('Welcome!');
  await write(visitor, 'Hello');
  await visitor.page.setViewportSize({ width: 400, height: 700 });
  await visitor.page.reload();
  await visitor.page.getByTestId('launcher').waitFor();
  await visitor.page.getByTestId('unread-badge').waitFor({ state: 'attached' });
  assert.equal(await panel(visitor).isVisible(), false);
});

test('what floats stands above the page, or where the chat has its z-index', { timeout: 60_000 }, async () => {
  const css = '.own { position: fixed; left: 20px; bottom: 20px; min-width: 100px; min-height: 50px }';
  const made = item(11, { html: '<button type="button" class="own">Ask</button>', css });
  const body = '<div style="position: fixed; inset: 0; z-index: 1000" data-testid="covers"></div>';
  for (const [z_index, on] of [[null, 'own'], [5, 'covers']]) {
    const visitor = await visit({ triggers: [trigger(1, [shows(11)])], items: [made], source: { z_index } }, { body });
    await visitor.page.locator('.own').waitFor();
    const top = await visitor.page.evaluate(() => {
      const { className, dataset } = document.elementFromPoint(60, innerHeight - 40);
      return className || dataset.testid;
    });
    assert.equal(top, on);
    assertWhole(visitor.page);
  }
});
