/** Where a reader stands: at the first word that is new, in a list that holds still, and at once in the next conversation. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { accessible } from './support/accessible.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, chat, user, nora, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  user = await makeUser(server, 'Nora', 'Lindholm');
  nora = await new Agent(await person(browser), server).signIn(user);
  page = nora.page;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function conversation(name, body) {
  const write = await visitor(server, chat, name);
  const { thread } = await write(body);
  return { thread: thread.id, say: (more) => write(more, thread.id) };
}

const names = () => page.getByTestId('thread-row').locator('.name').allInnerTexts();
const says = (wanted, what) => until(async () => JSON.stringify(await what()) === JSON.stringify(wanted), JSON.stringify(wanted));
const isRead = (name) => until(async () => (await nora.row(name).getByTestId('unread').count()) === 0, `${name} is read`);
const inView = (element) =>
  element.evaluate((one) => {
    const [at, within] = [one.getBoundingClientRect(), one.closest('[data-testid=history]').getBoundingClientRect()];
    return at.top >= within.top && at.bottom <= within.bottom;
  });

test('a conversation opens at what is new, and is read once its end was seen', { timeout: 120_000 }, async (t) => {
  const ann = await conversation('Ann', 'A first word');
  await conversation('Ben', 'A word of Ben');
  for (let number = 1; number <= 12; number++) await ann.say(`Before ${number}\n\nsome\nlines`);
  await nora.open('Before 12');
  await isRead('Ann');
  assert.equal(await page.getByTestId('new-line').count(), 0, 'nothing stands above what is all new');
  await nora.open('A word of Ben');
  for (let number = 1; number <= 12; number++) await ann.say(`After ${number}\n\nsome\nlines`);
  await nora.open('After 12');

  assert.equal(await page.getByTestId('list-news').count(), 0, 'who only goes through the list is told of nothing');
  await t.test('at the line above the first new word', async () => {
    await until(() => inView(page.getByTestId('new-line')), 'the line is in view');
    assert.ok(await inView(nora.message('After 1\n').first()), 'and what it stands above');
    assert.ok(!(await inView(nora.message('After 12'))), 'the end is not');
    const order = await page.locator('[data-testid=message], [data-testid=new-line]').evaluateAll((all) => {
      const at = all.findIndex((one) => one.dataset.testid === 'new-line');
      return [all[at - 1].innerText, all[at + 1].innerText];
    });
    assert.match(order[0], /Before 12/);
    assert.match(order[1], /After 1\b/);
    await shot(page, 'reading-new');
  });

  await t.test('a button counts what is below, and what comes', async () => {
    const news = page.getByTestId('history-news');
    assert.equal(await news.innerText(), '12 new');
    await ann.say('One more');
    await until(async () => (await news.innerText()) === '13 new', 'thirteen');
    assert.equal(await nora.row('Ann').getByTestId('unread').count(), 1, 'whose end was not seen is not read');
    await accessible(page);
    await news.click();
    await until(() => inView(nora.message('One more')), 'the end is in view');
    assert.equal(await news.count(), 0);
    await isRead('Ann');
    assert.equal(await page.getByTestId('new-line').count(), 1, 'the line stays until one leaves');
  });

  await t.test('a key goes back to it', async () => {
    await page.getByTestId('history').focus();
    await page.keyboard.press('Shift+N');
    await until(() => inView(page.getByTestId('new-line')), 'the line is in view again');
    await nora.open('A word of Ben');
    await nora.open('One more');
    assert.equal(await page.getByTestId('new-line').count(), 0, 'it is not new any more');
    await until(() => inView(nora.message('One more')), 'read conversations open at their ends');
  });
  assertWhole(page);
});

test('the next conversation is there before it is asked for, and never more than one', { timeout: 90_000 }, async () => {
  for (const name of ['Cid', 'Dan', 'Eve']) await conversation(name, `A word of ${name}`);
  await nora.goTo('unassigned');
  const [asked, held] = [[], []];
  await page.route(/\/console\/threads\/[0-9a-f]{24}$/, (route) => {
    asked.push(new URL(route.request().url()).pathname.split('/').pop());
    if (held.length) held.push(route);
    else void route.continue();
  });
  const idOf = (name) => nora.row(`A word of ${name}`).getAttribute('data-thread-id');
  const [cid, dan, eve] = await Promise.all(['Cid', 'Dan', 'Eve'].map(idOf));
  const ahead = page.waitForResponse(`**/console/threads/${dan}`);
  await nora.open('A word of Cid');
  await (await ahead).finished();
  assert.ok(!asked.includes(eve), 'and no other one');
  const viewers = await server.api('GET', `/console/threads/${dan}`);
  assert.deepEqual(viewers.viewers, [], 'nobody is shown to look at it');

  // From now on no answer comes.
  held.push(null);
  await page.getByTestId('history').focus();
  await page.keyboard.press('j');
  await nora.sees('A word of Dan');
  assert.equal(await page.getByTestId('thread-view').getAttribute('data-thread-id'), dan);
  assert.ok(asked.includes(cid));
  await page.unroute(/\/console\/threads\/[0-9a-f]{24}$/);
  await Promise.all(held.map((route) => route?.continue().catch(() => {})));
  assertWhole(page);
});

test('nothing moves under the hands of who is at the list', { timeout: 90_000 }, async () => {
  const [fay, gus] = [await conversation('Fay', 'A word of Fay'), await conversation('Gus', 'A word of Gus')];
  await nora.goTo('open');
  await until(async () => (await names())[0] === 'Gus', 'newest activity first');
  const before = await names();
  const list = await page.locator('.list-pane').boundingBox();
  let step = 0;
  /** Somebody moves the pointer over the list until something is so. */
  const pointing = (check, what) =>
    until(async () => {
      await page.mouse.move(list.x + 60 + (step++ % 20), list.y + 300);
      return check();
    }, what);
  const pill = page.getByTestId('list-news');
  // The order of a list goes by seconds.
  const second = () => Math.floor(Date.now() / 1000);
  let last = second();
  await pointing(() => second() > last, 'the pointer is there, and a second has passed');
  await fay.say('More of Fay');
  await pointing(async () => (await pill.count()) > 0, 'a button says that something is new');
  assert.equal(await pill.innerText(), '1 with something new');
  await pointing(async () => (await nora.row('More of Fay').count()) > 0, 'the row has the new words');
  assert.deepEqual(await names(), before, 'and stands where it stood');
  await shot(page, 'reading-list');
  await page.keyboard.press('.');
  await until(async () => (await names())[0] === 'Fay', 'it is taken in by a key');
  assert.equal(await pill.count(), 0);
  last = second();
  await until(() => second() > last, 'another second');
  await gus.say('More of Gus');
  await page.mouse.move(list.x + list.width + 300, list.y + 300);
  await until(async () => (await names())[0] === 'Gus', 'it comes by itself to who is elsewhere');
  assertWhole(page);
});

test('the console looks at every machine as its agent left it', { timeout: 90_000 }, async () => {
  const kept = (press) => Promise.all([page.waitForResponse('**/console/profile'), press()]);
  await kept(() => page.keyboard.press('Shift+D'));
  await kept(() => page.keyboard.press('b'));
  const other = await new Agent(await person(browser), server).signIn(user);
  await other.goTo('open');
  await other.row('More of Gus').waitFor();
  assert.equal(await other.row('More of Gus').evaluate((row) => row.offsetHeight), 47, 'dense rows');
  const bar = () => other.page.locator('.rail').evaluate((rail) => Math.round(rail.getBoundingClientRect().width));
  assert.equal(await bar(), 56, 'a narrow bar');
  assertWhole(page);
  assertWhole(other.page);
});
