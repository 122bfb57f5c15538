/** Comments on conversations that nobody has, and whom they mention: by keys alone, on a phone, in French. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, users, nora, omar, threads;

/** What the browser would let be heard, counted. */
function listen() {
  window.heard = 0;
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
}

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server);
  users = {
    nora: await makeUser(server, 'Nora', 'Lindholm'),
    omar: await makeUser(server, 'Omar', 'Diallo'),
    odette: await makeUser(server, 'Odette', 'Maçon', 'Agent', { locale: 'fr' }),
  };
  await server.api('POST', '/1.0/teams', { name: 'Orders', user_ids: [users.omar.id], leader_ids: [] });
  threads = {};
  for (const name of ['Ada', 'Bob', 'Cleo']) threads[name] = (await (await visitor(server, chat, name))(`A question of ${name}`)).thread.id;
  nora = await new Agent(await person(browser), server).signIn(users.nora);
  const page = await person(browser);
  await page.addInitScript(listen);
  omar = await new Agent(page, server).signIn(users.omar);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const field = ({ page }) => page.getByTestId('composer');
const list = ({ page }) => page.getByTestId('mention-list');
const names = async (agent) => list(agent).getByTestId('option').locator('.truncate:not(.hint)').allInnerTexts();
const active = ({ page }) =>
  field({ page }).evaluate((element) => document.getElementById(element.getAttribute('aria-activedescendant'))?.innerText ?? null);
async function open(agent, name, folder = 'open') {
  await agent.page.goto(`${server.url}/inbox/${folder}/${threads[name]}`);
  await agent.sees(`A question of ${name}`);
  await field(agent).waitFor();
}
const card = ({ page }, text) => page.getByTestId('comment-card').filter({ hasText: text });

test('who is mentioned', { timeout: 240_000 }, async (t) => {
  await t.test('is found by keys, in a conversation that nobody has', async () => {
    await open(nora, 'Ada');
    await nora.page.getByTestId('history').focus();
    await nora.page.keyboard.press('c');
    await nora.page.keyboard.type('See ann@shop.test, @');
    await list(nora).waitFor();
    // By name; oneself is not offered.
    const all = await names(nora);
    assert.deepEqual(all.filter((name) => !/^Admin/.test(name)), ['Odette Maçon', 'Omar Diallo', 'Orders']);
    await nora.page.keyboard.type('o');
    assert.deepEqual(await names(nora), ['Odette Maçon', 'Omar Diallo', 'Orders']);
    await until(async () => /Odette/.test(await active(nora)), 'the field says which one');
    await accessible(nora.page);
    await shot(nora.page, 'mention-list');
    await nora.page.keyboard.press('ArrowDown');
    await until(async () => /Omar/.test(await active(nora)), 'arrows go on');
    await nora.page.keyboard.press('Escape');
    await list(nora).waitFor({ state: 'detached' });
    assert.equal(await field(nora).evaluate((element) => element === document.activeElement), true, 'Escape closes the list alone');
    await nora.page.keyboard.type('m');
    assert.equal(await list(nora).count(), 0, 'what is left stays a text');
    await nora.page.keyboard.press('Control+a');
    await nora.page.keyboard.type('Look, @oma');
    await list(nora).waitFor();
    await nora.page.keyboard.press('Enter');
    assert.equal(await field(nora).inputValue(), 'Look, @Omar Diallo ');
    await nora.page.keyboard.type('and @ord');
    await list(nora).waitFor();
    await nora.page.keyboard.press('Tab');
    assert.equal(await field(nora).inputValue(), 'Look, @Omar Diallo and @Orders ');
    // What is written is kept, with whom it is to reach.
    await until(async () => {
      const { draft } = await nora.page.evaluate(async (id) => (await fetch(`/console/threads/${id}`)).json(), threads.Ada);
      return draft?.draft.mentions?.length === 2;
    }, 'the draft has both');
    await nora.page.reload();
    await field(nora).waitFor();
    await nora.page.getByTestId('comment').click();
    await until(async () => /@Omar Diallo and @Orders/.test(await field(nora).inputValue()), 'the draft is back');
    await field(nora).press('End');
    await nora.page.keyboard.type('please');
    await nora.page.keyboard.press('Control+Enter');
    await card(nora, 'Look, @Omar Diallo and @Orders please').waitFor();
    assert.equal(await nora.page.getByTestId('thread-state').getAttribute('data-state'), 'unassigned');
    const { comments } = await nora.page.evaluate(async (id) => (await fetch(`/console/threads/${id}`)).json(), threads.Ada);
    assert.match(comments[0].body, new RegExp(`^Look, @\\[${users.omar.id}\\] and @\\[[0-9a-f]{24}\\] please$`));
    await accessible(nora.page);
  });

  await t.test('finds it in the list, by the bell and by a sound', async () => {
    const row = omar.row('Ada');
    await omar.goTo('open');
    await row.getByTestId('row-mention').waitFor();
    assert.match(await row.innerText(), /Mentions you/);
    await row.getByTestId('unread').waitFor();
    await until(async () => (await omar.page.evaluate(() => window.heard)) > 0, 'it was heard');
    await accessible(omar.page);
    await shot(omar.page, 'mention-row');
    await open(nora, 'Bob');
    await nora.page.getByTestId('comment').click();
    await field(nora).pressSequentially('@omar');
    await list(nora).getByTestId('option').first().click();
    await nora.page.getByTestId('send').click();
    await card(nora, '@Omar Diallo').waitFor();
    await omar.page.getByTestId('search').fill('mentions:me');
    await until(async () => (await omar.page.getByTestId('thread-row').count()) === 2, 'both are found');
    await omar.page.getByTestId('search').fill('');

    await omar.page.getByTestId('bell').click();
    const told = omar.page.getByTestId('told').filter({ hasText: 'Ada' });
    await told.waitFor();
    assert.match(await told.innerText(), /Nora Lindholm mentioned you in the conversation with Ada\s+Look, @Omar Diallo and @Orders please/);
    await accessible(omar.page);
    await told.focus();
    await omar.page.keyboard.press('Enter');
    await omar.sees('A question of Ada');
    await until(
      async () => card(omar, 'Look, ').evaluate((element) => element === document.activeElement),
      'the keys are where they were mentioned',
    );
    // Read, it is a conversation like others.
    await row.getByTestId('row-mention').waitFor({ state: 'detached' });
    await omar.page.getByTestId('search').fill('please');
    await until(async () => (await omar.page.getByTestId('thread-row').count()) === 1, 'the search finds the comment');
    await omar.page.getByTestId('search').fill('');
  });

  await t.test('who has written a comment takes it away, and nobody else can', async () => {
    await open(nora, 'Bob');
    await open(omar, 'Bob');
    assert.equal(await card(omar, '@Omar Diallo').getByTestId('remove-comment').count(), 0);
    await card(nora, '@Omar Diallo').getByTestId('remove-comment').focus();
    await nora.page.keyboard.press('Enter');
    await nora.page.getByTestId('confirm').waitFor();
    await accessible(nora.page);
    await shot(nora.page, 'comment-remove');
    await nora.page.getByTestId('confirm').click();
    for (const one of [nora, omar]) await card(one, '@Omar Diallo').waitFor({ state: 'detached' });
    await until(async () => nora.page.evaluate(() => document.activeElement?.dataset.testid === 'history'), 'the keys have a place');
  });

  await t.test('on a phone, and in French', async () => {
    const page = await person(browser, { width: 375, height: 720, locale: 'fr-FR', hasTouch: true });
    const agent = await new Agent(page, server).signIn(users.odette);
    await open(agent, 'Cleo');
    await page.getByTestId('comment').click();
    await field(agent).pressSequentially('@');
    await list(agent).waitFor();
    // Who has commented on it would stand first; nobody has.
    assert.ok((await names(agent)).includes('Nora Lindholm'));
    await assertWhole(page);
    await accessible(page);
    await shot(page, 'mention-phone');
    await field(agent).pressSequentially('nor');
    await list(agent).getByTestId('option').first().tap();
    assert.equal(await field(agent).inputValue(), '@Nora Lindholm ');
    await page.getByTestId('send').click();
    await card(agent, '@Nora Lindholm').waitFor();
    await assertWhole(page);

    await open(nora, 'Cleo');
    await nora.page.getByTestId('comment').click();
    await field(nora).pressSequentially('@');
    await list(nora).waitFor();
    assert.equal((await names(nora))[0], 'Odette Maçon', 'who has commented on it stands first');
    await field(nora).pressSequentially('ode');
    await nora.page.keyboard.press('Enter');
    await nora.page.keyboard.press('Control+Enter');
    await card(nora, '@Odette Maçon').waitFor();
    await page.goto(`${server.url}/inbox/open`);
    await agent.row('Cleo').getByTestId('row-mention').waitFor();
    assert.match(await agent.row('Cleo').innerText(), /Vous mentionne/);
    await accessible(page);
    await shot(page, 'mention-phone-row');
  });
});

test('tags that stay as they were are no act', { timeout: 60_000 }, async () => {
  await open(nora, 'Ada');
  await nora.page.getByTestId('thread-menu').click();
  await nora.page.getByTestId('menu-tags').click();
  await nora.page.getByTestId('save-tags').click();
  await nora.page.getByTestId('tags-dialog').waitFor({ state: 'detached' });
  assert.equal(await nora.page.getByTestId('toasts').innerText(), '');
});
