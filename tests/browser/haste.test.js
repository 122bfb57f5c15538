/** Quick hands and slow lines: nothing is done to another conversation than the one that it was asked of, and nothing written is lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, chat, agent, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await server.api('POST', '/1.0/categories', { name: 'Solved' });
  await makeUser(server, 'Nora', 'Lindholm');
  agent = new Agent(await person(browser), server);
  page = agent.page;
  await agent.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const get = (id) => page.getByTestId(id);
const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.dataset.testid);
const statusOf = async ({ message }) => (await server.api('GET', `/1.0/contents/${message.id}`)).status;
const said = (name) => `A question of ${name}`;

/** Conversations that wait in this order. */
async function waiting(...names) {
  const all = [];
  for (const name of names) all.push(await (await visitor(server, chat, name))(said(name)));
  return all;
}

/** Opens a conversation, and has the keys be for it. */
async function open({ thread }, name, folder = 'unassigned') {
  await page.goto(`${server.url}/inbox/${folder}/${thread.id}`);
  await agent.sees(said(name));
  await get('history').focus();
}

/** Holds requests back, to be let through or answered otherwise. */
async function hold(address, method) {
  const held = [];
  let open = false;
  await page.route(address, (route) => (!open && route.request().method() === method ? void held.push(route) : route.fallback()));
  return {
    some: () => until(() => held.length > 0, `a ${method} that is held`),
    async end(how = (route) => route.continue()) {
      open = true;
      // One may be wanted no more.
      for (const route of held.splice(0)) await how(route).catch(() => {});
      await page.unroute(address);
    },
  };
}

const refused = (route) => route.fulfill({ status: 422, json: { error: 'not_synchronized', message: 'no', status: 422 } });

test('done is asked about at once while a reply is under way, and does what was answered then', { timeout: 90_000 }, async () => {
  const [ann, bob] = await waiting('Ann', 'Bob');
  await open(ann, 'Ann');
  const line = await hold('**/1.0/interventions?*', 'POST');
  await get('composer').fill('An answer to Ann');
  await page.keyboard.press('Control+Shift+Enter');
  await line.some();
  // The keys are the dialog's, and nothing of them comes into the reply.
  await get('done-find').waitFor();
  await page.keyboard.type('x');
  assert.equal(await get('done-find').inputValue(), 'x');
  assert.equal(await get('composer').inputValue(), '');
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Enter');
  // What the server tells meanwhile has the page look again, as the end of the reply does: neither look is left out.
  const looks = await hold(`**/console/threads/${ann.thread.id}*`, 'GET');
  await line.end();
  await looks.some();
  await until(async () => (await statusOf(ann)) === 'replied', 'the answer to Ann is there');
  await looks.end();
  await agent.sees(said('Bob'));
  const { records } = await server.api('GET', `/1.0/interventions?thread_id=${ann.thread.id}`);
  assert.deepEqual(records.map(({ status }) => status), ['Closed'], 'it is done');
  assert.equal(await statusOf(bob), 'new');
  assertWhole(page);
});

test('a reply that comes back has nobody asked whether it is done', { timeout: 90_000 }, async () => {
  const [ida] = await waiting('Ida');
  await open(ida, 'Ida');
  const line = await hold('**/1.0/interventions?*', 'POST');
  await get('composer').fill('An answer to Ida');
  await page.keyboard.press('Control+Shift+Enter');
  await get('done-find').waitFor();
  await line.some();
  await line.end(refused);
  await get('composer-error').waitFor();
  await get('done-dialog').waitFor({ state: 'detached' });
  assert.equal(await get('composer').inputValue(), 'An answer to Ida');
  assert.equal(await statusOf(ida), 'new');
});

test('who has sent goes on writing, by whatever they have sent it', { timeout: 90_000 }, async () => {
  const [leo] = await waiting('Leo');
  await open(leo, 'Leo');
  await get('composer').fill('One');
  await get('send').click();
  await page.keyboard.type('also this');
  assert.equal(await get('composer').inputValue(), 'also this');
  await agent.isTaken();
  await get('composer').fill('');
  await page.keyboard.press('Escape');
  await page.keyboard.press('c');
  await page.keyboard.type('Between us');
  await page.keyboard.press('Control+Enter');
  await get('comment-card').filter({ hasText: 'Between us' }).waitFor();
  await until(async () => (await get('reply').getAttribute('aria-pressed')) === 'true', 'the next word is for the customer');
  assert.equal(await focused(), 'composer');
});

test('keys', { timeout: 120_000 }, async (t) => {
  await t.test('that are held act on one conversation alone', async () => {
    const [cid, dan] = await waiting('Cid', 'Dan');
    await open(cid, 'Cid');
    for (let time = 0; time < 8; time++) await page.keyboard.down('e');
    await agent.sees(said('Dan'));
    for (let time = 0; time < 8; time++) await page.keyboard.down('e');
    await page.keyboard.up('e');
    await page.keyboard.press('r');
    await until(async () => (await focused()) === 'composer', 'the field is ready');
    assert.deepEqual([await statusOf(cid), await statusOf(dan)], ['ignored', 'new']);
  });

  await t.test('that come while the next one opens wait for it, and letters for its field command nothing', async () => {
    const [eva, fay] = await waiting('Eva', 'Fay');
    const line = await hold(`**/console/threads/${fay.thread.id}`, 'GET');
    await open(eva, 'Eva');
    await page.keyboard.press('e');
    await page.waitForURL(`**/${fay.thread.id}`);
    await line.some();
    await page.keyboard.type('rest easy');
    await line.end();
    await agent.sees(said('Fay'));
    await until(async () => (await focused()) === 'composer', 'the field is ready');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    assert.ok(page.url().includes(`unassigned/${fay.thread.id}`));
    assert.equal(await statusOf(fay), 'new');
    await page.keyboard.type('Good day');
    assert.equal(await get('composer').inputValue(), 'Good day');
    await get('composer').fill('');
  });
  assertWhole(page);
});

test('what could not be sent', { timeout: 120_000 }, async (t) => {
  const [gus, hal] = await waiting('Gus', 'Hal');

  await t.test('is told to a writer who has moved on, and leads back', async () => {
    await open(gus, 'Gus', 'open');
    await agent.engage();
    const line = await hold('**/1.0/contents', 'POST');
    await get('composer').fill('An answer to Gus');
    await page.keyboard.press('Control+Enter');
    await line.some();
    await agent.open(said('Hal'));
    await line.end(refused);
    await get('toasts').filter({ hasText: 'Not sent to Gus' }).waitFor();
    await agent.row('Gus').getByTestId('row-unsent').waitFor();
    await shot(page, 'lost-reply');
    await get('toasts').getByRole('button', { name: 'Open' }).click();
    await get('composer-error').waitFor();
    assert.equal(await get('composer').inputValue(), 'An answer to Gus');
    await get('send').click();
    await agent.sees('An answer to Gus');
    await until(async () => (await get('row-unsent').count()) === 0, 'nothing is unsent');
  });

  await t.test('of a comment is joined with what was written since, and sent once', async () => {
    const keys = [];
    await page.route('**/console/threads/*/comments', (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      return keys.length < 2 ? route.abort() : route.continue();
    });
    await get('comment').click();
    await get('composer').fill('She asks often.');
    await get('send').click();
    await get('composer-error').waitFor();
    assert.equal(await get('composer').inputValue(), 'She asks often.');
    await get('retry').click();
    await get('comment-card').filter({ hasText: 'She asks often.' }).waitFor();
    assert.ok(keys[0]);
    assert.deepEqual(keys, [keys[0], keys[0]]);
    await page.unroute('**/console/threads/*/comments');
    const line = await hold('**/console/threads/*/comments', 'POST');
    await get('comment').click();
    await get('composer').fill('First.');
    await page.keyboard.press('Control+Enter');
    await line.some();
    await get('composer').fill('Second.');
    await line.end(refused);
    await get('composer-error').waitFor();
    assert.equal(await get('composer').inputValue(), 'First.\n\nSecond.');
    await get('composer').fill('');
    await get('reply').click();
  });

  await t.test('of a choice in a dialog is told in the dialog', async () => {
    await page.route('**/reassign?*', refused);
    await get('assign').click();
    await page.keyboard.press('Enter');
    await get('assign-dialog').getByRole('alert').waitFor();
    await shot(page, 'assign-refused');
    await page.unroute('**/reassign?*');
    await page.keyboard.press('Escape');
    await get('assign-dialog').waitFor({ state: 'detached' });
  });

  await t.test('and what is asked of a person goes with them', async () => {
    await agent.open(said('Hal'));
    await get('edit-person').click();
    await get('field-notes').fill('Of Hal');
    await page.goBack();
    await agent.sees(said('Gus'));
    await get('person-form').waitFor({ state: 'detached' });
    assert.equal(await statusOf(hal), 'new');
  });
  assertWhole(page);
});

test('who goes from one to the next that waits comes past all of them', { timeout: 90_000 }, async () => {
  for (const name of ['Ida', 'Jon', 'Kim']) {
    const [one] = await waiting(name);
    await server.api('POST', '/1.0/interventions', { content_id: one.message.id });
  }
  const { threads } = await server.api('GET', '/console/attention');
  const all = threads.filter((one) => one.waits).map((one) => one.id);
  assert.ok(all.length >= 3);
  await page.goto(`${server.url}/inbox/mine/${all[0]}`);
  await get('history').focus();
  const seen = [];
  for (const _ of all) {
    const from = page.url();
    await page.keyboard.press('n');
    await until(() => page.url() !== from, 'another one');
    await page.locator('[data-testid=thread-view][aria-busy=false]').waitFor();
    seen.push(page.url().split('/').pop());
  }
  assert.deepEqual(seen.toSorted(), all.toSorted());
  assertWhole(page);
});

test('what is marked as unread stays so while its reader stays', { timeout: 90_000 }, async () => {
  const [lea] = await waiting('Lea');
  const category = await server.api('POST', '/1.0/categories', { name: 'Orders', color: 3 });
  const row = agent.row(said('Lea'));
  await page.clock.install();
  await open(lea, 'Lea');
  await page.clock.fastForward(5_000);
  await until(async () => (await row.getByTestId('unread').count()) === 0, 'it is read');
  await page.keyboard.press('u');
  await row.getByTestId('unread').waitFor();
  await server.api('PUT', `/1.0/content_threads/${lea.thread.id}/update_categories`, { thread_category_ids: [category.id] });
  await get('marker').filter({ hasText: 'Orders' }).waitFor();
  await page.clock.fastForward(5_000);
  await page.keyboard.press('Escape');
  await get('no-thread').waitFor();
  assert.equal(await row.getByTestId('unread').count(), 1);
  assertWhole(page);
});

test('an answer is sent, and its conversation done or left for the next', { timeout: 90_000 }, async () => {
  const [max, ned] = await waiting('Max', 'Ned');
  await open(max, 'Max');
  await get('composer').fill('An answer to Max');
  await page.keyboard.press('Alt+Enter');
  await agent.sees(said('Ned'));
  await until(async () => (await statusOf(max)) === 'replied', 'the answer to Max is there');
  await get('composer').fill('An answer to Ned');
  await page.keyboard.press('Control+Shift+Enter');
  await get('done-dialog').waitFor();
  await agent.sees('An answer to Ned');
  await page.keyboard.press('Control+Enter');
  await until(async () => !page.url().endsWith(ned.thread.id), 'Ned has left');
  const { thread } = await server.api('GET', `/console/threads/${ned.thread.id}`);
  assert.equal(thread.state, 'done');
  assertWhole(page);
});
