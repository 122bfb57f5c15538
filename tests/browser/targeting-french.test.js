/** The pages of triggers, of the catalogue and of custom variables in French, in the dark and on a telephone. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

/** What somebody has typed in, as long as it may be and without a place to break. */
const LONG = `Zz${'Donaudampfschifffahrtsgesellschaft'.repeat(4)}`;
let server, browser, page, words, item, variable;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const [chat] = [await makeChat(server, { name: 'Zz chat' }), await makeChat(server, { name: 'Zz live', mode: 'live_chat' })];
  const post = (path, body) => server.api('POST', `/1.0/${path}`, { source_id: chat.id, ...body });
  variable = await post('messaging_variables', {
    name: 'custom_zz',
    label: LONG,
    kind: 'number',
    in_page: { by: 'selector', expression: LONG, attribute: 'content', pattern: '(\\d+)' },
  });
  const { records } = await server.api('GET', `/1.0/messaging_items?source_id=${chat.id}`);
  item = await server.api('PUT', `/1.0/messaging_items/${records.find((one) => one.type === 'invitation').id}`, { label: LONG });
  const on = (criterion, operator, value, position = 'current_or_among_previous_4') => ({ criterion, position, operator, value });
  await post('messaging_triggers', {
    label: LONG,
    conditions: [
      on('custom_zz', 'gte', 3),
      on('page_url', 'does_not_contain', LONG),
      on('day_of_week', 'lte', 'friday', 'current'),
      on('time', 'gte', '20:00', 'current'),
      on('signed_identity', 'is', true, 'current'),
    ],
    actions: [
      { type: 'show_invitation', item_id: item.id },
      { type: 'hide_others' },
    ],
  });
  const texts = (name) => readFile(new URL(`../../web/console/messages/${name}`, import.meta.url)).then(JSON.parse);
  words = [...Object.values(await texts('fr.json')), ...Object.values(await texts('admin/fr.json')), ...Object.values(await texts('acts/fr.json'))];
  ({ page } = await new Agent(await person(browser), server).signIn(ADMIN));
  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-fr').click();
  await until(async () => (await page.locator('html').getAttribute('lang')) === 'fr', 'the page speaks French');
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** What is said on the page and to those who hear it, without what somebody has typed in. */
const said = () =>
  page.locator('main').evaluate((root) => {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, data } = walker.currentNode;
      if (!parentElement.closest('textarea, style, script, svg')) found.push(data);
    }
    for (const one of root.querySelectorAll('*')) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) found.push(one.getAttribute(name) ?? '');
    }
    return found.map((text) => text.trim()).filter(Boolean);
  });

/** Each text is one of the French catalogue, or data. */
async function speaksFrench(name) {
  const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const known = words.map((word) => new RegExp(`^${escaped(word).replace(/\\\{\w+\\\}/g, '[^]*')}$`));
  const data = /Zz|^custom_|^[\d\s:.,/·–-]+$|^(Français|English|fr|en)$/;
  const foreign = (await said()).filter((text) => !data.test(text) && !known.some((word) => word.test(text)));
  assert.deepEqual([...new Set(foreign)], [], `${name} says what no catalogue has`);
}

/** Nothing reaches beyond the page, and nothing that can be read is cut. */
async function fits(name) {
  const beyond = await page.evaluate(() => {
    const edge = document.documentElement.clientWidth;
    const scrolls = (one) => one.closest('pre, table, [data-scrolls]') || getComputedStyle(one).overflowX === 'auto';
    const out = [...document.querySelectorAll('main *')].filter((one) => {
      const { right, left, width } = one.getBoundingClientRect();
      return width > 1 && (right > edge + 1 || left < -1) && !scrolls(one);
    });
    return [document.documentElement.scrollWidth - edge, ...out.slice(0, 5).map((one) => one.outerHTML.slice(0, 160))];
  });
  assert.deepEqual(beyond, [0], `${name} is wider than the page`);
}

async function check(name) {
  for (const [way, colorScheme, viewport] of [
    ['phone, dark', 'dark', { width: 360, height: 740 }],
    ['narrow, light', 'light', { width: 320, height: 640 }],
    ['wide, dark', 'dark', { width: 1440, height: 900 }],
  ]) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await shot(page, `french-${name}-${way}`.replace(/\W+/g, '-'));
    await fits(`${name}, ${way}`);
    const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${name}, ${way}`);
  }
  await speaksFrench(name);
}

async function open(path) {
  await page.goto(`${server.url}/admin/${path}`);
  await page.locator('main').waitFor();
}

for (const [path, one] of [['triggers'], ['items', () => item], ['variables', () => variable]]) {
  test(`the page of ${path}`, { timeout: 120_000 }, async (t) => {
    await t.test('its list', async () => {
      await open(path);
      await page.getByTestId('row').first().waitFor();
      await check(`${path}, list`);
    });
    if (one) {
      await t.test('what is there', async () => {
        await open(`${path}/${one().id}`);
        await page.getByTestId('field-label').waitFor();
        await check(`${path}, form`);
      });
    }
    await t.test('a new one, and what is refused', async () => {
      await open(path);
      await page.getByTestId('add').first().click();
      await page.getByTestId('field-label').fill(LONG.repeat(3));
      await page.getByTestId('save').click();
      await page.locator('[aria-invalid=true]').first().waitFor();
      await check(`${path}, refused`);
    });
    assertWhole(page);
  });
}

/** What is there from the beginning has French names too, and its name is not changed by looking at it. */
for (const path of ['channels', 'capacities', 'roles', 'presence_statuses']) {
  test(`the words of the page of ${path}`, { timeout: 120_000 }, async () => {
    await open(path);
    await page.locator('main h1').waitFor();
    await until(async () => (await page.locator('main [aria-busy=true]').count()) === 0, 'it is all there');
    await speaksFrench(path);
    await shot(page, `french-${path}`);
  });
}

test('the name of what is there from the beginning stays what it is', { timeout: 60_000 }, async () => {
  const channel = async () => (await server.api('GET', '/1.0/channels')).records.find(({ name }) => name === 'Realtime');
  await open(`channels/${(await channel()).id}`);
  assert.equal(await page.getByTestId('field-name').inputValue(), 'Temps réel');
  await page.getByTestId('field-soft_capability').fill('2');
  await page.getByTestId('save').click();
  await until(async () => (await channel())?.soft_capability === 2, 'it is saved under its name');
  assertWhole(page);
});
