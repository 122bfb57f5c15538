/** Who is there for which work: the agents' menu, what others see of it, and the pages that channels and reasons have. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, page, nora, chat, bob;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  bob = await makeUser(server, 'Bob', 'Lindholm');
  for (const name of ['Lunch', 'Training']) await server.api('POST', '/1.0/presence_status', { name });
  [page, nora] = [await person(browser), await person(browser)];
  await new Agent(page, server).signIn(ADMIN);
  await new Agent(nora, server).signIn(bob);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const button = (on = nora) => on.getByTestId('user-menu');
const item = (name, on = nora) => on.getByRole('menu').getByText(name, { exact: true });
const says = (text, on = nora) =>
  until(async () => (await button(on).getAttribute('aria-label')).includes(`(${text})`), `the button says ${text}`);

async function choose(name, on = nora) {
  await button(on).click();
  await item(name, on).click();
}

async function check(on, name) {
  await shot(on, `presence-${name}`);
  const { violations } = await new AxeBuilder({ page: on }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(grave.map(({ id, nodes }) => `${name}: ${id} ${nodes[0].target}`), []);
}

test('an agent says that they are away, why, and on which channels they are not', { timeout: 60_000 }, async () => {
  await says('Available');
  await choose('Away');
  await says('Away');
  await nora.getByTestId('presence-away').waitFor();
  await choose('Lunch');
  await says('Away: Lunch');
  // It stands at one's name, and where that has no room a word of it does.
  await button().getByText('Away: Lunch', { exact: true }).waitFor();
  for (const width of [1000, 390]) {
    await nora.setViewportSize({ width, height: 640 });
    await button().getByText('Away', { exact: true }).waitFor();
    await check(nora, `away-${width}`);
  }
  await nora.setViewportSize({ width: 1440, height: 640 });
  await button().click();
  const whole = await nora.getByRole('menu').evaluate((menu) => menu.scrollHeight <= menu.clientHeight);
  await shot(nora, 'presence-menu-low');
  assert.ok(whole, 'all of the menu is seen on a low screen');
  await nora.keyboard.press('Escape');
  await button().click();
  assert.equal(await nora.getByRole('menuitemradio', { name: 'Lunch' }).getAttribute('aria-checked'), 'true');
  await check(nora, 'menu');
  await nora.getByRole('menuitemcheckbox', { name: 'Async' }).click();
  await says('Available in part');
  await choose('Realtime');
  await says('Available');
  // It outlives a reload.
  await choose('Training');
  await says('Away: Training');
  await nora.reload();
  await says('Away: Training');
});

test('the menu is worked by keys, in French, on a telephone and in the dark', { timeout: 60_000 }, async () => {
  await nora.setViewportSize({ width: 390, height: 844 });
  await nora.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await button().click();
  await nora.getByTestId('locale-fr').click();
  await until(async () => (await nora.locator('html').getAttribute('lang')) === 'fr', 'the page speaks French');
  await says('Absent\u00a0: Training');
  await button().focus();
  await nora.keyboard.press('Enter');
  await nora.getByRole('menu').waitFor();
  await check(nora, 'menu-narrow');
  await nora.keyboard.type('disp');
  await nora.keyboard.press('Enter');
  await says('Disponible');
  await assertWhole(nora);
  await button().click();
  await nora.getByTestId('locale-en').click();
  await nora.emulateMedia({ colorScheme: 'light' });
  await nora.setViewportSize({ width: 1440, height: 900 });
  await says('Available');
});

test('whoever watches the work sees at once who is there, also where a case is handed on', { timeout: 60_000 }, async () => {
  await page.goto(`${server.url}/admin/agents`);
  const row = page.getByTestId('row').filter({ hasText: 'Bob Lindholm' });
  await row.getByText('Available').waitFor();
  await choose('Lunch');
  await row.getByText('Away: Lunch').waitFor();
  await check(page, 'agents');
  // What is set for them shows on their own page.
  await server.api('PUT', `/1.0/status/${bob.id}`, { status: 'available' });
  await says('Available');
  const write = await visitor(server, chat, 'Ada');
  const { message, thread } = await write('Where is my parcel?');
  await server.api('POST', `/1.0/interventions?content_id=${message.id}`);
  await page.goto(`${server.url}/inbox/open/${thread.id}`);
  await page.getByTestId('history').focus();
  await page.keyboard.press('a');
  const option = page.getByTestId('assign-dialog').getByRole('option').filter({ hasText: 'Bob Lindholm' });
  await option.getByText('Available').waitFor();
  await choose('Away');
  await option.getByText('Away').waitFor();
  await check(page, 'assign');
});

test('channels, capacities and reasons are made and changed on their pages', { timeout: 60_000 }, async () => {
  const field = (name) => page.getByTestId(`field-${name}`);
  const save = async () => {
    await page.getByTestId('save').click();
    await page.getByTestId('form-bar').waitFor({ state: 'detached' });
  };
  await page.goto(`${server.url}/admin/channels`);
  await page.getByTestId('edit').filter({ hasText: 'Realtime' }).click();
  assert.equal(await field('soft_capability').inputValue(), '3');
  await field('soft_capability').fill('9');
  await page.getByTestId('save').click();
  await page.getByText('Not above what they take at the most.').waitFor();
  await check(page, 'channel');
  await field('soft_capability').fill('2');
  await save();
  const channels = (await server.api('GET', '/1.0/channels')).records;
  const realtime = channels.find(({ name }) => name === 'Realtime');
  assert.deepEqual([realtime.soft_capability, realtime.hard_capability, realtime.task_timeout_seconds], [2, 5, 90]);

  await page.goto(`${server.url}/admin/capacities/new`);
  await field('name').fill('Beginners');
  const limit = page.getByTestId('limit').filter({ hasText: 'Async' }).getByRole('spinbutton');
  await limit.nth(0).fill('2');
  await limit.nth(1).fill('1');
  await page.getByTestId('save').click();
  await page.getByText('the first not above the second').waitFor();
  await check(page, 'capacity');
  await limit.nth(1).fill('3');
  await save();
  const [capacity] = (await server.api('GET', '/1.0/user_capacities')).records;
  assert.deepEqual(capacity.channels.map(({ default_capacity, max_capacity }) => [default_capacity, max_capacity]), [[2, 3]]);

  await page.goto(`${server.url}/admin/agents/${bob.id}`);
  await field('user_capacity_id').selectOption('Beginners');
  await save();
  assert.equal((await server.api('GET', `/1.0/users/${bob.id}`)).user_capacity_id, capacity.id);

  await page.goto(`${server.url}/admin/presence_statuses`);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.getByTestId('row').first().waitFor();
  await check(page, 'reasons-narrow');
  await assertWhole(page);
});
