/** Several conversations at once: chosen by keys and by mouse, done together, taken back together; and tags. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeDispositions, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, chat, nora, page, omar, omarToken;
const said = {};

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  await makeDispositions(server, ['Solved', 'Refunded']);
  await server.api('POST', '/1.0/tags', { name: 'VIP' });
  const user = await makeUser(server, 'Nora', 'Lindholm');
  omar = await makeUser(server, 'Omar', 'Diallo');
  omarToken = await makeToken(server, omar);
  for (const name of ['Ada', 'Bob', 'Cyd', 'Dan', 'Eve']) {
    const write = await visitor(server, chat, name);
    said[name] = await write(`A question of ${name}`);
  }
  await server.api('POST', '/1.0/interventions', { content_id: said.Dan.message.id }, omarToken);
  nora = await new Agent(await person(browser), server).signIn(user);
  page = nora.page;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const get = (name) => page.getByTestId(name);
const toast = (text) => get('toasts').getByText(text).waitFor();
const names = () => page.locator('[data-testid=thread-row] .name').allInnerTexts();
const counted = (n) => get('several-count').filter({ hasText: new RegExp(`^${n} `) }).waitFor();
const state = async (name) => (await server.api('GET', `/console/threads/${said[name].thread.id}`)).thread.state;
const states = async (...all) => (await Promise.all(all.map(state))).join(' ');
/** The keys are for the list, at its first row. */
async function atTop(folder = 'unassigned') {
  await page.goto(`${server.url}/inbox/${folder}`);
  await get('thread-row').first().waitFor();
  await page.keyboard.press('j');
  await until(() => page.evaluate(() => document.activeElement?.dataset.testid === 'thread-row'), 'the keys are in the list');
}

test('several conversations', { timeout: 240_000 }, async (t) => {
  await t.test('are chosen by keys, and let go by Escape', async () => {
    await atTop();
    await page.keyboard.press('x');
    await counted(1);
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await counted(3);
    await page.keyboard.press('x');
    await counted(2);
    await page.keyboard.press('Control+a');
    await counted(4);
    await accessible(page);
    await shot(page, 'several');
    await page.keyboard.press('Escape');
    await get('several').waitFor({ state: 'detached' });
    assert.ok(page.url().endsWith('/inbox/unassigned'), 'one step out');
  });

  await t.test('and by mouse: one, and with Shift all up to another', async () => {
    const boxes = get('choose');
    await get('thread-row').first().hover();
    await boxes.nth(0).click();
    await counted(1);
    await boxes.nth(2).click({ modifiers: ['Shift'] });
    await counted(3);
    await get('thread-row').nth(3).click({ modifiers: ['Shift'] });
    await counted(4);
    assert.ok(page.url().endsWith('/inbox/unassigned'), 'choosing opens nothing');
    await get('several-clear').click();
    await get('several').waitFor({ state: 'detached' });
  });

  await t.test('are done together, and one Z takes all of it back', async () => {
    await atTop();
    await page.keyboard.press('Control+a');
    await counted(4);
    await page.keyboard.press('e');
    await get('several-ask-dialog').waitFor();
    await accessible(page);
    await page.keyboard.press('Control+Enter');
    await toast('4 conversations: Done');
    assert.equal(await states('Ada', 'Bob', 'Cyd', 'Eve'), 'done done done done');
    await until(async () => (await names()).length === 0, 'they have left the folder');
    await page.keyboard.press('z');
    await toast('4 conversations: Taken back');
    assert.equal(await states('Ada', 'Bob', 'Cyd', 'Eve'), 'unassigned unassigned unassigned unassigned');
    await until(async () => (await names()).length === 4, 'they are back');
  });

  await t.test('keys that come at once are for what they open', async () => {
    await atTop();
    // No wait between the keys: what does it may not be there yet.
    await page.keyboard.press('x');
    await page.keyboard.press('a');
    await get('several-assign-dialog').waitFor();
    await page.keyboard.type('Omar');
    await page.keyboard.press('Enter');
    await toast('1 conversation: Assigned to Omar Diallo').catch(async (error) => {
      throw new Error(`${error.message}: ${await get('toasts').innerText()}`);
    });
    await get('toast-act').click();
    await toast('1 conversation: Taken back');
    assert.equal(await states('Ada', 'Bob', 'Cyd', 'Eve'), 'unassigned unassigned unassigned unassigned');
  });

  await t.test('to whom it cannot be done is said by name, before and after', async () => {
    await server.api('POST', '/1.0/interventions', { content_id: said.Eve.message.id }, omarToken);
    await atTop('open');
    await page.keyboard.press('Control+a');
    await counted(5);
    await page.keyboard.press('e');
    const left = get('several-ask-dialog').getByTestId('several-left');
    await left.getByText('Dan: Omar Diallo has it, and you may not change that.').waitFor();
    await left.getByText('Eve: Omar Diallo has it').waitFor();
    await page.keyboard.press('Control+Enter');
    await toast('3 conversations: Done');
    await toast('2 conversations were left out');
    await get('toasts').getByRole('button', { name: 'Show' }).click();
    const dialog = get('several-left-dialog');
    await dialog.getByRole('link', { name: 'Dan' }).waitFor();
    await accessible(page);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('z');
    await toast('3 conversations: Taken back');
  });

  await t.test('are tagged together; the list shows it, and the search finds it', async () => {
    await atTop();
    await page.keyboard.press('Control+a');
    await counted(3);
    await page.keyboard.press('Shift+L');
    await get('several-ask-dialog').waitFor();
    await page.keyboard.type('vip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await toast('3 conversations: Tags added');
    await until(async () => (await get('thread-row').getByTestId('tag').count()) === 3, 'the rows have it');
    await get('search').fill('tag:vip');
    await get('search-everywhere').click();
    await until(async () => (await names()).length === 3, 'all that have it');
    await page.goto(`${server.url}/inbox/open/${said.Ada.thread.id}`);
    await nora.sees('A question of Ada');
    await page.getByTestId('marker').filter({ hasText: 'You tagged it VIP' }).waitFor();
    await page.locator('[data-testid=thread-view]').getByTestId('tag').click();
    await until(async () => (await names()).length === 3, 'the tag leads to all that have it');
  });

  await t.test('one is tagged by its key, too', async () => {
    await page.goto(`${server.url}/inbox/open/${said.Ada.thread.id}`);
    await nora.sees('A question of Ada');
    await get('history').focus();
    await page.keyboard.press('Shift+L');
    await get('tags-dialog').waitFor();
    await accessible(page);
    await page.keyboard.type('vip');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await toast('Ada: Tags saved');
    await page.getByTestId('marker').filter({ hasText: 'You took the tag VIP off' }).waitFor();
    await page.keyboard.press('z');
    await toast('Ada: Taken back');
    await page.locator('[data-testid=thread-view]').getByTestId('tag').waitFor();
  });

  await t.test('in French, and on a phone', async () => {
    const french = await new Agent(await person(browser, { width: 375, height: 800, locale: 'fr-FR', hasTouch: true }), server).signIn(ADMIN);
    await french.page.evaluate(() => localStorage.setItem('hubbub:console:locale', 'fr'));
    await french.page.goto(`${server.url}/inbox/unassigned`);
    await french.page.getByTestId('choose-several').tap();
    await french.page.getByTestId('choose').first().tap();
    await french.page.getByTestId('several-count').filter({ hasText: '1 choisie' }).waitFor();
    await french.page.getByRole('button', { name: 'Terminer' }).tap();
    await french.page.getByRole('heading', { name: 'Terminer 1 conversation' }).waitFor();
    await accessible(french.page);
    await shot(french.page, 'several-phone');
    assertWhole(french.page);
    await french.page.context().close();
  });

  assertWhole(page);
});
