/** All of the widget's scripts on pages that do not care about it: offers, texts, files, cards, commands, debugging, a live chat. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, person } from './support/browser.js';
import { HAZARDS } from './support/hazards.js';
import { HostileSite, says } from './support/hostile.js';
import { invitation, invites, item, offer, shows, trigger } from './support/offers.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let world, live;

before(async () => {
  world = await HostileSite.start();
  live = await makeChat(world.server, { name: 'Live', mode: 'live_chat' });
});

after(() => world?.stop());

const loader = (token) => `<script nonce="abc" src="${world.server.url}/chat/${token}/loader.js"></script>`;

/** A page with these parts, in French, that keeps what goes wrong on it. */
async function visit(parts, token, offers) {
  const page = await person(world.browser, { reducedMotion: 'reduce' });
  page.said = [];
  page.on('console', (message) => message.type() === 'error' && page.said.push(message.text()));
  if (offers) await offer(page.context(), offers);
  const body = (parts.body ?? '') + loader(token);
  return new Visitor(page).visit(world.add({ html: 'lang="fr"', ...parts, bare: true, body }));
}

const contents = async () => (await world.server.api('GET', '/1.0/contents?limit=50')).records;

async function answer(text, more) {
  const asked = await until(async () => (await contents()).find((one) => one.body === text), 'it is stored');
  await world.server.api('POST', '/1.0/contents', { in_reply_to_id: asked.id, ...more });
}

for (const [name, parts] of Object.entries(HAZARDS)) {
  test(`${name}: what is offered, files, cards, commands and the toolbar`, { timeout: 60_000 }, async () => {
    const offers = { triggers: [trigger(1, [shows(10), invites(12)])], items: [item(10), invitation(12)] };
    const visitor = await visit(parts(world.server.url), world.chat.token, offers);
    const { page } = visitor;
    await page.locator('.dimelo_chat_item_dismiss').waitFor({ state: 'attached' });
    await page.waitForFunction(() => document.querySelector('.dimelo_chat_item_dismiss')?.isConnected);
    await page.evaluate(() => document.querySelector('.dimelo_chat_item_dismiss').click());
    await page.evaluate(() => document.querySelector('.dimelo_chat_item .dimelo_chat_item_action').click());
    await visitor.sees('Welcome!');
    assert.equal(await page.getByTestId('composer').getAttribute('placeholder'), 'Écrivez un message…');
    const file = { name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('a list') };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.locator('.chip.done').waitFor();
    await says(visitor, `Hello, ${name}`);
    await visitor.message(`Hello, ${name}`).locator('a.file').waitFor();
    const items = [{ type: 'reply', title: 'Oui', payload: 'yes' }];
    await answer(`Hello, ${name}`, { structured_content: { type: 'template', title: 'A card', items } });
    await page.getByRole('button', { name: 'Oui' }).click();
    await visitor.hasState('Oui', 'sent');
    await page.evaluate(() => window._chatq.push(['_minimize']));
    await page.getByTestId('panel').waitFor({ state: 'hidden' });
    await page.evaluate(() => {
      window._chatq.push(['_open']);
      window.Hubbub.debug();
    });
    await page.getByTestId('debug-show').click();
    await page.locator('[data-hubbub-debug] .out').filter({ hasText: 'Trigger 1' }).waitFor();
    assert.equal((await page.evaluate(() => window.defined)) ?? 0, 0, 'the page is given no module');
    assert.deepEqual(page.said, [], 'nothing was refused');
    assertWhole(page);
    await page.context().close();
  });

  test(`${name}: a live chat`, { timeout: 60_000 }, async () => {
    const visitor = await visit(parts(world.server.url), live.token);
    const { page } = visitor;
    await page.getByTestId('launcher').click();
    await says(visitor, `Live, ${name}`);
    await answer(`Live, ${name}`, { body: 'Bonjour' });
    await visitor.sees('Bonjour');
    await page.getByTestId('quit').click();
    await page.getByTestId('end-yes').click();
    await page.getByTestId('end-frame').waitFor();
    await page.getByTestId('leave').click();
    await page.getByTestId('panel').waitFor({ state: 'hidden' });
    assert.deepEqual(page.said, [], 'nothing was refused');
    assertWhole(page);
    await page.context().close();
  });
}

test('in a frame of another page, everything works as well', { timeout: 60_000 }, async () => {
  const inner = world.add({ bare: true, body: snippet(world.server.url, live.token), html: 'lang="fr"' });
  const visitor = await world.visit({ bare: true, body: `<iframe src="${inner}" width="800" height="800"></iframe>` });
  const frame = visitor.page.frameLocator('iframe');
  await frame.getByTestId('launcher').click();
  await frame.getByTestId('composer').fill('From a frame of another page');
  await frame.getByTestId('composer').press('Enter');
  await frame.getByTestId('quit').click();
  await frame.getByTestId('end-yes').click();
  await frame.getByTestId('see-again').click();
  await frame.getByTestId('message').filter({ hasText: 'From a frame' }).waitFor();
  assertWhole(visitor.page);
});
