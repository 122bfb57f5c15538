/** What stays in a browser when the person at it changes: nothing that is the other one's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { makeChat, makeUser, visitor } from './support/world.js';

const SECRET = 'Between us: he gets his money back';
let server, browser, nora, omar, thread;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const write = await visitor(server, await makeChat(server), 'Ada');
  thread = (await write('Where is my parcel?')).thread.id;
  [nora, omar] = [await makeUser(server, 'Nora', 'Lindholm'), await makeUser(server, 'Omar', 'Diallo')];
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Everything that the browser keeps for the console, as one text. */
const kept = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));

/** Nora writes and does not send. */
async function draft(agent) {
  await agent.signIn(nora);
  await agent.page.goto(`${server.url}/inbox/unassigned/${thread}?q=parcel`);
  await agent.page.getByTestId('composer').fill(SECRET);
  assert.ok((await kept(agent.page)).includes(SECRET), 'it outlives a reload');
}

async function signOut(page) {
  await page.getByTestId('user-menu').click();
  await page.getByTestId('sign-out').click();
  await page.getByTestId('login-email').waitFor();
}

/** Omar opens the conversation in which Nora wrote. */
async function omarLooks(agent) {
  await agent.signIn(omar);
  await agent.page.goto(`${server.url}/inbox/unassigned/${thread}`);
  assert.equal(await agent.page.getByTestId('composer').inputValue(), '');
  assert.ok(!(await kept(agent.page)).includes(SECRET));
}

test('when somebody leaves', { timeout: 90_000 }, async (t) => {
  await t.test('and signs out, nothing of theirs stays, in storage or on the page', async () => {
    const agent = new Agent(await person(browser), server);
    await draft(agent);
    await agent.page.getByTestId('user-menu').click();
    await agent.page.getByTestId('locale-fr').click();
    await agent.page.getByTestId('user-menu').click();
    await agent.page.getByTestId('theme-dark').click();
    await signOut(agent.page);
    const { origin, pathname, search } = new URL(agent.page.url());
    assert.deepEqual([origin, pathname, search], [server.url, '/', ''], 'not where they were, or what they searched');
    assert.deepEqual(await agent.page.evaluate(() => Object.keys(localStorage)), ['hubbub:console:theme'], 'the screen keeps its colours');
    await omarLooks(agent);
    assert.equal(await agent.page.locator('html').getAttribute('lang'), 'en');
    assertWhole(agent.page);
  });

  await t.test('and is signed out by time, somebody else finds nothing, and they themselves go on', async () => {
    const agent = new Agent(await person(browser), server);
    const end = async () => {
      await agent.page.context().clearCookies();
      await agent.page.reload();
      await agent.page.getByTestId('login-email').waitFor();
    };
    await draft(agent);
    await end();
    await agent.signIn(nora);
    await agent.page.goto(`${server.url}/inbox/unassigned/${thread}`);
    assert.equal(await agent.page.getByTestId('composer').inputValue(), SECRET);
    await end();
    await omarLooks(agent);
    assertWhole(agent.page);
  });

  await t.test('while their page is still open, it is not shown to who signs in on it', async () => {
    const agent = new Agent(await person(browser), server);
    const { page } = agent;
    await draft(agent);
    await page.context().clearCookies();
    await page.getByTestId('search').fill('word');
    await page.getByTestId('login-email').fill(omar.email);
    await page.getByTestId('login-password').fill(omar.password);
    await page.getByTestId('login-submit').click();
    await page.waitForURL((url) => url.pathname.startsWith('/inbox/unassigned') || url.pathname === '/');
    await page.getByTestId('user-menu').filter({ hasText: 'Omar' }).waitFor();
    assert.equal(await page.getByTestId('composer').count(), 0, "not on Nora's conversation");
    assert.ok(!(await kept(page)).includes(SECRET));
  });

  await t.test('the other windows of their browser leave too', async () => {
    const agent = new Agent(await person(browser), server);
    await draft(agent);
    const other = await agent.page.context().newPage();
    await other.goto(server.url);
    await other.getByTestId('folder-unassigned').waitFor();
    await signOut(other);
    await agent.page.getByTestId('login-email').waitFor();
    await omarLooks(agent);
  });
});
