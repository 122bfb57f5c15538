/** Mails in the console: pictures from outside, and conversations that are split and merged. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person } from './support/browser.js';
import { Dovecot, htmlMail, mail, makeMailbox } from './support/dovecot.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
let server, browser, dovecot, page, shop, asked, contents;

before(async () => {
  [server, browser, dovecot] = await Promise.all([Server.start(), launch(), Dovecot.start()]);
  asked = [];
  shop = createServer((request, response) => {
    asked.push({ path: request.url, agent: request.headers['user-agent'] ?? '' });
    response.writeHead(200, { 'content-type': 'image/gif' }).end(GIF);
  }).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const picture = `<p>New chairs <img src="http://127.0.0.1:${shop.address().port}/a.gif" width=40 height=40 alt="a chair"></p>`;
  await dovecot.append(
    'parts',
    mail({ 'Message-ID': '<1@a.test>', From: 'Ann <ann@a.test>', Subject: 'Order 12', body: 'Where is it?' }),
    mail({ 'Message-ID': '<2@a.test>', From: 'Bo <bo@b.test>', Subject: 'Re: Order 12', 'In-Reply-To': '<1@a.test>', body: 'And mine?' }),
    htmlMail({ 'Message-ID': '<3@a.test>', From: 'Shop <shop@c.test>', Subject: 'Chairs', body: picture }),
  );
  const post = await makeMailbox(server, dovecot, 'parts');
  contents = (await server.api('GET', `/1.0/contents?q=source:${post.id}`)).records;
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await dovecot?.stop();
  shop?.close();
});

const get = (name) => page.getByTestId(name);
const thread = (title) => contents.find((content) => content.title === title).thread_id;
const show = (id) => page.goto(`${server.url}/inbox/everyone/${id}`).then(() => get('history').waitFor());

test('pictures from outside are shown once they are wanted, and the server fetches them', async () => {
  await show(thread('Chairs'));
  await get('pictures-blocked').waitFor();
  assert.deepEqual(asked, []);
  await get('show-pictures').click();
  const picture = get('history').getByRole('img', { name: 'a chair' });
  await until(() => picture.evaluate((one) => one.complete && one.naturalWidth > 0), 'the picture');
  assert.equal(await get('pictures-blocked').count(), 0);
  assert.equal(asked.length, 1);
  assert.doesNotMatch(asked[0].agent, /Chrome/);
  // From whom they are always to be shown, they are the next time.
  await get('always-pictures').click();
  await get('always-pictures').waitFor({ state: 'detached' });
  await page.reload();
  await until(() => picture.evaluate((one) => one.complete && one.naturalWidth > 0), 'the picture, without a word');
  assert.equal(await get('show-pictures').count(), 0);
  assertWhole(page);
});

test('a conversation is split, and merged again', async () => {
  const old = thread('Order 12');
  await show(old);
  await get('thread-menu').click();
  await get('menu-split').click();
  await get('split-search').fill('mine');
  await get('split-search').press('Enter');
  await get('split-dialog').waitFor({ state: 'detached' });
  await page.locator('[data-what=split]').waitFor();
  assert.equal(await get('history').getByText('And mine?').count(), 0);
  await get('other-thread').click();
  await get('history').getByText('And mine?').first().waitFor();
  await page.locator('[data-what=split_off]').waitFor();
  // Back into the older one, which is shown then.
  await get('thread-menu').click();
  await get('menu-merge-threads').click();
  // The newest stand there before anything is typed.
  await get('option').first().waitFor();
  await get('merge-threads-search').fill('Order');
  await until(async () => /Order 12/.test(await get('option').first().innerText()), 'what was found');
  await get('merge-threads-search').press('Enter');
  await until(() => page.url().includes(old), 'the older conversation');
  await get('history').getByText('And mine?').first().waitFor();
  await page.locator('[data-what=merged]').waitFor();
  assertWhole(page);
});
