/** What an agent writes and has not sent: at every machine of theirs, in no window of anybody else's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeUser, visitor } from './support/world.js';

let server, browser, user, here, there, other, threads;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const chat = await makeChat(server);
  user = await makeUser(server, 'Nora', 'Lindholm');
  const omar = await makeUser(server, 'Omar', 'Diallo');
  threads = {};
  for (const name of ['Ada', 'Bob']) threads[name] = (await (await visitor(server, chat, name))(`A question of ${name}`)).thread.id;
  here = await new Agent(await person(browser), server).signIn(user);
  there = await new Agent(await person(browser), server).signIn(user);
  other = await new Agent(await person(browser), server).signIn(omar);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const field = ({ page }) => page.getByTestId('composer');
const text = async (agent) => field(agent).inputValue();
const reads = (agent, wanted, what) => until(async () => (await text(agent)) === wanted, what);
async function open(agent, name) {
  await agent.page.goto(`${server.url}/inbox/open/${threads[name]}`);
  await agent.sees(`A question of ${name}`);
  await field(agent).waitFor();
}
/** The row says that something is written there. */
const marked = (agent, name) => agent.row(name).getByTestId('row-draft');
const kept = async ({ page }) => page.evaluate(async (id) => (await (await fetch(`/console/threads/${id}`)).json()).draft, threads.Ada);

test('what is written', { timeout: 180_000 }, async (t) => {
  await t.test('is there at another machine, and the row says so', async () => {
    await open(here, 'Ada');
    await field(here).fill('Dear Ada');
    await marked(there, 'Ada').waitFor();
    await open(there, 'Ada');
    await reads(there, 'Dear Ada', 'it is there');
    await there.page.goto(`${server.url}/inbox/unassigned`);
    await marked(there, 'Ada').waitFor();
    await accessible(there.page);
    await shot(there.page, 'draft-row');
    await there.page.getByTestId('search').fill('draft:true');
    await until(async () => (await there.page.getByTestId('thread-row').count()) === 1, 'it is found');
  });

  await t.test('and nobody else’s business', async () => {
    await open(other, 'Ada');
    assert.equal(await text(other), '');
    await other.page.goto(`${server.url}/inbox/unassigned`);
    await other.row('Ada').waitFor();
    assert.equal(await marked(other, 'Ada').count(), 0);
    await other.page.getByTestId('search').fill('draft:true');
    await other.page.getByTestId('empty').waitFor();
  });

  await t.test('goes on where it was, whichever window writes', async () => {
    await open(there, 'Ada');
    await field(there).fill('Dear Ada, thank you');
    await reads(here, 'Dear Ada, thank you', 'the window that writes nothing follows');
  });

  await t.test('is kept however long it is', async () => {
    // More than browsers let go on without their page.
    const long = 'Dear Ada, '.repeat(7_000);
    await field(here).fill(long);
    await until(async () => (await kept(here))?.draft.text === long, 'all of it is with the server');
    await field(here).fill('Dear Ada, thank you');
    await reads(there, 'Dear Ada, thank you', 'and what is left of it');
  });

  await t.test('is one’s own choice where two windows wrote', async () => {
    // While the one cannot save, the other does.
    await here.page.route('**/draft', (route) => route.abort());
    await field(here).fill('Dear Ada, from here');
    await field(there).fill('Dear Ada, from there');
    await until(async () => (await kept(there))?.draft.text === 'Dear Ada, from there', 'the other is kept');
    await here.page.unroute('**/draft');
    await field(here).press('End');
    await field(here).pressSequentially('!');
    const line = here.page.getByTestId('draft-elsewhere');
    await line.getByText('from there').waitFor();
    assert.equal(await text(here), 'Dear Ada, from here!', 'nothing typed is lost');
    await accessible(here.page);
    await here.page.getByTestId('draft-keep').click();
    await line.waitFor({ state: 'detached' });
    await reads(there, 'Dear Ada, from here!', 'the one that was chosen');
  });

  await t.test('is no more where it was sent, in every window', async () => {
    await here.page.getByTestId('send').click();
    await here.sees('Dear Ada, from here!');
    await reads(there, '', 'it is gone there');
    await until(async () => (await kept(here)) === null, 'it is not kept');
    await here.page.goto(`${server.url}/inbox/unassigned`);
    await here.row('Bob').waitFor();
    await there.page.goto(`${server.url}/inbox/open`);
    await there.row('Ada').waitFor();
    assert.equal(await marked(there, 'Ada').count(), 0);
  });

  await t.test('is saved when the page goes at once', async () => {
    await open(here, 'Bob');
    await field(here).fill('In a hurry');
    await here.page.goto('about:blank');
    await open(there, 'Bob');
    await reads(there, 'In a hurry', 'it was saved on the way out');
  });

  await t.test('leaves nothing in the browser of who signs out', async () => {
    const rest = () => there.page.evaluate(() => JSON.stringify({ ...localStorage }));
    assert.ok((await rest()).includes('In a hurry'));
    await there.page.getByTestId('user-menu').click();
    await there.page.getByTestId('sign-out').click();
    await there.page.getByTestId('login-email').waitFor();
    assert.ok(!(await rest()).includes('In a hurry'));
  });

  for (const agent of [here, there, other]) assertWhole(agent.page);
});
