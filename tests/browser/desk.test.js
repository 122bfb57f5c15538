/** An agent at work: who waits is told on every page, what is searched is found, and nothing blanks, jumps or gets lost. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Proxy } from './support/proxy.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, makeDispositions, makeUser, visitor } from './support/world.js';

let server, browser, chat, line, ada, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  line = await Proxy.start(server.port);
  chat = await makeChat(server);
  await makeDispositions(server, ['Solved']);
  ada = new Agent(await person(browser), line);
  page = ada.page;
  await ada.signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await line?.stop();
  await server?.stop();
});

const text = (id) => page.getByTestId(id).innerText();
const focused = () => page.evaluate(() => document.activeElement.closest('[data-testid]')?.dataset.testid ?? document.activeElement.tagName);

/** A conversation of somebody of that name; gives the thread, its first content and a way to write more. */
async function conversation(name, body) {
  const write = await visitor(server, chat, name);
  const { thread, message } = await write(body);
  return { thread: thread.id, content: message.id, say: (more) => write(more, thread.id) };
}

const take = (content) => server.api('POST', '/1.0/interventions', { content_id: content });
const answer = (content, body) => server.api('POST', '/1.0/contents', { in_reply_to_id: content, body });

test('whose own customer writes is told on whatever page is open', { timeout: 90_000 }, async () => {
  const grace = await conversation('Grace Lin', 'Is my plant on its way?');
  await take(grace.content);
  await answer(grace.content, 'It is.');
  await until(async () => (await text('count-mine')) === '0', 'nobody waits');
  await until(async () => !(await page.title()).startsWith('('), 'the title counts nothing');
  const title = await page.title();
  for (const path of ['/inbox/unassigned', '/inbox/done', '/admin/tags', `/inbox/unassigned/${(await conversation('Tomasz', `Hello`)).thread}`]) {
    await page.goto(line.url + path);
    await page.getByTestId('folder-mine').waitFor();
    await until(async () => (await text('count-mine')) === '0', `nobody waits on ${path}`);
    const before = Number(/^\((\d+)\)/.exec(await page.title())?.[1] ?? 0);
    const { message } = await grace.say('And when?');
    const said = Date.now();
    await page.getByTestId('unread-mine').waitFor();
    await until(async () => (await text('count-mine')) === '1', `one waits on ${path}`);
    assert.ok((await page.title()).startsWith(`(${before + 1}) `), `${path}: ${await page.title()}`);
    assert.ok(Date.now() - said < 5_000, 'at once');
    await shot(page, `desk-told-${path.split('/')[2]}`);
    await server.api('POST', `/console/threads/${grace.thread}/read`);
    await page.getByTestId('unread-mine').waitFor({ state: 'detached' });
    assert.equal(await text('count-mine'), '1', 'what is read and not answered still waits');
    await answer(message.id, 'Today.');
    await until(async () => (await text('count-mine')) === '0', `it is answered on ${path}`);
  }
});

test('of one’s own the bar counts those that wait, and the list says how many of all that is', { timeout: 60_000 }, async () => {
  const [done, waits] = [await conversation('Dora Answered', 'Thanks, and bye'), await conversation('Wim Waiting', 'Hello?')];
  for (const { content } of [done, waits]) await take(content);
  await answer(done.content, 'Bye');
  await page.goto(`${line.url}/inbox/mine`);
  await page.getByTestId('thread-row').filter({ hasText: 'Wim Waiting' }).waitFor();
  const wait = Number(await text('count-mine'));
  const all = await page.getByTestId('thread-row').count();
  assert.ok(wait >= 1 && wait < all, `${wait} of ${all}`);
  const parts = async () => (await page.getByTestId('list-section').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
  const says = (...wanted) => until(async () => JSON.stringify(await parts()) === JSON.stringify(wanted), `the parts ${wanted}`);
  await says(`Waits for you ${wait}`, `Waits for the customer ${all - wait}`);
  await answer(waits.content, 'Here I am');
  await until(async () => Number(await text('count-mine')) === wait - 1, 'one less waits');
  const rest = `Waits for the customer ${all - wait + 1}`;
  await (wait > 1 ? says(`Waits for you ${wait - 1}`, rest) : says(rest));
});

test('the search finds people, takes conditions, and looks in all folders', { timeout: 90_000 }, async (t) => {
  const olga = await conversation('Olga Petrova', 'The lamp is broken');
  const { records } = await server.api('GET', '/1.0/identities?limit=150');
  const identity = records.find((one) => one.screenname === 'Olga Petrova');
  const known = { identity_id: identity.id, emails: ['olga@home.test'], mobile_phones: ['+33 6 12 34 56 78'] };
  await server.api('POST', '/1.0/identity_groups', known);
  await take(olga.content);
  await page.goto(`${line.url}/inbox/unassigned`);
  const search = page.getByTestId('search');
  const people = page.getByTestId('person-hit');

  await t.test('by name, by e-mail and by phone', async () => {
    for (const wanted of ['petrova', 'olga@home', '+33 6 12']) {
      await search.fill(wanted);
      await people.filter({ hasText: 'Olga Petrova' }).waitFor();
      await search.fill('');
      await people.first().waitFor({ state: 'detached' });
    }
  });

  await t.test('a person leads to all that they said', async () => {
    await search.fill('petrova');
    await people.first().click();
    await ada.row('The lamp is broken').waitFor();
    assert.match(await text('search-person'), /Olga Petrova/);
    await shot(page, 'desk-search-person');
    await page.getByTestId('search-person').getByRole('button').click();
    await search.waitFor();
    assert.equal(await search.inputValue(), '');
  });

  await t.test('words that stand in another folder are one press away', async () => {
    await search.fill('lamp');
    await page.getByTestId('empty').waitFor();
    await page.getByTestId('search-everywhere').click();
    await ada.row('The lamp is broken').waitFor();
    await shot(page, 'desk-search-everywhere');
    await ada.open('The lamp is broken');
    assert.match(page.url(), /q=lamp&in=all/);
  });

  await t.test('conditions are conditions, and what is none is words', async () => {
    await search.fill('from:petrova status:assigned');
    await until(async () => (await page.getByTestId('thread-row').count()) === 1, 'one conversation');
    await search.fill('status:green');
    await page.getByTestId('as-words').filter({ hasText: 'status:green' }).waitFor();
    await search.fill('re: lamp');
    await page.getByTestId('as-words').waitFor({ state: 'detached' });
    await search.fill('');
  });
});

test('what failed while the server was away is there when it is back', { timeout: 120_000 }, async (t) => {
  t.after(() => line.mend());
  await conversation('Bruno', 'Somebody there?');
  await page.goto(`${line.url}/inbox/unassigned`);
  await ada.row('Somebody there?').waitFor();
  const back = async (seen, what) => {
    line.mend();
    await seen.waitFor();
    assert.equal(await page.getByRole('alert').count(), 0, what);
  };

  line.cut();
  await page.getByTestId('folder-open').click();
  await page.locator('.list-pane').getByRole('alert').waitFor();
  await back(ada.row('The lamp is broken'), 'a list');

  await ada.goTo('unassigned');
  line.cut();
  await ada.row('Somebody there?').click();
  await page.getByText('This conversation cannot be shown').waitFor();
  await back(page.getByTestId('history'), 'a conversation');

  // Somebody who was never there has nothing of these pages yet.
  const other = new Agent(await person(browser), line);
  await other.signIn(ADMIN);
  line.cut();
  await other.page.getByTestId('nav-admin').click();
  await other.page.locator('.page-wait .notice').waitFor();
  await back(other.page.getByTestId('admin-page'), 'the pages of the administration');

  line.cut();
  await other.page.locator('a[href="/admin/roles"]').first().click();
  await other.page.getByRole('button', { name: 'Try again' }).waitFor();
  await back(other.page.locator('.card').getByText('Administrator').first(), 'a list of the administration');

  // Who comes while it is away does not have to come again.
  await other.page.goto(`${line.url}/inbox/unassigned`);
  await other.page.route('**/console/session', (route) => route.abort());
  await other.page.reload();
  await other.page.getByRole('button', { name: 'Try again' }).waitFor();
  await other.page.unroute('**/console/session');
  await other.row('Somebody there?').waitFor();
  await other.page.context().close();
});

/** Notes for each frame how wide the columns are and whether a conversation stands there. */
async function watchColumns() {
  await page.evaluate(() => {
    const width = (one) => Math.round(document.querySelector(one)?.getBoundingClientRect().width ?? 0);
    window.frames_ = [];
    const look = () => {
      const history = document.querySelector('[data-testid=history]');
      const columns = ['.rail', '.list-pane', '.thread-pane', '.thread', '.beside'].map(width).join(' ');
      window.frames_.push({ columns, said: history?.innerText ?? null });
      window.watching = requestAnimationFrame(look);
    };
    look();
  });
}

const frames = () => page.evaluate(() => (cancelAnimationFrame(window.watching), window.frames_));

test('a conversation stays until the next one is whole, and no column moves', { timeout: 90_000 }, async (t) => {
  const names = ['Chloe', 'Dario'];
  const [chloe, dario] = await Promise.all(names.map((name) => conversation(name, `A word of ${name}`)));
  await page.route('**/console/threads/*', async (route) => {
    await new Promise((done) => setTimeout(done, 250));
    // What was asked for ahead may be given up meanwhile.
    await route.continue().catch(() => undefined);
  });
  t.after(() => page.unroute('**/console/threads/*'));

  for (const width of [1440, 820]) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(`${line.url}/inbox/unassigned`);
    await ada.row('A word of Chloe').waitFor();
    const list = () => page.locator('.list-pane').evaluate((pane) => pane.getBoundingClientRect().width);
    const before = await list();
    await watchColumns();
    await ada.row('A word of Chloe').click();
    await ada.sees('A word of Chloe');
    const first = (await frames()).filter((frame) => !frame.columns.split(' ')[3].match(/^0$/));
    assert.equal(new Set(first.map((frame) => frame.columns)).size, 1, `${width}: ${JSON.stringify(first.map((f) => f.columns))}`);

    await watchColumns();
    await ada.row('A word of Dario').click();
    await until(async () => (await text('thread-name')) === 'Dario', 'the name changes at once', 5_000);
    assert.ok(await page.locator('.conversation').evaluate((one) => one.inert), 'what is left cannot be answered');
    await ada.sees('A word of Dario');
    const seen = await frames();
    assert.deepEqual([...new Set(seen.map((frame) => frame.columns))], [seen[0].columns], `${width}`);
    assert.ok(seen.every((frame) => frame.said?.includes('A word of')), 'never empty');
    assert.equal(await list(), before);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  await t.test('and nothing is done to the one that is left', async () => {
    await page.goto(`${line.url}/inbox/unassigned/${chloe.thread}`);
    await ada.sees('A word of Chloe');
    await ada.row('A word of Dario').click();
    await page.keyboard.press('e');
    await ada.sees('A word of Dario');
    for (const { thread } of [chloe, dario])
      assert.equal((await server.api('GET', `/1.0/content_threads/${thread}`)).owner, null);
  });
});

test('conversations without a customer stand in the list and open', { timeout: 60_000 }, async () => {
  const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Members of the forum' });
  const given = { type: 'sdk', name: 'Forum', community_id: community.id, endpoint_url: 'http://127.0.0.1:9/sdk' };
  const forum = await server.api('POST', '/1.0/content_sources', given);
  const send = async (action, params) => {
    const body = JSON.stringify({ action, params });
    const signature = createHmac('sha512', forum.access_token).update(body).digest('hex');
    const headers = { 'content-type': 'application/json', 'x-smccsdk-signature': signature };
    const response = await fetch(`${server.url}/realtime/sdk/${forum.id}`, { method: 'POST', headers, body });
    assert.equal(await response.text(), 'ok');
  };
  await server.api('POST', '/1.0/contents', { source_id: forum.id, body: 'To whom it may concern' });
  const desk = { id: 'desk', screenname: 'The desk', puppetizable: true };
  await send('users.create', desk);
  await send('threads.create', { id: 't-1', title: 'News', author: desk, body: 'We are open on Sunday' });
  await page.goto(`${line.url}/inbox/done`);
  for (const said of ['To whom it may concern', 'We are open on Sunday']) {
    await ada.row(said).waitFor();
    await ada.open(said);
    await ada.sees(said);
    assert.equal(await text('thread-name'), 'No customer yet');
    await shot(page, `desk-no-customer-${said.length}`);
  }
  assertWhole(page);
});

test('what is closed is where it belongs, and the history says what was done', { timeout: 60_000 }, async () => {
  const { content, thread } = await conversation('Elif', 'May I come by?');
  await page.goto(`${line.url}/inbox/unassigned/${thread}`);
  await ada.sees('May I come by?');
  await page.getByTestId('thread-menu').click();
  await page.getByTestId('lock-thread').click();
  await ada.row('May I come by?').waitFor({ state: 'detached' });
  await page.getByTestId('thread-state').filter({ hasText: 'Locked' }).waitFor();
  await ada.goTo('done');
  await ada.row('May I come by?').waitFor();
  await ada.open('May I come by?');
  await page.getByTestId('thread-menu').click();
  await page.getByTestId('unlock-thread').click();
  await page.getByTestId('thread-state').filter({ hasText: 'Unassigned' }).waitFor();
  const again = async () => {
    await page.goto(`${line.url}/inbox/deferred/${thread}`);
    await ada.sees('May I come by?');
  };
  await again();

  // Done without an answer: nobody waits, and nobody is said to wait.
  await page.getByTestId('done').click();
  await page.getByTestId('thread-state').filter({ hasText: 'Done' }).waitFor();

  await take(content);
  await answer(content, 'Of course.');
  await ada.isTaken();
  await ada.close('Solved');
  await page.getByTestId('thread-state').filter({ hasText: 'Done' }).waitFor();
  await page.getByTestId('take').click();
  await page.getByTestId('thread-state').filter({ hasText: 'Yours' }).waitFor();
  // All of it was done by one person at once.
  await page.getByTestId('fold').click();
  const deeds = await page.getByTestId('marker').evaluateAll((all) => all.map((one) => one.dataset.what));
  assert.deepEqual(deeds, ['locked', 'unlocked', 'archived', 'opened', 'closed', 'reopened']);
  await shot(page, 'desk-history');
});

test('keys do what they say, say why they cannot, and never write to a customer', { timeout: 90_000 }, async (t) => {
  const toast = (hint) => page.getByTestId('toasts').filter({ hasText: hint }).waitFor();
  const { thread } = await conversation('Farid', 'Which size?');
  await page.goto(`${line.url}/inbox/unassigned`);
  await ada.row('Which size?').waitFor();
  await page.keyboard.press('e');
  await toast('Open a conversation first');
  await ada.open('Which size?');

  await t.test('without a case', async () => {
    await page.keyboard.press('c');
    await until(async () => (await focused()) === 'composer', 'a comment needs no case');
    await page.keyboard.press('Escape');
    for (const key of ['s', 'a', 'Shift+A']) {
      await page.keyboard.press(key);
      await toast('Nobody has this conversation');
      assert.equal(await page.locator('dialog[open]').count(), 0);
    }
  });

  await t.test('the second key of two belongs to the first', async () => {
    for (const [key, folder] of [['o', 'open'], ['f', 'deferred'], ['d', 'done'], ['m', 'mine'], ['u', 'unassigned']]) {
      await page.keyboard.press('g');
      await page.keyboard.press(key);
      await page.waitForURL(`**/inbox/${folder}*`);
    }
    // Beside a list that has no other one, what is done stays on screen.
    await page.goto(`${line.url}/inbox/deferred/${thread}`);
    await ada.sees('Which size?');
    assert.equal(await page.getByTestId('thread-state').getAttribute('data-state'), 'unassigned', 'nobody has taken it');
  });

  await t.test('T takes, and leaves the keys to the conversation', async () => {
    await page.keyboard.press('t');
    await ada.isTaken();
    await page.keyboard.press('a');
    await page.getByTestId('assign-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('l');
    await page.getByTestId('categories-dialog').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.getByTestId('composer').inputValue(), '');
    await until(async () => (await focused()) === 'history', 'the keys are in the conversation, though its row has gone');
    await page.keyboard.press('c');
    await until(async () => (await focused()) === 'composer', 'the comment has the keys');
    await page.keyboard.press('Escape');
    assert.equal(await focused(), 'history');
  });

  await t.test('categories are set by keys alone', async () => {
    const names = ['Delivery', 'Garden tools', 'Plants'];
    for (const name of names) await server.api('POST', '/1.0/categories', { name });
    await page.reload();
    await page.getByTestId('history').focus();
    await page.keyboard.press('l');
    const dialog = page.getByTestId('categories-dialog');
    await dialog.waitFor();
    // From wherever the keys are first, the arrows lead into the list, and back.
    await until(() => dialog.evaluate((one) => one.contains(document.activeElement)), 'the dialog has the keys');
    const at = () => page.evaluate(() => document.activeElement.closest('label')?.textContent.trim() ?? '');
    for (let step = 0; (await at()) !== 'Plants' && step < 30; step++) await page.keyboard.press('ArrowDown');
    assert.equal(await at(), 'Plants');
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowUp');
    const above = await at();
    assert.ok(above && above !== 'Plants', above);
    await page.keyboard.press('Space');
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    const { records } = await server.api('GET', '/1.0/categories?limit=100');
    const id = new URL(page.url()).pathname.split('/').pop();
    const set = async () => {
      const { category_ids } = await server.api('GET', `/1.0/content_threads/${id}`);
      return category_ids.map((one) => records.find((record) => record.id === one).name).sort().join();
    };
    await until(async () => (await set()) === ['Plants', above].sort().join(), 'they are set');
    await until(async () => (await focused()) === 'history', 'the keys are back in the conversation');
  });

  await t.test('without a reply the dialog says so, and takes Enter all the same', async () => {
    await page.keyboard.press('e');
    await page.getByTestId('no-reply-warning').waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('done-dialog').waitFor({ state: 'detached' });
    await page.getByTestId('take').waitFor();
    await until(async () => (await focused()) === 'history', 'the keys are back in the conversation');
  });

  for (const keys of ['Enter', 'Control+Enter']) {
    await t.test(`the dialog finishes with ${keys}`, async () => {
      await page.keyboard.press('t');
      await ada.isTaken();
      await page.keyboard.press('r');
      await until(async () => (await focused()) === 'composer', 'the reply has the keys');
      await page.keyboard.type('Medium.');
      await page.keyboard.press('Control+Enter');
      await ada.sees('Medium.');
      await page.keyboard.press('Escape');
      await page.keyboard.press('e');
      const solved = page.getByTestId('disposition-category').filter({ hasText: 'Solved' }).first();
      await solved.waitFor();
      assert.equal(await focused(), 'done-find', 'the field has the keys');
      if ((await solved.getAttribute('aria-selected')) !== 'true') {
        await page.keyboard.type('solv');
        await page.keyboard.press('Enter');
      }
      assert.equal(await solved.getAttribute('aria-selected'), 'true');
      await page.keyboard.press(keys);
      await page.getByTestId('done-dialog').waitFor({ state: 'detached' });
      await page.getByTestId('take').waitFor();
      await until(async () => (await focused()) === 'history', 'the keys are back in the conversation');
      const { records } = await server.api('GET', `/1.0/interventions?thread_id=${thread}`);
      assert.equal(records.find((one) => one.thread_id === thread).status, 'Closed');
    });
  }

  await t.test('a hand that is quicker than the line closes what it has answered', async () => {
    let arrive;
    const held = new Promise((done) => (arrive = done));
    await page.keyboard.press('t');
    await ada.isTaken();
    await page.route('**/1.0/contents', async (route) => (await held, route.continue()));
    await page.keyboard.press('r');
    await page.keyboard.type('Large.');
    await page.keyboard.press('Control+Enter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    const solved = page.getByTestId('disposition-category').filter({ hasText: 'Solved' }).first();
    await solved.waitFor();
    assert.equal(await page.getByTestId('no-reply-warning').count(), 0, 'what is under way is a reply');
    if ((await solved.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('1');
    assert.equal(await solved.getAttribute('aria-selected'), 'true');
    await page.keyboard.press('Enter');
    arrive();
    await page.getByTestId('done-dialog').waitFor({ state: 'detached' });
    await page.unroute('**/1.0/contents');
    await ada.sees('Large.');
    await page.getByTestId('take').waitFor();
    const { records } = await server.api('GET', `/1.0/interventions?thread_id=${thread}`);
    assert.equal(records.find((one) => one.thread_id === thread).status, 'Closed');
  });

  await t.test('a button that goes with its work leaves the keys in the conversation', async () => {
    await page.getByTestId('take').click();
    await ada.isTaken();
    await until(async () => (await focused()) === 'history', 'the keys are in the conversation');
    await page.getByTestId('done').click();
    await page.getByTestId('confirm-done').click();
    await page.getByTestId('done-dialog').waitFor({ state: 'detached' });
    await until(async () => (await focused()) === 'history', 'the keys are in the conversation');
  });
});

test('names in the header are whole, and the categories keep to one line', { timeout: 60_000 }, async () => {
  const { thread } = await conversation('Gwendolyn Harrington', 'A question with quite a long first sentence in it');
  const names = ['Plants in pots', 'Orders', 'Delivery by post', 'Complaints', 'Returns'];
  const ids = [];
  for (const name of names) ids.push((await server.api('POST', '/1.0/categories', { name })).id);
  await server.api('PUT', `/1.0/content_threads/${thread}/update_categories`, { thread_category_ids: ids });
  const cut = (selector) =>
    page
      .locator(`[data-testid=thread-view] header ${selector}`)
      .evaluate((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1);
  for (const [width, locale] of [[375, 'en'], [820, 'en'], [1440, 'en'], [375, 'fr'], [820, 'fr'], [1440, 'fr']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.evaluate((locale) => localStorage.setItem('hubbub:console:locale', locale), locale);
    await page.goto(`${line.url}/inbox/unassigned/${thread}`);
    await ada.sees('A question with');
    const where = `${width} ${locale}`;
    for (const state of ['unassigned', 'mine']) {
      if (state === 'mine') {
        await page.getByTestId('take').click();
        await ada.isTaken();
      }
      assert.equal(await cut('.source .truncate'), false, `the source at ${where}, ${state}`);
      assert.equal(await cut('h1'), false, `the name at ${where}, ${state}`);
      const name = await page.getByTestId('thread-name').boundingBox();
      assert.ok(name.width >= 112, `the name has ${name.width} at ${where}, ${state}`);
      const [badge, add] = await Promise.all(
        ['thread-state', 'thread-categories'].map((id) => page.getByTestId(id).boundingBox()),
      );
      assert.ok(Math.abs(badge.y + badge.height / 2 - add.y - add.height / 2) < 4, `one line at ${where}, ${state}`);
      assert.ok(add.x + add.width <= width, `nothing sticks out at ${where}, ${state}`);
      await shot(page, `desk-header-${width}-${locale}-${state}`);
    }
    const { records } = await server.api('GET', '/1.0/interventions?limit=150');
    await server.api('DELETE', `/1.0/interventions/${records.find((one) => one.thread_id === thread).id}/cancel`);
  }
  await page.evaluate(() => localStorage.removeItem('hubbub:console:locale'));
  assertWhole(page);
});
