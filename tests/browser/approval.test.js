/** A reply that needs a second look: its author waits, a supervisor decides, and only then the customer sees it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser } from './support/world.js';

let server, browser, site, nora, olga, ada;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server);
  site = await Site.start(snippet(server.url, chat.token));
  const [junior, supervisor] = [await makeUser(server, 'Nora', 'Lindholm'), await makeUser(server, 'Olga', 'Novak', 'Administrator')];
  await server.api('PUT', `/1.0/users/${junior.id}/sources_permissions`, { [chat.id]: 'read,reply,approval_required' });
  nora = new Agent(await person(browser), server);
  olga = new Agent(await person(browser), server);
  ada = new Visitor(await person(browser, { width: 1000, height: 700 }));
  await Promise.all([nora.signIn(junior), olga.signIn(supervisor)]);
  await ada.visit(site.url);
  await ada.openChat();
  await ada.say('Can I have my money back?');
  await nora.open('my money back');
  await nora.engage();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const waiting = (agent, text) => agent.message(text).getByTestId('approval');

test('a reply that waits for approval', { timeout: 120_000 }, async (t) => {
  await t.test('is refused, and its author reads why', async () => {
    await nora.reply('No.');
    await waiting(nora, 'No.').waitFor();
    await olga.goTo('to_approve');
    await olga.open('No.');
    await shot(olga.page, 'approval');
    await waiting(olga, 'No.').getByTestId('refuse').click();
    await olga.page.getByTestId('refuse-reason').fill('Please be kind.');
    await olga.page.getByTestId('confirm-refuse').click();
    await waiting(nora, 'No.').filter({ hasText: 'Please be kind.' }).waitFor();
  });

  await t.test('goes back into the composer of its author, with its file, and of nobody else', async () => {
    const receipt = { name: 'receipt.png', mimeType: 'image/png', buffer: Buffer.from('Paid') };
    await nora.reply('See the receipt.', [receipt]);
    await waiting(nora, 'See the receipt.').waitFor();
    await waiting(olga, 'See the receipt.').getByTestId('refuse').click();
    await olga.page.getByTestId('confirm-refuse').click();
    await waiting(nora, 'See the receipt.').getByTestId('take-up').click();
    const ready = nora.page.getByTestId('draft-files').locator('li[data-state=ready]').filter({ hasText: 'receipt.png' });
    await ready.waitFor();
    assert.equal(await nora.page.getByTestId('composer').inputValue(), 'See the receipt.');
    await shot(nora.page, 'approval-taken-up');
    assert.equal(await waiting(olga, 'See the receipt.').getByTestId('take-up').count(), 0);
    await nora.page.getByRole('button', { name: 'Remove receipt.png' }).click();
  });

  await t.test('is approved, and goes out', async () => {
    await nora.reply('Of course: it is on its way.');
    await waiting(nora, 'Of course').waitFor();
    assert.equal(await waiting(nora, 'Of course').getByTestId('approve').count(), 0, 'nobody approves their own');
    assert.deepEqual(await ada.texts(), ['Can I have my money back?']);
    await waiting(olga, 'Of course').getByTestId('approve').click();
    await ada.sees('Of course: it is on its way.');
    await nora.hasState('Of course', 'sent');
    await waiting(nora, 'Of course').waitFor({ state: 'detached' });
    assert.deepEqual(await ada.texts(), ['Can I have my money back?', 'Of course: it is on its way.']);
  });

  await t.test('is sent only with consent when somebody else has the conversation by then', async () => {
    await nora.reply('And a voucher, too.');
    await waiting(nora, 'And a voucher').waitFor();
    const omar = await makeUser(server, 'Omar', 'Diallo');
    const { records } = await server.api('GET', '/1.0/interventions');
    await server.api('PUT', `/1.0/interventions/${records[0].id}/reassign`, { user_id: omar.id });
    await waiting(olga, 'And a voucher').getByTestId('approve').click();
    const conflict = waiting(olga, 'And a voucher').getByTestId('approval-conflict');
    await conflict.filter({ hasText: 'Omar Diallo' }).waitFor();
    await shot(olga.page, 'approval-conflict');
    assert.equal((await ada.texts()).length, 2);
    await waiting(olga, 'And a voucher').getByTestId('approve-anyway').click();
    await ada.sees('And a voucher, too.');
  });

  for (const { page } of [nora, olga, ada]) assertWhole(page);
});
