/** Live chats whose visitors wait: first in the lists, with the time that they wait, a sound, and a notice. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, live, shop, nora, token;

/** What the browser would let be heard and seen, counted. */
function listen() {
  window.heard = 0;
  window.noted = [];
  const knob = { setValueAtTime() {}, exponentialRampToValueAtTime() {} };
  const node = () => ({ frequency: knob, gain: knob, connect: (to) => to, start() {}, stop() {} });
  window.AudioContext = class {
    currentTime = 0;
    resume() {
      window.heard += 1;
    }
    createOscillator = node;
    createGain = node;
  };
  window.Notification = class {
    static permission = 'default';
    static requestPermission = async () => (this.permission = 'granted');
    constructor(title, { body }) {
      window.noted.push(body);
    }
  };
}

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  live = await makeChat(server, { name: 'Live chat', mode: 'live_chat' });
  shop = await makeChat(server);
  const user = await makeUser(server, 'Nora', 'Lindholm');
  token = await makeToken(server, user);
  const page = await person(browser);
  await page.addInitScript(listen);
  nora = await new Agent(page, server).signIn(user);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const names = () => nora.page.getByTestId('thread-row').locator('.name').allInnerTexts();
const inOrder = (...wanted) =>
  until(async () => JSON.stringify(await names()) === JSON.stringify(wanted), `the order ${wanted}`);
const heard = () => nora.page.evaluate(() => window.heard);
const noted = () => nora.page.evaluate(() => window.noted);
const waits = (text) => nora.row(text).getByTestId('row-waits');
const menu = async (item) => {
  await nora.page.getByTestId('user-menu').click();
  await nora.page.getByTestId(item).click();
};

test('who waits in a live chat stands first', { timeout: 120_000 }, async (t) => {
  let bob;

  await t.test('before newer conversations, with the seconds that it lasts, and a sound', async () => {
    await (await visitor(server, shop, 'Ann'))('A question');
    await nora.row('A question').waitFor();
    await nora.page.getByTestId('list-title').click();
    bob = await visitor(server, live, 'Bob');
    await bob('Anybody there?');
    await waits('Anybody there?').waitFor();
    await until(async () => (await heard()) === 1, 'a sound');
    await (await visitor(server, shop, 'Cid'))('Another question');
    await inOrder('Bob', 'Ann', 'Cid');
    const asked = [];
    nora.page.on('request', (request) => asked.push(request.url()));
    const time = () => waits('Anybody there?').locator('.num').innerText();
    const first = await time();
    assert.match(first, /^\d+:\d\d$/);
    await until(async () => (await time()) !== first, 'time goes on');
    assert.deepEqual(asked.filter((url) => url.includes('/console/threads')), []);
    await shot(nora.page, 'live-waits');
    await nora.page.reload();
    await inOrder('Bob', 'Ann', 'Cid');
  });

  await t.test('mine, until they are answered and from their next word on', async () => {
    const mine = await server.api('GET', '/1.0/content_threads?limit=10');
    for (const thread of mine.records) {
      const content = `content_id=${thread.last_content_id ?? thread.first_content_id}`;
      await server.api('POST', `/1.0/interventions?${content}`, undefined, token);
    }
    await nora.goTo('mine');
    await inOrder('Bob', 'Ann', 'Cid');
    await nora.open('Anybody there?');
    await nora.reply('Here I am');
    await until(async () => (await nora.page.getByTestId('row-waits').count()) === 0, 'nobody waits');
    // Who is looked at keeps their place until they are left; then they stand behind those who wait.
    assert.equal((await names())[0], 'Bob');
    await nora.open('Another question');
    await inOrder('Ann', 'Cid', 'Bob');
    const before = await heard();
    await bob('Where is my parcel?');
    await inOrder('Bob', 'Ann', 'Cid');
    await waits('Where is my parcel?').waitFor();
    await until(async () => (await heard()) > before, 'a sound for a word in mine');
  });

  await t.test('silence, and a notice while nobody looks', async () => {
    await menu('menu-me');
    const kept = (press) => Promise.all([nora.page.waitForResponse('**/console/profile/notifications'), press()]);
    await kept(() => nora.page.getByTestId('me-sound').getByLabel('nothing').click());
    await nora.page.getByTestId('try-notice').click();
    await until(async () => (await noted()).length === 1, 'a notice on trial');
    await nora.goTo('unassigned');
    const before = await heard();
    await nora.page.evaluate(() => Object.defineProperty(document, 'hidden', { value: true, configurable: true }));
    await (await visitor(server, live, 'Dan'))('Hello');
    await until(async () => (await noted()).includes('Dan waits in a live chat'), 'a notice');
    assert.equal(await heard(), before);
    await nora.page.evaluate(() => delete document.hidden);
    await nora.page.goto(`${server.url}/me`);
    assert.ok(await nora.page.getByTestId('me-sound').getByLabel('nothing').isChecked());
    await server.api('PUT', '/1.0/settings', { browser_notifications_disabled: true });
    await nora.page.reload();
    await nora.page.getByTestId('notices-off').waitFor();
    assert.equal(await nora.page.getByTestId('me-notices').count(), 0, 'the desk wants none');
  });

  assertWhole(nora.page);
});
