/** The page on which a desk says when it is open, and the chat that keeps those hours. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

let server, browser, page, chat;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const get = (name) => page.getByTestId(name);
const day = (n) => get('day').nth(n);
const sheets = async () => (await server.api('GET', '/1.0/time_sheets')).records;

async function accessible(name) {
  await shot(page, `hours-${name}`);
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(grave.map(({ id, nodes }) => `${name}: ${id} ${nodes[0].target}`), []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, name);
}

test('hours are set day by day, with holidays, a time zone, and the sources that keep them', { timeout: 60_000 }, async () => {
  await page.goto(`${server.url}/admin/time_sheets`);
  await get('add').click();
  await get('field-label').fill('Shop');
  await get('field-timezone').selectOption('Europe/Paris');
  // A break at noon on Monday, and the same until Friday.
  await day(0).getByTestId('to').fill('12:00');
  await day(0).getByTestId('add-span').click();
  await day(0).getByTestId('from').nth(1).fill('11:00');
  await get('save').click();
  await page.getByText('Monday: hours begin before they end, and do not overlap.').waitFor();
  await day(0).getByTestId('from').nth(1).fill('14:00');
  await day(0).getByTestId('to').nth(1).fill('18:30');
  await get('copy-days').click();
  await day(4).getByTestId('remove-span').first().click();
  await page.getByLabel('Shop chat').check();
  await get('holiday-add').click();
  await get('holiday-date').fill('2026-12-24');
  await get('holiday-name').fill('Staff party');
  await get('field-holidays_region').selectOption('fr');
  await accessible('form');
  await get('save').click();
  await until(async () => (await sheets()).length === 1, 'it is there');
  const [made] = await sheets();
  assert.deepEqual([made.monday_hours, made.tuesday_hours, made.friday_hours, made.saturday_hours], ['32400-43200,50400-66600', '32400-43200,50400-66600', '50400-66600', '']);
  assert.deepEqual([made.timezone, made.source_ids], ['Europe/Paris', [chat.id]]);
  const names = made.holidays.map(({ name }) => name);
  assert.ok(names.includes('Staff party') && names.length > 10, names.join());
  await until(async () => (await get('holiday').count()) === names.length, 'the country’s days stand in the form');
});

test('a chat chooses its hours, in French, in the dark and on a telephone', { timeout: 60_000 }, async () => {
  await server.api('POST', '/1.0/time_sheets', { label: 'Late', friday_hours: '64800-86400' });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.goto(`${server.url}/admin/sources/${chat.id}`);
  const choice = get('field-time_sheet_id');
  await choice.waitFor();
  assert.equal(await choice.locator('option:checked').innerText(), 'Shop');
  await choice.selectOption({ label: 'Late' });
  await get('save').click();
  await until(async () => (await sheets()).find(({ label }) => label === 'Late').source_ids[0] === chat.id, 'the chat has them');
  await page.goto(`${server.url}/admin/time_sheets`);
  await get('user-menu').click();
  await get('locale-fr').click();
  await get('edit').filter({ hasText: 'Late' }).click();
  await day(4).getByTestId('to').waitFor();
  assert.deepEqual([await day(4).getByTestId('from').inputValue(), await day(4).getByTestId('to').inputValue()], ['18:00', '00:00']);
  await accessible('narrow');
  assertWhole(page);
});
