/** How agents are told of what happens: marks, the list of what happened, sounds, notices, and quiet. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeToken, makeUser, visitor } from './support/world.js';

let server, browser, chat, users, tokens, nora, page;

/** What the browser would let be heard and seen, counted. */
function listen() {
  window.heard = 0;
  window.noted = [];
  window.asked = 0;
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
  window.Notification = class {
    static permission = 'default';
    static requestPermission = async () => {
      window.asked += 1;
      return (this.permission = 'granted');
    };
    constructor(title, { body }) {
      window.noted.push(body);
    }
  };
}

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  users = { nora: await makeUser(server, 'Nora', 'Lindholm'), omar: await makeUser(server, 'Omar', 'Diallo', 'Team leader') };
  tokens = { nora: await makeToken(server, users.nora), omar: await makeToken(server, users.omar) };
  page = await person(browser);
  await page.addInitScript(listen);
  nora = await new Agent(page, server).signIn(users.nora);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function conversation(name, body) {
  const write = await visitor(server, chat, name);
  const { thread, message } = await write(body);
  return { thread: thread.id, content: message.id, say: (more) => write(more, thread.id) };
}

const take = (content, token = tokens.nora) => server.api('POST', '/1.0/interventions', { content_id: content }, token);
const give = (found, user, token) => server.api('PUT', `/1.0/interventions/${found.id}/reassign`, { user_id: user.id }, token);
const heard = (on = page) => on.evaluate(() => window.heard);
const text = (id, on = page) => on.getByTestId(id).innerText();
const centre = () => page.getByTestId('notification-centre');
const told = () => page.getByTestId('told');
const kept = (press, on = page) => Promise.all([on.waitForResponse('**/console/profile/notifications'), press()]);

test('what happened to my conversations is counted, listed and kept until it was seen', { timeout: 120_000 }, async (t) => {
  const [ann, ben] = [await conversation('Ann', 'Ann asks'), await conversation('Ben', 'Ben asks')];
  for (const { content } of [ann, ben]) await give(await take(content, tokens.omar), users.nora, tokens.omar);

  await t.test('in the bar, the title and the icon', async () => {
    await until(async () => (await text('count-unseen')) === '2', 'the bell counts two');
    await until(async () => /^\(2\) Unassigned · /.test(await page.title()), 'the title says how many wait, and where one is');
    await until(() => page.evaluate(() => document.querySelector('link[rel=icon]').href.endsWith('/favicon-waits.svg')), 'a mark');
    const icon = await page.request.get(`${server.url}/favicon-waits.svg`);
    assert.match(icon.headers()['content-type'], /svg/);
  });

  await t.test('in a list that keys open and go through', async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('n');
    await centre().waitFor();
    await until(async () => (await told().count()) === 2, 'two of them');
    assert.match(await told().first().innerText(), /Omar Diallo gave you the conversation with Ben/);
    await accessible(page);
    await shot(page, 'signals-centre');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/inbox/mine/${ben.thread}`);
    await nora.sees('Ben asks');
    assert.equal(await centre().count(), 0);
    await until(async () => (await text('count-unseen')) === '1', 'that one is seen');
  });

  await t.test('on every page and after it is loaded anew', async () => {
    const other = await page.context().newPage();
    await other.goto(`${server.url}/inbox/unassigned`);
    await until(async () => (await text('count-unseen', other)) === '1', 'one there, too');
    await other.goto(`${server.url}/inbox/mine/${ann.thread}`);
    await until(async () => (await other.getByTestId('count-unseen').count()) === 0, 'who opens it has seen it');
    await until(async () => (await page.getByTestId('count-unseen').count()) === 0, 'and the first page knows');
    await other.close();
  });

  await t.test('taken from me, I am told so, once it was away and back', async () => {
    await page.context().setOffline(true);
    const found = await server.api('GET', '/1.0/interventions?limit=10', undefined, tokens.omar);
    const mine = found.records.find((one) => one.thread_id === ann.thread);
    await give(mine, users.omar, tokens.omar);
    await page.context().setOffline(false);
    await until(async () => (await text('count-unseen')) === '1', 'the bell counts it');
    await page.getByTestId('bell').click();
    await page.locator('[data-testid=told][data-kind=taken]').waitFor();
    await page.getByTestId('see-all').click();
    await until(async () => (await page.getByTestId('count-unseen').count()) === 0, 'all are seen');
    await page.keyboard.press('Escape');
    await until(() => page.evaluate(() => document.activeElement.dataset.testid === 'bell'), 'the keys are at the bell again');
  });

  await t.test('on a telephone', async () => {
    await page.setViewportSize({ width: 375, height: 812 });
    await page.goto(`${server.url}/inbox/mine`);
    await page.getByTestId('bell').click();
    await told().first().waitFor();
    await accessible(page);
    await shot(page, 'signals-centre-375');
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  assertWhole(page);
});

test('one is asked for notices after the first conversation, and only by a press', { timeout: 90_000 }, async () => {
  await page.goto(`${server.url}/inbox/unassigned`);
  const { content } = await conversation('Cid', 'Cid asks');
  await nora.row('Cid asks').waitFor();
  assert.equal(await page.getByTestId('ask-notices').count(), 0);
  await take(content);
  await page.getByTestId('ask-notices').waitFor();
  assert.equal(await page.evaluate(() => window.asked), 0, 'the browser was not asked');
  await shot(page, 'signals-ask');
  await accessible(page);
  await page.getByTestId('ask-later').click();
  assert.equal(await page.getByTestId('ask-notices').count(), 0);
  await take((await conversation('Dan', 'Dan asks')).content);
  await until(async () => (await text('count-mine')) !== '', 'it is mine');
  assert.equal(await page.getByTestId('ask-notices').count(), 0, 'put off, it sleeps');
  assert.equal(await page.evaluate(() => window.asked), 0);
  assertWhole(page);
});

test('one of several tabs sounds, unless one of them shows it', { timeout: 120_000 }, async (t) => {
  const eve = await conversation('Eve', 'Eve asks');
  await take(eve.content);
  const other = await page.context().newPage();
  await other.addInitScript(listen);
  for (const one of [page, other]) {
    await one.goto(`${server.url}/inbox/done`);
    await one.getByTestId('list-title').click();
  }
  const all = async () => (await heard()) + (await heard(other));

  await t.test('once for a word in mine', async () => {
    await eve.say('Are you there?');
    await until(async () => (await all()) === 1, 'a sound');
  });

  await t.test('not where it is looked at', async () => {
    await other.goto(`${server.url}/inbox/mine/${eve.thread}`);
    await other.getByTestId('message').first().waitFor();
    const before = await all();
    const answered = page.evaluate(
      () =>
        new Promise((done) => {
          new BroadcastChannel('hubbub-alerts').onmessage = ({ data }) => data.shown && done(true);
        }),
    );
    await eve.say('I see you');
    assert.ok(await answered, 'the tab that shows it says so');
    assert.equal(await all(), before, 'silence');
  });
  await other.close();
  assertWhole(page);
});

test('the profile says how one is told, lets it be tried, and holds everywhere', { timeout: 150_000 }, async (t) => {
  await page.goto(`${server.url}/me`);
  await page.getByTestId('profile').waitFor();

  await t.test('each choice is tried where it is made', async () => {
    const before = await heard();
    await page.getByTestId('try-sound').click();
    await until(async () => (await heard()) === before + 1, 'a sound');
    await page.getByTestId('try-notice').click();
    await until(() => page.evaluate(() => window.noted.length === 1 && window.asked === 1), 'a notice, once the browser was asked');
    await kept(() => page.getByTestId('me-tone').selectOption('bell'));
    await kept(() => page.getByTestId('me-volume').fill('30'));
    await kept(() => page.getByTestId('me-sound').getByLabel('whoever begins to wait').click());
    for (const [width, height] of [[1440, 900], [375, 812]]) {
      await page.setViewportSize({ width, height });
      await accessible(page);
      await shot(page, `signals-profile-${width}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert.ok(!wide, `nothing is wider than ${width}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await t.test('who wants to hear of all hears who begins to wait', async () => {
    const before = await heard();
    const fay = await conversation('Fay', 'Fay asks');
    await until(async () => (await heard()) === before + 1, 'a sound');
    await fay.say('Fay asks more');
    await nora.goTo('unassigned');
    await nora.row('Fay asks more').waitFor();
    assert.equal(await heard(), before + 1, 'more of the same is no news');
  });

  await t.test('quiet, nothing sounds, and the numbers go on', async () => {
    await page.getByTestId('bell').click();
    await kept(() => page.getByTestId('quiet-hour').click());
    await page.getByTestId('quiet-until').waitFor();
    await page.keyboard.press('Escape');
    const before = await heard();
    const gus = await conversation('Gus', 'Gus asks');
    await nora.row('Gus asks').waitFor();
    await give(await take(gus.content, tokens.omar), users.nora, tokens.omar);
    await until(async () => (await text('count-unseen')) === '1', 'it is counted');
    assert.equal(await heard(), before);
    await page.goto(`${server.url}/me`);
    await kept(() => page.getByTestId('quiet-end').click());
    for (const box of await page.getByTestId('me-days').getByRole('checkbox').all()) await kept(() => box.click());
    await kept(() => page.getByTestId('me-from').fill('00:00'));
    await kept(() => page.getByTestId('me-to').fill('00:00'));
    await page.getByTestId('quiet').getByText('These are your quiet hours').waitFor();
  });

  await t.test('at another machine, and in French', async () => {
    const other = await person(browser);
    await new Agent(other, server).signIn(users.nora);
    await other.getByTestId('user-menu').click();
    await other.getByTestId('locale-fr').click();
    await other.goto(`${server.url}/me`);
    await other.getByRole('heading', { name: 'Heures calmes' }).waitFor();
    assert.equal(await other.getByTestId('me-tone').inputValue(), 'bell');
    assert.equal(await other.getByTestId('me-volume').inputValue(), '30');
    assert.ok(await other.getByTestId('me-sound').getByRole('radio').first().isChecked());
    assert.equal(await other.getByTestId('me-days').getByRole('checkbox', { checked: true }).count(), 7);
    await other.getByTestId('bell').click();
    await other.getByText('Omar Diallo vous a attribué la conversation avec Gus').waitFor();
    await shot(other, 'signals-centre-fr');
    assertWhole(other);
  });
  assertWhole(page);
});
