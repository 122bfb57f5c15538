/** A live chat, from both sides: the visitor waits, is served, ends it, looks at it again and leaves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser } from './support/world.js';

let server, browser, site, visitor, nora;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server, { mode: 'live_chat' });
  site = await Site.start(snippet(server.url, chat.token));
  visitor = new Visitor(await person(browser));
  nora = new Agent(await person(browser), server);
  await Promise.all([nora.signIn(await makeUser(server, 'Nora', 'Lindholm')), visitor.visit(site.url)]);
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const note = (text) => visitor.page.getByTestId('note').filter({ hasText: text });
const endFrame = () => visitor.page.getByTestId('end-frame');

test('a live chat', { timeout: 120_000 }, async (t) => {
  await t.test('the visitor waits and sees who comes', async () => {
    await visitor.openChat();
    assert.equal(await visitor.page.getByTestId('back').count(), 0, 'there is no list');
    await visitor.say('Is anybody there?');
    await note('Waiting for an agent').waitFor();
    await nora.row('Is anybody there?').getByTestId('row-waits').waitFor();
    await nora.open('Is anybody there?');
    await nora.page.getByTestId('live-state').filter({ hasText: 'waiting' }).waitFor();
    await nora.engage();
    await note('Nora from the shop').waitFor();
    await nora.page.getByTestId('live-state').filter({ hasText: 'connected' }).waitFor();
    await nora.reply('How can I help?');
    await visitor.sees('How can I help?');
  });

  await t.test('no is no, and Escape too', async () => {
    await visitor.page.getByTestId('quit').click();
    await visitor.page.keyboard.press('Escape');
    await visitor.page.getByTestId('end-yes').waitFor({ state: 'detached' });
    assert.ok(await visitor.page.getByTestId('panel').isVisible());
    await visitor.page.getByTestId('quit').click();
    await visitor.page.getByTestId('end-no').click();
    assert.equal(await endFrame().count(), 0);
  });

  await t.test('the end is offered until it is left, also on the next page', async () => {
    await visitor.page.getByTestId('quit').click();
    await visitor.page.getByTestId('end-yes').click();
    await endFrame().waitFor();
    await nora.page.locator('[data-testid=marker][data-what=ended]').waitFor();
    await visitor.page.reload();
    await endFrame().waitFor();
    await visitor.page.getByTestId('see-again').click();
    await visitor.sees('How can I help?');
    await note('The conversation has ended.').waitFor();
    assert.equal(await visitor.page.getByTestId('composer').count(), 0);
    await visitor.page.getByTestId('back').click();
    await endFrame().waitFor();
  });

  await t.test('it prints from the page, which is whole afterwards', async () => {
    await visitor.page.evaluate(() => {
      window.print = () => {
        window.printed = document.querySelector('.hubbub-print').innerText;
        dispatchEvent(new Event('afterprint'));
      };
    });
    await visitor.page.getByTestId('print').click();
    await until(() => visitor.page.evaluate(() => window.printed), 'it was printed');
    const printed = await visitor.page.evaluate(() => window.printed);
    assert.match(printed, /Shop chat[^]*Is anybody there\?[^]*How can I help\?/);
    assert.equal(await visitor.page.locator('.hubbub-print').count(), 0);
  });

  await t.test('who leaves begins anew', async () => {
    await visitor.page.evaluate(() => {
      window.left = 0;
      window._chatq.push(['_onEvent', 'chat_closed', () => window.left++]);
    });
    await visitor.page.getByTestId('leave').click();
    await visitor.page.getByTestId('panel').waitFor({ state: 'hidden' });
    assert.equal(await visitor.page.evaluate(() => window.left), 1, 'the page is told once');
    await visitor.page.reload();
    await visitor.openChat();
    assert.deepEqual(await visitor.texts(), []);
    await visitor.say('Another question');
    await note('Waiting for an agent').waitFor();
    await nora.goTo('new');
    await nora.open('Another question');
    await nora.page.getByTestId('thread-menu').click();
    await nora.page.getByTestId('close-thread').click();
    await endFrame().waitFor();
  });

  await t.test('who closes the case is told that it ends the chat, and that it has ended', async () => {
    await visitor.page.getByTestId('leave').click();
    await visitor.page.reload();
    await visitor.openChat();
    await visitor.say('A third question');
    await nora.goTo('new');
    await nora.open('A third question');
    await nora.engage();
    await nora.reply('A third answer');
    await nora.sees('A third answer');
    await nora.page.getByTestId('close-intervention').click();
    await nora.page.getByTestId('ends-chat').waitFor();
    await nora.page.getByTestId('confirm-close').click();
    await endFrame().waitFor();
    await nora.page.getByText('This chat has ended.').waitFor();
    assert.equal(await nora.page.getByTestId('thread-state').textContent(), 'The chat has ended');
  });

  assertWhole(visitor.page);
  assertWhole(nora.page);
});
