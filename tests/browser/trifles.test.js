/** Small things that people notice in a day of use. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Proxy } from './support/proxy.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser, visitor as writer } from './support/world.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC',
  'base64',
);
let server, browser, chat, site, nora;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server, { max_open_conversations: 2 });
  site = await Site.start(snippet(server.url, chat.token));
  nora = await makeUser(server, 'Nora', 'Lindholm');
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const signedIn = async (user, options, line = server) => new Agent(await person(browser, options), line).signIn(user);
const box = (locator) => locator.evaluate((one) => one.getBoundingClientRect().toJSON());

test('who has as many conversations open as possible is told why no other one can begin', { timeout: 90_000 }, async (t) => {
  for (const [language, words] of [['en', /as many open conversations as possible/], ['fr', /autant de conversations ouvertes que possible/]]) {
    await t.test(language, async () => {
      site.language = language;
      const visitor = await new Visitor(await person(browser)).visit(site.url);
      const { page } = visitor;
      await visitor.openChat();
      await visitor.say(`First, ${language}`);
      await visitor.hasState(`First, ${language}`, 'sent');
      await page.getByTestId('back').click();
      assert.equal(await page.getByTestId('list-full').isVisible(), false);
      await page.getByTestId('new-conversation').click();
      await visitor.say(`Second, ${language}`);
      await visitor.hasState(`Second, ${language}`, 'sent');
      await page.getByTestId('back').click();
      await page.getByTestId('list-full').filter({ hasText: words }).waitFor();
      assert.equal(await page.getByTestId('new-conversation').isVisible(), false);
      await accessible(page);
      await shot(page, `trifles-full-${language}`);
      const { records } = await server.api('GET', '/1.0/contents?limit=50');
      await server.api('PUT', `/1.0/content_threads/${records.find((one) => one.body === `First, ${language}`).thread_id}/close`);
      await page.getByTestId('list-full').waitFor({ state: 'hidden' });
      await page.getByTestId('new-conversation').waitFor();
      assertWhole(page);
    });
  }
  site.language = 'en';
});

test('what is said of a lost line goes once it is back', { timeout: 120_000 }, async (t) => {
  const line = await Proxy.start(server.port);
  t.after(() => line.stop());
  const { page } = await signedIn(ADMIN, {}, line);
  await page.goto(`${line.url}/admin/tags/new`);
  await page.getByTestId('field-name').fill('Urgent');
  line.cut();
  await page.getByTestId('save').click();
  const said = page.getByText('The server cannot be reached').first();
  await said.waitFor();
  line.mend();
  await said.waitFor({ state: 'detached' });
  await page.getByTestId('offline-banner').waitFor({ state: 'detached' });
  assert.equal(await page.getByTestId('field-name').inputValue(), 'Urgent');
  await page.getByTestId('save').click();
  await page.getByText('Saved', { exact: true }).first().waitFor();
  assertWhole(page);
});

test('a search in all folders is headed so, and keys lead only to what there is', { timeout: 60_000 }, async () => {
  const agent = await signedIn(nora);
  const { page } = agent;
  await writer(server, chat, 'Ann').then((say) => say('A question to be found'));
  await page.getByTestId('search').fill('question');
  await page.getByTestId('search-everywhere').click();
  await page.getByTestId('list-title').filter({ hasText: 'In all folders' }).waitFor();
  assert.match(await page.title(), /In all folders/);
  await page.getByTestId('search-here').click();
  await page.getByTestId('list-title').filter({ hasText: 'Unassigned' }).waitFor();
  await page.getByTestId('history').or(page.getByTestId('list-title')).first().focus();
  await page.keyboard.press('?');
  const sheet = page.getByTestId('shortcuts');
  await sheet.waitFor();
  assert.deepEqual([await sheet.getByText('To approve').count(), await sheet.getByText('Visitors').count()], [0, 1]);
  await page.keyboard.press('Escape');
  await sheet.waitFor({ state: 'detached' });
  await page.keyboard.press('g');
  await page.keyboard.press('a');
  assert.match(page.url(), /inbox\/unassigned/);
  assertWhole(page);
});

test('a picture stands over its text on both sides', { timeout: 60_000 }, async () => {
  const visitor = await new Visitor(await person(browser)).visit(site.url);
  await visitor.openChat();
  await visitor.say('Have you a picture?');
  const agent = await signedIn(nora);
  await agent.open('Have you a picture?');
  await agent.engage();
  await agent.reply('Here it is', [{ name: 'it.png', mimeType: 'image/png', buffer: PNG }]);
  await agent.sees('Here it is');
  await visitor.sees('Here it is');
  for (const side of [agent, visitor]) {
    const message = side.message('Here it is').first();
    const [picture, text] = [await box(message.locator('.picture, .image')), await box(message.locator('.bubble'))];
    assert.ok(picture.bottom <= text.top, `${picture.bottom} ${text.top}`);
  }
  await shot(agent.page, 'trifles-picture');
});

test('one’s own answer is read in one’s other window', { timeout: 60_000 }, async () => {
  const say = await writer(server, chat, 'Zoe');
  const agent = await signedIn(nora);
  const other = await agent.page.context().newPage();
  await other.goto(`${server.url}/inbox/open`);
  await say('Quickly, please');
  const row = (page) => page.getByTestId('thread-row').filter({ hasText: 'Zoe' });
  await row(other).getByTestId('unread').waitFor();
  const { records } = await server.api('GET', '/1.0/contents?limit=20');
  const { id } = records.find((one) => one.body === 'Quickly, please');
  // Quicker than who has looked at it for a moment.
  await agent.page.evaluate(async (in_reply_to_id) => {
    const { csrf } = await (await fetch('/console/session')).json();
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
    await fetch('/1.0/contents', { method: 'POST', headers, body: JSON.stringify({ in_reply_to_id, body: 'At once' }) });
  }, id);
  await row(other).getByTestId('unread').waitFor({ state: 'detached' });
  assertWhole(agent.page);
});

test('toasts leave the rail free, and its entries stand still and whole in French', { timeout: 120_000 }, async (t) => {
  const admin = await signedIn(ADMIN);
  const { page } = admin;
  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-fr').click();
  const entries = page.locator('.rail .entry');
  const heights = () => entries.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  for (const width of [800, 1100, 1200, 1280, 1440, 1920]) {
    await t.test(`${width} wide`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await admin.goTo('unassigned');
      const before = await heights();
      await shot(page, `trifles-rail-${width}`);
      // Each takes as much room whether it is the current one or not.
      await admin.goTo('mine');
      assert.deepEqual(await heights(), before);
      if (width >= 1100) {
        const cut = await page.locator('.rail a .label').evaluateAll((all) =>
          all.filter((one) => one.scrollHeight > one.clientHeight + 1 || one.clientHeight > 24).map((one) => one.textContent));
        assert.deepEqual(cut, [], 'names stand on one line');
      }
      await page.keyboard.press('z');
      const toast = page.getByTestId('toasts').locator('.toast').first();
      await toast.waitFor();
      const [stack, link] = [await box(toast), await box(page.getByTestId('nav-admin'))];
      assert.ok(stack.left >= link.right, `${stack.left} ${link.right}`);
      await page.getByTestId('toasts').locator('.shut').first().click();
    });
  }
  assertWhole(page);
});
