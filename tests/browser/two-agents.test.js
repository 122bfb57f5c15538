/** Two agents before one conversation: they see each other, and only one of them gets it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, chat, nora, omar;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const [first, second] = await Promise.all([
    makeUser(server, 'Nora', 'Lindholm'),
    makeUser(server, 'Omar', 'Diallo'),
    makeChat(server).then(async (made) => (await visitor(server, (chat = made), 'Ada'))('Is anybody there?')),
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
    await omar.page.getByTestId('take').click();
    await toasts(omar).filter({ hasText: 'Nora Lindholm already has this conversation' }).waitFor();
    await omar.page.getByTestId('thread-state').filter({ hasText: 'Nora Lindholm has it' }).waitFor();
    assert.equal(await omar.page.getByTestId('take').count(), 0);
    await shot(omar.page, 'two-agents');
    omar.page.releaseEvents();
    await nora.page.getByTestId('composer').pressSequentially('I am');
    await viewers(omar).filter({ hasText: 'Nora Lindholm is writing' }).waitFor();
    const { records } = await server.api('GET', '/1.0/interventions');
    assert.equal(records.length, 1);
  });

  await t.test('handed over, it is the other one’s', async () => {
    await nora.page.getByTestId('assign').click();
    await nora.page.keyboard.type('omar');
    await nora.page.keyboard.press('Enter');
    await omar.page.getByTestId('thread-state').filter({ hasText: 'Yours' }).waitFor();
    // What has left her hands has left her list, and there is no other one in it.
    await until(async () => (await nora.page.getByTestId('no-thread').count()) === 1, 'nothing is open');
    await nora.goTo('open');
    await nora.open('Is anybody there?');
    await nora.page.getByTestId('thread-state').filter({ hasText: 'Omar Diallo has it' }).waitFor();
    await omar.goTo('mine');
    await omar.open('Is anybody there?');
    await viewers(omar).filter({ hasText: 'Nora Lindholm' }).waitFor();
    await nora.goTo('unassigned');
    await until(async () => !(await viewers(omar).innerText()).trim(), 'nobody else looks at it');
  });

  await t.test('a reply that was begun before it changed hands is not sent over the other one’s', async () => {
    await nora.goTo('open');
    await nora.open('Is anybody there?');
    await omar.page.getByTestId('composer').fill('Yes, I am Omar');
    const { records } = await server.api('GET', '/1.0/interventions');
    const [first] = (await server.api('GET', '/1.0/users?email=nora@shop.test')).records;
    await server.api('PUT', `/1.0/interventions/${records[0].id}/reassign`, { user_id: first.id });
    await omar.page.getByTestId('thread-state').filter({ hasText: 'Nora Lindholm has it' }).waitFor();
    await omar.page.getByTestId('send').click();
    const notice = omar.page.getByTestId('composer-conflict');
    await notice.filter({ hasText: 'Nora Lindholm has taken this conversation' }).waitFor();
    await shot(omar.page, 'changed-hands');
    assert.equal(await omar.page.getByTestId('composer').inputValue(), 'Yes, I am Omar');
    assert.equal(await omar.message('Yes, I am Omar').count(), 0);
    await nora.reply('Nora here, how can I help?');
    await omar.sees('Nora here, how can I help?');
    // What was written is not lost, and going on is his decision.
    await omar.page.getByTestId('send-anyway').click();
    await nora.sees('Yes, I am Omar');
    await notice.waitFor({ state: 'detached' });
  });

  await t.test('what no bot answered in its time is given back to it', async () => {
    const robo = await makeUser(server, 'Robo', 'Test', 'Bot', { bot: true });
    await (await visitor(server, chat, 'Bob'))('Hello, robot?');
    const { records } = await server.api('GET', '/1.0/contents');
    const { thread_id } = records.find((one) => one.body === 'Hello, robot?');
    const path = `/1.0/content_threads/${thread_id}`;
    await nora.page.reload();
    await nora.goTo('unassigned');
    await nora.open('Hello, robot?');
    const give = async () => {
      await nora.page.getByTestId('thread-menu').click();
      await nora.page.getByTestId('give-to-bot').click();
      await until(async () => (await server.api('GET', path)).owner?.id === robo.id, 'the bot has it');
      // What has left her hands makes room for the next one.
      await nora.page.goto(`${server.url}/inbox/open/${thread_id}`);
      await nora.page.getByTestId('thread-state').filter({ hasText: 'Robo Test has it' }).waitFor();
    };
    await give();
    await nora.page.getByTestId('thread-menu').click();
    await nora.page.getByTestId('menu-person').waitFor();
    assert.equal(await nora.page.getByTestId('give-to-bot').count(), 0, 'it has it already');
    await nora.page.keyboard.press('Escape');

    await makeUser(server, 'Alfa', 'Machine', 'Bot', { bot: true });
    await nora.page.reload();
    const lost = async () => {
      const [open] = (await server.api('GET', `/1.0/interventions?thread_id=${thread_id}`)).records;
      await server.api('DELETE', `/1.0/interventions/${open.id}/cancel`);
      await nora.page.getByTestId('take').waitFor();
    };
    await lost();
    await nora.page.getByTestId('thread-menu').click();
    await nora.page.getByTestId('give-to-bot').filter({ hasText: 'Give back to Robo Test' }).waitFor();
    await shot(nora.page, 'give-to-bot');
    await nora.page.keyboard.press('Escape');
    await give();
    await lost();
    await nora.page.getByTestId('thread-menu').click();
    await nora.page.getByTestId('choose-bot').click();
    const first = nora.page.getByTestId('option').first();
    assert.match(await first.innerText(), /Robo Test\s+Had it last/);
    await shot(nora.page, 'choose-bot');
    await nora.page.keyboard.type('alfa');
    await nora.page.keyboard.press('Enter');
    await nora.page.getByTestId('give-to-bot-dialog').waitFor({ state: 'detached' });
    await nora.page.goto(`${server.url}/inbox/open/${thread_id}`);
    await nora.page.getByTestId('thread-state').filter({ hasText: 'Alfa Machine has it' }).waitFor();
  });

  assertWhole(nora.page);
  assertWhole(omar.page);
});
