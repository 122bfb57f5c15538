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
const why = () => visitor.page.getByTestId('end-why').innerText();
const heading = () => visitor.page.locator('.title').innerText();

test('a live chat', { timeout: 120_000 }, async (t) => {
  await t.test('the visitor waits and sees who comes', async () => {
    await visitor.openChat();
    assert.equal(await visitor.page.getByTestId('back').count(), 0, 'there is no list');
    await visitor.say('Is anybody there?');
    await note('Waiting for an agent').waitFor();
    await nora.row('Is anybody there?').getByTestId('row-waits').waitFor();
    await nora.open('Is anybody there?');
    await nora.page.getByTestId('live-state').filter({ hasText: 'Waiting' }).waitFor();
    await nora.engage();
    await note('Nora from the shop').waitFor();
    await nora.page.getByTestId('live-state').filter({ hasText: 'Connected' }).waitFor();
    assert.equal(await heading(), 'Nora from the shop');
  });

  await t.test('who has let it go is not in the heading', async () => {
    const { records } = await server.api('GET', '/1.0/interventions?limit=5');
    await server.api('DELETE', `/1.0/interventions/${records[0].id}/cancel`);
    await note('disconnected').waitFor();
    await until(async () => !(await heading()).includes('Nora'), 'nobody has it');
    await nora.page.reload();
    await nora.engage();
    await until(async () => (await heading()) === 'Nora from the shop', 'Nora has it again');
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
    assert.equal(await why(), 'The conversation has ended. You ended it.');
    await nora.page.locator('[data-testid=marker][data-what=ended]').waitFor();
    await visitor.page.reload();
    await endFrame().waitFor();
    await visitor.page.getByTestId('see-again').click();
    await visitor.sees('How can I help?');
    await note('The conversation has ended. You ended it.').waitFor();
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
    await nora.goTo('unassigned');
    await nora.open('Another question');
    await nora.page.getByTestId('thread-menu').click();
    await nora.page.getByTestId('lock-thread').click();
    // A chat that has ended does not come back: it is asked about.
    await nora.page.getByTestId('confirm-dialog').getByTestId('confirm').click();
    await endFrame().waitFor();
  });

  await t.test('who closes the case is told that it ends the chat, and that it has ended', async () => {
    await visitor.page.getByTestId('leave').click();
    await visitor.page.reload();
    await visitor.openChat();
    await visitor.say('A third question');
    await nora.goTo('unassigned');
    await nora.open('A third question');
    await nora.engage();
    await nora.reply('A third answer');
    await nora.sees('A third answer');
    await nora.page.getByTestId('done').click();
    await nora.page.getByTestId('ends-chat').waitFor();
    await nora.page.getByTestId('confirm-done').click();
    await endFrame().waitFor();
    assert.equal(await why(), 'The conversation has ended. It was closed by our team.');
    // What is done makes room for the next one; it is where what is done is.
    await nora.goTo('done');
    await nora.open('A third answer');
    await nora.page.getByText('This chat has ended.').waitFor();
    assert.equal(await nora.page.getByTestId('thread-state').textContent(), 'The chat has ended');
    // It has ended: nobody takes it up again.
    assert.equal(await nora.page.getByTestId('take').count(), 0);
    await nora.page.keyboard.press('t');
    await nora.page.getByTestId('toasts').filter({ hasText: 'This chat has ended.' }).waitFor();
  });

  await t.test('what an agent was writing when the visitor ended it is kept, and the chat waits to be done', async () => {
    await visitor.page.getByTestId('leave').click();
    await visitor.page.reload();
    await visitor.openChat();
    await visitor.say('A fourth question');
    await nora.goTo('unassigned');
    await nora.open('A fourth question');
    await nora.engage();
    await nora.page.getByTestId('composer').pressSequentially('Let me look whe');
    await visitor.page.getByTestId('quit').click();
    await visitor.page.getByTestId('end-yes').click();
    const kept = nora.page.getByTestId('kept-reply');
    await kept.waitFor();
    // The keys are still where the text is: no letter of it is taken for a shortcut.
    await nora.page.keyboard.type('re it is');
    assert.equal(await nora.page.getByRole('dialog').count(), 0);
    assert.equal(await kept.inputValue(), 'Let me look whe');
    await nora.page.getByText('It cannot be sent any more.').waitFor();
    await nora.page.getByTestId('copy-kept').click();
    await nora.page.getByTestId('copy-kept').getByText('Copied').waitFor();
    // It is the draft of this conversation, whatever is looked at meanwhile.
    await nora.page.reload();
    assert.equal(await kept.inputValue(), 'Let me look whe');
    await nora.goTo('mine');
    await nora.page.getByText('Waits for you').first().waitFor();
    await nora.open('A fourth question');
    await nora.page.getByTestId('drop-kept').click();
    await kept.waitFor({ state: 'detached' });
    await nora.page.getByTestId('done').click();
    await nora.page.getByTestId('confirm-done').click();
    await nora.page.getByTestId('done-dialog').waitFor({ state: 'detached' });
    assert.equal(await nora.row('A fourth question').count(), 0);
  });

  assertWhole(visitor.page);
  assertWhole(nora.page);
});
