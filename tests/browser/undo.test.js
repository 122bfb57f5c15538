/** What was just done is taken back, by the keyboard: wholly, or not at all and it is said why. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeDispositions, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, chat, nora, page, tokens, users;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await makeDispositions(server, ['Solved', 'Refunded']);
  users = [await makeUser(server, 'Nora', 'Lindholm'), await makeUser(server, 'Omar', 'Diallo')];
  tokens = [await makeToken(server, users[0]), await makeToken(server, users[1])];
  nora = await new Agent(await person(browser), server).signIn(users[0]);
  page = nora.page;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function conversation(name, body) {
  const write = await visitor(server, chat, name);
  const { thread, message } = await write(body);
  return { thread: thread.id, content: message.id, say: (more) => write(more, thread.id) };
}

const state = (wanted) => page.getByTestId('thread-state').filter({ hasText: wanted }).waitFor();
const toast = (text) => page.getByTestId('toasts').getByText(text).waitFor();
const focused = () => page.evaluate(() => document.activeElement.closest('[data-testid]')?.dataset.testid ?? document.activeElement.tagName);
const deeds = () => page.getByTestId('marker').evaluateAll((all) => all.map((one) => one.dataset.what));

/** Opens a conversation, and has the keys be for it. */
async function open({ thread }, text) {
  await page.goto(`${server.url}/inbox/unassigned/${thread}`);
  await nora.sees(text);
  await page.getByTestId('history').focus();
}

test('what one has just done', { timeout: 120_000 }, async (t) => {
  const [ann, bob] = [await conversation('Ann', 'A question of Ann'), await conversation('Bob', 'A question of Bob')];

  await t.test('is taken back by Z, and stands on one line that opens', async () => {
    await open(ann, 'A question of Ann');
    await page.keyboard.press('t');
    await state('Yours');
    await page.getByTestId('toast-act').waitFor();
    await page.keyboard.press('z');
    await toast('Taken back');
    await state('Unassigned');
    const fold = page.getByTestId('fold');
    await fold.filter({ hasText: 'You took back taking it' }).waitFor();
    assert.deepEqual(await deeds(), []);
    await fold.focus();
    await page.keyboard.press('Enter');
    await until(async () => (await deeds()).join(' ') === 'opened undone', 'both lines');
    await page.getByText('You took it', { exact: true }).waitFor();
    await shot(page, 'undo-history');
  });

  await t.test('once, and never more than there was', async () => {
    await page.keyboard.press('z');
    await toast('Nothing to take back');
  });

  await t.test('and leads back to the conversation that had left', async () => {
    await page.getByTestId('history').focus();
    await page.keyboard.press('t');
    await state('Yours');
    await page.keyboard.press('s');
    await page.getByTestId('defer-dialog').waitFor();
    await page.keyboard.press('3');
    await toast('Deferred');
    await until(async () => !page.url().endsWith(ann.thread), 'it has left');
    await page.keyboard.press('z');
    await until(async () => page.url().endsWith(ann.thread), 'it is back');
    await state('Yours');
    await until(async () => (await focused()) === 'history', 'and has the keys');
  });

  await t.test('also done, without an answer and with one', async () => {
    await page.keyboard.press('e');
    await page.getByTestId('no-reply-warning').waitFor();
    await page.keyboard.press('Enter');
    await state('Done');
    await page.keyboard.press('z');
    await state('Yours');
    await server.api('POST', '/1.0/contents', { in_reply_to_id: ann.content, body: 'An answer to Ann' }, tokens[0]);
    await nora.sees('An answer to Ann');
    await page.keyboard.press('e');
    await page.getByTestId('done-dialog').waitFor();
    await page.keyboard.type('Solved');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await state('Done');
    await page.keyboard.press('z');
    await state('Yours');
  });

  await t.test('but not over somebody else, who is named', async () => {
    await page.keyboard.press('Shift+A');
    await state('Unassigned');
    await server.api('POST', '/1.0/interventions', { content_id: ann.content }, tokens[1]);
    await state('Omar');
    await page.keyboard.press('z');
    await toast('Not taken back: Omar Diallo has taken it.');
  });

  await t.test('by its button, which a Tab away from nothing reaches', async () => {
    await open(bob, 'A question of Bob');
    await page.keyboard.press('t');
    await state('Yours');
    await page.getByTestId('toast-act').focus();
    await page.keyboard.press('Enter');
    await state('Unassigned');
    await until(async () => (await page.getByTestId('toast-act').count()) === 0, 'nothing more is offered');
  });
  assertWhole(page);
});

test('what one person does within a minute folds, and says You to its reader', { timeout: 60_000 }, async () => {
  const { thread, content } = await conversation('Cid', 'A question of Cid');
  const api = (method, path, body, token = tokens[1]) => server.api(method, path, body, token);
  await open({ thread }, 'A question of Cid');
  const { id } = await api('POST', '/1.0/interventions', { content_id: content });
  const until_ = new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+Z$/, 'Z');
  await api('PUT', `/1.0/interventions/${id}/defer`, { deferred_at: until_ });
  await page.getByText(/^Omar Diallo deferred it until/).waitFor();
  await page.getByText('Omar Diallo took it', { exact: true }).waitFor();
  await api('POST', '/1.0/interventions', { content_id: content });
  await page.getByTestId('fold').filter({ hasText: 'Omar Diallo did 3 things' }).waitFor();
  await page.getByTestId('fold').focus();
  await page.keyboard.press('Enter');
  await until(async () => (await deeds()).join(' ') === 'opened deferred resumed', 'all three');
  await api('PUT', `/1.0/interventions/${id}/reassign`, { user_id: users[0].id });
  await page.getByText('Omar Diallo gave it to you', { exact: true }).waitFor();
  assertWhole(page);
});
