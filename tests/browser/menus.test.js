/** The menus: their keys, what a reader is told, and where the focus goes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const button = () => page.getByTestId('user-menu');
const menu = () => page.getByRole('menu');
const items = () => menu().locator('[role^=menuitem]');
const focused = (locator) => locator.evaluate((one) => one === document.activeElement);
const isFocused = (locator, what) => until(() => focused(locator), what, 2_000);
const gone = () => menu().waitFor({ state: 'detached' });

test('arrows, Home, End and letters go through a menu, and Escape gives the focus back', { timeout: 60_000 }, async () => {
  await button().focus();
  await page.keyboard.press('Enter');
  await menu().waitFor();
  await shot(page, 'menu');
  assert.equal(await button().getAttribute('aria-expanded'), 'true');
  const n = await items().count();
  await isFocused(items().first(), 'the first one has the focus');
  for (const [key, at] of [['ArrowDown', 1], ['End', n - 1], ['ArrowDown', 0], ['ArrowUp', n - 1], ['Home', 0]]) {
    await page.keyboard.press(key);
    await isFocused(items().nth(at), `${key} leads to ${at}`);
  }
  await page.keyboard.type('fr');
  await isFocused(page.getByRole('menuitemradio', { name: 'Français' }), 'letters lead to what begins with them');
  await page.keyboard.press('Escape');
  await gone();
  await isFocused(button(), 'the button has the focus again');
  assert.equal(await button().getAttribute('aria-expanded'), 'false');
});

test('what is known late moves nothing under a finger', { timeout: 60_000 }, async () => {
  const other = await person(browser);
  let tell;
  const told = new Promise((done) => (tell = done));
  await other.route('**/1.0/status/*', (route) => told.then(() => route.continue()));
  await new Agent(other, server).signIn(ADMIN);
  const own = other.getByTestId('user-menu');
  const before = await own.boundingBox();
  await own.click();
  const last = other.getByTestId('sign-out');
  await last.waitFor();
  const [stood, count] = [await last.boundingBox(), await other.getByRole('menu').locator('[role^=menuitem]').count()];
  tell();
  await own.locator('.disc').waitFor({ state: 'attached' });
  assert.deepEqual(await own.boundingBox(), before);
  assert.deepEqual(await last.boundingBox(), stood);
  assert.equal(await other.getByRole('menu').locator('[role^=menuitem]').count(), count);
  await other.keyboard.press('Escape');
  await own.click();
  await other.getByTestId('be-away').waitFor();
  await other.context().close();
});

test('what is chosen is marked, and what it opens gives the focus back to the button', { timeout: 60_000 }, async () => {
  await button().click();
  await page.getByTestId('locale-fr').click();
  await until(async () => (await page.locator('html').getAttribute('lang')) === 'fr', 'the page speaks French');
  await isFocused(button(), 'the button has the focus');
  await button().click();
  assert.equal(await page.getByTestId('locale-fr').getAttribute('aria-checked'), 'true');
  assert.equal(await page.getByTestId('locale-en').getAttribute('aria-checked'), 'false');
  await page.getByTestId('locale-en').click();
  await button().click();
  await page.getByTestId('change-password').click();
  await page.getByTestId('password-form').waitFor();
  await until(() => page.getByTestId('password-form').evaluate((one) => one.contains(document.activeElement)), 'the dialog has the focus');
  await page.keyboard.press('Escape');
  await isFocused(button(), 'the button has the focus after the dialog');
});

test('a press beside a menu closes it, and Tab goes on from its button', { timeout: 60_000 }, async () => {
  await button().click();
  await menu().waitFor();
  await button().click();
  await gone();
  await button().click();
  await menu().waitFor();
  await page.getByTestId('search').click();
  await gone();
  assert.ok(await focused(page.getByTestId('search')), 'what was pressed has the focus');
  await button().focus();
  await page.keyboard.press('ArrowDown');
  await isFocused(items().first(), 'an arrow opens it');
  await page.keyboard.press('Shift+Tab');
  await gone();
  await isFocused(page.getByTestId('nav-admin'), 'what is before the button has the focus');
});

test('a menu stays within a narrow page, and is not asked of the server before it is wanted', { timeout: 60_000 }, async () => {
  const here = await person(browser, { width: 360, height: 700 });
  await new Agent(here, server).signIn(ADMIN);
  await here.getByTestId('user-menu').click();
  const { x, y, width, height } = await here.getByRole('menu').boundingBox();
  assert.ok(x >= 0 && y >= 0 && x + width <= 360 && y + height <= 700, JSON.stringify({ x, y, width, height }));
  await shot(here, 'menu-narrow');
  const html = await (await fetch(server.url)).text();
  assert.doesNotMatch(html, /MenuList/);
  assertWhole(here);
  assertWhole(page);
});
