/** A desk's own folders, where there is little room for them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

const LONG = 'Parcelsthatwereneverdeliveredandwhoseownershavewrittentwice';
/** What a finger can hit, less what a sheet on its way lacks. */
const TOUCH = 43;

let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const folder = (label, more) => server.api('POST', '/1.0/folders', { label, query: 'status_in:new', render_threads_count: true, ...more });
  await folder('VIP customers');
  const late = await folder('Late parcels');
  await folder('Lost parcels', { parent_id: late.id });
  for (const label of ['French desk', 'Fan desk', LONG]) await folder(label);
  const write = await visitor(server, await makeChat(server), 'Ada');
  await write('Where is my parcel?');
  const agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function speak(language) {
  await page.getByTestId('user-menu').click();
  await page.getByTestId(`locale-${language}`).click();
}

const boxes = (places) => places.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()));

test('a phone has them in a sheet', { timeout: 90_000 }, async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  const more = page.getByRole('button', { name: 'Folders', exact: true });
  const sheet = page.getByRole('dialog', { name: 'Folders' });
  const link = (name) => sheet.getByRole('link', { name });
  const focused = (place) => place.evaluate((one) => one === document.activeElement);
  await more.waitFor();
  for (const language of ['fr', 'en']) {
    await speak(language);
    const bar = await boxes(page.locator('nav.rail .entry:visible'));
    assert.ok(bar.every(({ width, right }) => width >= TOUCH && right <= 390), JSON.stringify(bar));
    const cut = (labels) => labels.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent);
    assert.deepEqual(await page.locator('nav.rail .label:visible').evaluateAll(cut), [], 'names that are cut');
    await shot(page, `folders-bar-${language}`);
  }

  await more.focus();
  await page.keyboard.press('Enter');
  await sheet.waitFor();
  assert.ok(await focused(link('Deferred')), 'the keyboard begins at the first one');
  assert.deepEqual(await sheet.getByRole('link').allInnerTexts().then((all) => all.map((one) => one.split('\n')[0])), [
    'Deferred',
    'Done',
    'To approve',
    'VIP customers',
    'Late parcels',
    'Lost parcels',
    'French desk',
    'Fan desk',
    LONG,
  ]);
  assert.match(await link('French desk').innerText(), /1$/, 'with how many are in it');
  assert.ok((await boxes(sheet.getByRole('link'))).every(({ height, right }) => height >= TOUCH && right <= 390));
  await shot(page, 'folders-sheet');
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  assert.ok(await focused(more), 'the keyboard is back where it was');

  await page.keyboard.press('Enter');
  await sheet.waitFor();
  for (const key of ['ArrowDown', 'ArrowDown', 'End', 'Home', 'Tab', 'Tab', 'Tab']) await page.keyboard.press(key);
  assert.ok(await focused(link('VIP customers')));
  await page.keyboard.press('Enter');
  await sheet.waitFor({ state: 'detached' });
  await page.waitForURL(/\/inbox\/[0-9a-f]{24}/);
  assert.equal(await page.getByTestId('list-title').innerText(), 'VIP customers');
  assert.equal(await more.getAttribute('aria-current'), 'true');
  await more.click();
  assert.equal(await link('VIP customers').getAttribute('aria-current'), 'page');
  assert.ok(await focused(link('VIP customers')));
  await link('Done').click();
  await page.waitForURL('**/inbox/done');
  assertWhole(page);
});

test('the narrow rail tells them apart', { timeout: 60_000 }, async () => {
  await page.setViewportSize({ width: 1000, height: 900 });
  const rail = page.getByRole('navigation', { name: 'Main navigation' });
  assert.deepEqual(await rail.getByTestId('folder-mark').allInnerTexts(), ['VC', 'LP', 'LO', 'FD', 'FA', 'PA']);
  assert.equal(await page.getByTestId('more-folders').isVisible(), false);
  const vip = rail.getByRole('link', { name: 'VIP customers' });
  assert.equal(await vip.getAttribute('title'), 'VIP customers');
  const room = await rail.boundingBox();
  assert.ok((await boxes(rail.locator('.entry:visible'))).every(({ right, height }) => right <= room.x + room.width && height >= TOUCH));
  await rail.getByTestId('folder-to_approve').focus();
  await page.keyboard.press('Tab');
  const tip = await vip.locator('.label').boundingBox();
  const entry = await vip.boundingBox();
  assert.ok(tip.x >= entry.x + entry.width && tip.width > 50, `the name stands beside the mark: ${JSON.stringify(tip)}`);
  assert.ok(Math.abs(tip.y + tip.height / 2 - entry.y - entry.height / 2) < 12, 'and at its height');
  await shot(page, 'folders-rail');
  await vip.click();
  await page.waitForURL(/\/inbox\/[0-9a-f]{24}/);
  assertWhole(page);
});

test('names without spaces stay within the pages', { timeout: 60_000 }, async () => {
  const name = 'Donaudampfschifffahrtsgesellschaft'.repeat(6);
  await server.api('POST', '/1.0/tags', { name });
  await server.api('POST', '/1.0/categories', { name, mandatory: true });
  await server.api('POST', '/1.0/roles', { label: name });
  await server.api('POST', '/1.0/teams', { name });
  await server.api('POST', '/1.0/folders', { label: name.slice(0, 80), query: `text:${name}` });
  await server.api('POST', '/1.0/reply_assistant/entries', { label: name });
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    for (const where of ['tags', 'categories', 'roles', 'teams', 'folders', 'reply_assistant', 'agents', 'tokens']) {
      await page.goto(`${server.url}/admin/${where}`);
      await page.locator('table').first().waitFor();
      await shot(page, `long-${where}-${width}`);
      const out = await page.locator('.card').evaluate((card) => {
        const edge = card.getBoundingClientRect().right + 1;
        return [...card.querySelectorAll('td, th, button, li > *')]
          .filter((one) => one.getBoundingClientRect().right > edge || one.scrollWidth > one.clientWidth + 1)
          .filter((one) => getComputedStyle(one).display !== 'inline')
          .map((one) => one.outerHTML.slice(0, 200));
      });
      assert.deepEqual(out, [], `${where} at ${width}`);
    }
  }
  assertWhole(page);
});

test('a customer’s name without spaces stays where it belongs', { timeout: 60_000 }, async () => {
  const name = 'Donaudampfschifffahrtsgesellschaft'.repeat(5);
  const chat = await makeChat(server, { name: 'Ships' });
  const { thread } = await (await visitor(server, chat, name))('When does it leave?');
  await (await visitor(server, chat, 'Donald'))('Quack');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`${server.url}/inbox/open/${thread.id}`);
  await page.getByTestId('merge-person').click();
  await page.getByTestId('merge-search').fill('donald');
  await page.getByTestId('option').first().waitFor();
  await page.getByTestId('merge-search').press('Enter');
  const dialog = page.getByTestId('merge-confirm');
  await page.getByTestId('confirm-merge').waitFor();
  const wide = await dialog.locator('h2, h3, p, dd, strong').evaluateAll((all) =>
    all.filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline').map((one) => one.outerHTML),
  );
  assert.deepEqual(wide, []);
  await page.getByTestId('confirm-merge').click();
  const toast = page.getByTestId('toasts').getByRole('button', { name: 'Close' });
  await toast.waitFor();
  const { x, width } = await toast.boundingBox();
  assert.ok(x + width <= 1440, 'what is told can be closed');
  await shot(page, 'long-customer');
  assertWhole(page);
});

test('whoever adds an agent is offered the usual role, not the newest', { timeout: 60_000 }, async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const chosen = () => page.getByTestId('field-role_id').evaluate((one) => one.selectedOptions[0]?.label);
  await server.api('POST', '/1.0/roles', { label: 'The newest' });
  const open = async () => {
    await page.goto(`${server.url}/admin/agents`);
    await page.getByTestId('row').filter({ hasText: 'Administrator' }).first().waitFor();
    await page.getByTestId('add').click();
  };
  await open();
  assert.equal(await chosen(), 'Agent');
  const { records } = await server.api('GET', '/1.0/roles?limit=100');
  await server.api('PUT', `/1.0/roles/${records.find(({ label }) => label === 'Agent').id}`, { label: 'Adviser' });
  await open();
  assert.equal(await chosen(), 'Choose a role');
  await page.getByTestId('field-firstname').fill('Alicia');
  await page.getByTestId('field-email').fill('alicia@shop.test');
  await page.getByTestId('save').click();
  await page.getByTestId('form').getByText('Fill this in.').first().waitFor();
  assertWhole(page);
});

test('the keys have their French names', { timeout: 60_000 }, async () => {
  await page.goto(`${server.url}/inbox/unassigned`);
  await speak('fr');
  await page.keyboard.press('?');
  const keys = () => page.getByTestId('shortcuts').locator('kbd').allInnerTexts();
  await until(async () => (await keys()).includes('Entrée') && (await keys()).includes('Échap'), 'they have them');
  await shot(page, 'shortcuts-fr');
});
