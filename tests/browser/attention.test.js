/** An inbox built on who waits: worked through by the keyboard alone, and nobody is overlooked. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeDispositions, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, chat, nora, omar, page, token;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await makeDispositions(server, ['Solved', 'Refunded', 'Passed on', 'No answer needed']);
  const [first, second] = [await makeUser(server, 'Nora', 'Lindholm'), await makeUser(server, 'Omar', 'Diallo')];
  token = await makeToken(server, first);
  nora = await new Agent(await person(browser), server).signIn(first);
  omar = await new Agent(await person(browser), server).signIn(second);
  page = nora.page;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const text = (id, on = page) => on.getByTestId(id).innerText();
const names = (on = page) => on.getByTestId('thread-row').locator('.name').allInnerTexts();
const parts = async () => (await page.getByTestId('list-section').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
const focused = () => page.evaluate(() => document.activeElement.closest('[data-testid]')?.dataset.testid ?? document.activeElement.tagName);
const says = (wanted, what) => until(async () => JSON.stringify(await what()) === JSON.stringify(wanted), JSON.stringify(wanted));

async function conversation(name, body) {
  const write = await visitor(server, chat, name);
  const { thread, message } = await write(body);
  return { thread: thread.id, content: message.id, say: (more) => write(more, thread.id) };
}

const take = (content) => server.api('POST', '/1.0/interventions', { content_id: content }, token);

test('conversations are worked through by keys alone', { timeout: 150_000 }, async (t) => {
  const people = ['Ann', 'Bob', 'Cid', 'Dan', 'Eve', 'Fay'];
  for (const name of people) await conversation(name, `A question of ${name}`);
  await says(people, names);
  await until(async () => (await text('count-unassigned')) === '6', 'the bar counts six');

  await t.test('from the list into the first one', async () => {
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await nora.sees('A question of Ann');
    await shot(page, 'attention-unassigned');
  });

  for (const [at, name] of people.slice(0, 4).entries()) {
    await t.test(`${name} is answered, and the next one is there`, async () => {
      await page.keyboard.press('t');
      await nora.isTaken();
      await page.keyboard.press('r');
      await page.keyboard.type(`An answer to ${name}`);
      await page.keyboard.press('Control+Enter');
      await nora.sees(`An answer to ${name}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('e');
      await page.getByTestId('done-find').waitFor();
      await until(async () => (await focused()) === 'done-find', 'the field has the keys');
      const keys = at === 0 ? ['s', 'o', 'l', 'v', 'Enter'] : ['1'];
      for (const key of keys) await page.keyboard.press(key);
      const solved = page.getByTestId('disposition-category').filter({ hasText: 'Solved' }).first();
      assert.equal(await solved.getAttribute('aria-selected'), 'true');
      await shot(page, 'attention-done');
      await page.keyboard.press('Enter');
      await nora.sees(`A question of ${people[at + 1]}`);
      await until(async () => (await focused()) === 'history', 'the keys are in the next conversation');
      assert.match(page.url(), /inbox\/unassigned\//);
      await says(people.slice(at + 1), names);
    });
  }

  await t.test('what nobody has is done with one key, and the last one says so', async () => {
    await nora.sees('A question of Eve');
    await page.keyboard.press('e');
    await nora.sees('A question of Fay');
    await until(async () => (await focused()) === 'history', 'the keys are in the next conversation');
    await says(['Fay'], names);
    await page.keyboard.press('j');
    await page.getByTestId('toasts').getByText('no other one').waitFor();
    await page.keyboard.press('e');
    await page.getByTestId('empty').first().waitFor();
    await until(async () => (await focused()) === 'list-title', 'the keys are at the empty folder');
    assert.match(page.url(), /inbox\/unassigned$/);
  });
  assertWhole(page);
});

test('what waits for me stands first, and unread is each one’s own', { timeout: 120_000 }, async (t) => {
  const [gus, hal, ida] = [
    await conversation('Gus', 'Gus asks'),
    await conversation('Hal', 'Hal asks'),
    await conversation('Ida', 'Ida asks'),
  ];
  for (const { content } of [gus, hal, ida]) await take(content);
  await nora.goTo('mine');
  await says(['Gus', 'Hal', 'Ida'], names);
  await says(['Waits for you 3'], parts);
  await until(async () => /^\(3\) /.test(await page.title()), 'the title counts them');

  await t.test('read, it waits behind what is not; answered, behind all', async () => {
    await nora.open('Gus asks');
    await until(async () => (await nora.row('Gus').getByTestId('unread').count()) === 0, 'Gus is read');
    await says(['Gus', 'Hal', 'Ida'], names);
    await nora.reply('An answer for Gus');
    await nora.sees('An answer for Gus');
    await says(['Gus', 'Hal', 'Ida'], names, 'what is looked at keeps its place');
    await page.getByTestId('history').focus();
    await page.keyboard.press('j');
    await nora.sees('Hal asks');
    await says(['Hal', 'Ida', 'Gus'], names);
    await says(['Waits for you 2', 'Waits for the customer 1'], parts);
    await until(async () => (await text('count-mine')) === '2', 'the bar too');
    await shot(page, 'attention-mine');
  });

  await t.test('a colleague has not read it for all that', async () => {
    await omar.goTo('open');
    await omar.row('Hal').getByTestId('unread').waitFor();
    await until(async () => (await nora.row('Hal').getByTestId('unread').count()) === 0, 'Nora has read it');
    assert.equal(await omar.row('Hal').getByTestId('unread').count(), 1);
  });

  await t.test('N goes to the next that waits, and U keeps it for later', async () => {
    await nora.goTo('done');
    await page.keyboard.press('n');
    await page.waitForURL(`**/inbox/mine/${ida.thread}`);
    await nora.sees('Ida asks');
    await page.keyboard.press('u');
    await page.getByTestId('toasts').getByText('Marked as unread').waitFor();
    await nora.row('Ida').getByTestId('unread').waitFor();
    assert.equal(await text('count-mine'), '2');
  });

  await t.test('deferred, it is under the day on which it comes back', async () => {
    await page.keyboard.press('s');
    await page.getByTestId('defer-dialog').waitFor();
    await page.keyboard.press('4');
    await page.getByTestId('defer-dialog').waitFor({ state: 'detached' });
    await nora.sees('Hal asks');
    await says(['Hal', 'Gus'], names);
    await page.keyboard.press('g');
    await page.keyboard.press('f');
    await says(['Ida'], names);
    await until(async () => (await parts()).length === 1, 'one day');
    await until(async () => (await text('count-deferred')) === '1', 'the bar counts it');
    await shot(page, 'attention-deferred');
  });

  await t.test('let go, it waits for somebody', async () => {
    await nora.goTo('mine');
    await nora.open('Hal asks');
    await page.keyboard.press('Shift+A');
    await nora.sees('An answer for Gus');
    await omar.goTo('unassigned');
    await omar.row('Hal asks').waitFor();
  });
  assertWhole(page);
  assertWhole(omar.page);
});

test('the list is comfortable or dense, and old addresses lead to what is there', { timeout: 90_000 }, async () => {
  for (const [was, is] of [['new', 'unassigned'], ['everyone', 'open'], ['closed', 'done']]) {
    await page.goto(`${server.url}/inbox/${was}?q=asks`);
    await page.waitForURL(`**/inbox/${is}?q=asks`);
  }
  await page.goto(`${server.url}/inbox/open`);
  await nora.row('Hal asks').waitFor();
  const heights = async () => [...new Set(await page.getByTestId('thread-row').evaluateAll((all) => all.map((one) => one.offsetHeight)))];
  assert.deepEqual(await heights(), [72]);
  await Promise.all([page.waitForResponse('**/console/profile'), page.keyboard.press('Shift+D')]);
  await until(async () => (await heights())[0] === 47, 'dense rows');
  await page.reload();
  await nora.row('Hal asks').waitFor();
  assert.deepEqual(await heights(), [47], 'it is kept');
  await shot(page, 'attention-dense');
  await page.getByTestId('density').click();
  await until(async () => (await heights())[0] === 72, 'comfortable rows');

  const widths = () => page.evaluate(() => ['.rail', '.list-pane', '.beside'].map((one) => Math.round(document.querySelector(one)?.getBoundingClientRect().width ?? 0)));
  await nora.open('Hal asks');
  for (const [width, expected] of [[820, [56, 320, 0]], [1280, [216, 336, 272]], [1440, [216, 364, 288]], [1920, [232, 400, 336]]]) {
    await page.setViewportSize({ width, height: 900 });
    await until(async () => JSON.stringify(await widths()) === JSON.stringify(expected), `${width}: ${expected}`);
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      await shot(page, `attention-${width}-${scheme}`);
    }
  }
  await page.keyboard.press('b');
  await until(async () => (await widths())[0] === 56, 'a narrow bar');
  await page.keyboard.press('b');
  await page.setViewportSize({ width: 375, height: 812 });
  await shot(page, 'attention-375');
  assertWhole(page);
});
