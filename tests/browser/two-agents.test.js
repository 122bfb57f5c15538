/** Two agents before one conversation: they see each other, and only one of them gets it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, nora, omar;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const [first, second] = await Promise.all([
    makeUser(server, 'Nora', 'Lindholm'),
    makeUser(server, 'Omar', 'Diallo'),
    makeChat(server).then(async (chat) => (await visitor(server, chat, 'Ada'))('Is anybody there?')),
  ]);
  nora = new Agent(await person(browser), server);
  omar = new Agent(await person(browser), server);
  await Promise.all([nora.signIn(first), slowLine(omar.page).then(() => omar.signIn(second))]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Puts the page's socket on a line that can hold back what happens, as a slow one does. */
async function slowLine(page) {
  let held = null;
  await page.routeWebSocket('**/console/socket', (socket) => {
    socket.connectToServer().onMessage((frame) => {
      if (held && JSON.parse(frame).type === 'event') held.push(() => socket.send(frame));
      else socket.send(frame);
    });
  });
  page.holdEvents = () => (held = []);
  page.releaseEvents = () => {
    held.forEach((deliver) => deliver());
    held = null;
  };
}

const toasts = (agent) => agent.page.getByTestId('toasts');
const viewers = (agent) => agent.page.getByTestId('viewers');

test('two agents on one conversation', { timeout: 120_000 }, async (t) => {
  await t.test('see each other look and write', async () => {
    await nora.open('Is anybody there?');
    await omar.open('Is anybody there?');
    await viewers(nora).filter({ hasText: 'Omar Diallo' }).waitFor();
    await viewers(omar).filter({ hasText: 'Nora Lindholm' }).waitFor();
  });

  await t.test('the second to engage is told who has it', async () => {
    omar.page.holdEvents();
    await nora.engage();
    await omar.page.getByTestId('engage').click();
    await toasts(omar).filter({ hasText: 'Nora Lindholm already has this conversation' }).waitFor();
    await omar.page.getByTestId('thread-state').filter({ hasText: 'Nora Lindholm has it' }).waitFor();
    assert.equal(await omar.page.getByTestId('engage').count(), 0);
    await shot(omar.page, 'two-agents');
    omar.page.releaseEvents();
    await nora.page.getByTestId('composer').pressSequentially('I am');
    await viewers(omar).filter({ hasText: 'Nora Lindholm is writing' }).waitFor();
    const { records } = await server.api('GET', '/1.0/interventions');
    assert.equal(records.length, 1);
  });

  await t.test('handed over, it is the other one’s', async () => {
    await nora.page.getByTestId('reassign').click();
    await nora.page.keyboard.type('omar');
    await nora.page.keyboard.press('Enter');
    await omar.page.getByTestId('thread-state').filter({ hasText: 'You have it' }).waitFor();
    await nora.page.getByTestId('thread-state').filter({ hasText: 'Omar Diallo has it' }).waitFor();
    await omar.goTo('mine');
    await omar.open('Is anybody there?');
    await viewers(omar).filter({ hasText: 'Nora Lindholm' }).waitFor();
    await nora.goTo('new');
    await until(async () => !(await viewers(omar).innerText()).trim(), 'nobody else looks at it');
  });

  assertWhole(nora.page);
  assertWhole(omar.page);
});
