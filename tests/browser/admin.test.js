/** An administrator sets a desk up in the console, and what they made works at once. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Receiver } from './support/receiver.js';
import { ADMIN, freePort, Server } from './support/server.js';
import { Site } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser, visitor as quietVisitor } from './support/world.js';

let server, browser, admin, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  admin = new Agent(await person(browser, { permissions: ['clipboard-read', 'clipboard-write'] }), server);
  page = admin.page;
  await admin.signIn(ADMIN);
  await page.getByTestId('nav-admin').click();
  await page.getByTestId('admin-page').waitFor();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function openPage(name) {
  await page.getByTestId(`admin-${name}`).click();
  await page.waitForURL(`**/admin/${name}`);
  await page.getByTestId('add').waitFor();
}

const field = (name) => page.getByTestId(`field-${name}`);

/** Saves the form: then it has no changes any more, and one that was new has an address of its own. */
async function save(on = page) {
  await on.getByTestId('save').click();
  await on.getByTestId('form-bar').waitFor({ state: 'detached' });
}

const back = () => page.getByTestId('up').click();
const form = (on = page) => on.getByTestId('form');

async function addCommunity(name, signed) {
  await openPage('communities');
  await page.getByTestId('add').click();
  await field('name').fill(name);
  await form().locator(`input[value=${signed}]`).check();
  await save();
  await back();
  await page.getByTestId('admin-page').getByText(name).waitFor();
}

/** Adds a chat; gives the lines for its site, as its button copies them. */
async function addChat(name, community, settings = {}) {
  await openPage('sources');
  await page.getByTestId('add').click();
  await field('name').fill(name);
  await field('community_id').selectOption({ label: community });
  for (const [testid, value] of Object.entries(settings)) await page.getByTestId(testid).fill(value);
  await page.getByTestId('save').click();
  const copy = page.getByRole('button', { name: 'Copy' });
  const { x, width } = await copy.boundingBox();
  assert.ok(x + width <= page.viewportSize().width, 'the button to copy with is within reach');
  await copy.click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(code, await page.getByTestId('snippet').innerText());
  await shot(page, `admin-snippet-${name.replace(/\W/g, '')}`);
  return code;
}

test('a new chat works with the lines that the console gives', { timeout: 90_000 }, async (t) => {
  await addCommunity('People on the site', 'rejected');
  const code = await addChat('Site chat', 'People on the site', { 'welcome-body': 'Welcome to the shop!' });
  const site = await Site.start(code);
  t.after(() => site.stop());
  const visitor = new Visitor(await person(browser));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.sees('Welcome to the shop!');
  await visitor.say('The lines work');
  await visitor.hasState('The lines work', 'sent');
  const { records } = await server.api('GET', '/1.0/contents');
  assert.equal(records[0].body, 'The lines work');
  assertWhole(visitor.page);
});

test('a desk set up by its defaults has a chat, that greets in each language', { timeout: 90_000 }, async (t) => {
  await openPage('communities');
  await page.getByTestId('add').click();
  await field('name').fill('Everybody');
  await shot(page, 'admin-community-new');
  await save();
  await openPage('sources');
  await page.getByTestId('add').click();
  await field('name').fill('Open chat');
  await field('community_id').selectOption({ label: 'Everybody' });
  await page.getByTestId('welcome-body').fill('Hello!');
  await page.getByTestId('add-welcome').click();
  await page.getByTestId('welcome-body').nth(1).fill('Bonjour {{firstname}} !');
  await page.getByTestId('save').click();
  await page.getByText('Each text needs a language code').waitFor();
  await page.getByTestId('welcome-language').nth(1).fill('fr');
  assert.equal(await page.getByTestId('welcome-preview').nth(1).innerText(), 'Bonjour Ada !');
  await shot(page, 'admin-welcomes');
  await page.getByTestId('save').click();
  const code = await page.getByTestId('snippet').innerText();
  const site = await Site.start(code);
  t.after(() => site.stop());
  for (const [lang, greeting] of [['en', 'Hello!'], ['fr', 'Bonjour !'], ['de', 'Hello!']]) {
    site.language = lang;
    const visitor = new Visitor(await person(browser));
    await visitor.visit(site.url);
    await visitor.openChat();
    await visitor.sees(greeting);
    assertWhole(visitor.page);
  }
});

test('a webhook that does not confirm says why, and no name of an event breaks within a word', { timeout: 90_000 }, async () => {
  await openPage('webhooks');
  await page.getByTestId('add').click();
  await field('url').fill(`http://127.0.0.1:${await freePort()}/hook?key=of-the-shop`);
  await field('name').fill('Nobody there');
  await field('verify_token').fill('a word between us');
  for (const width of [375, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    const broken = await form().locator('code').evaluateAll((all) =>
      all
        .flatMap((one) => [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE))
        .filter((part) => {
          const range = document.createRange();
          range.selectNodeContents(part);
          return range.getClientRects().length > 1;
        })
        .map((part) => part.textContent),
    );
    assert.deepEqual(broken, [], `at ${width}`);
  }
  await page.getByTestId('event-content.discussion_initiated').check();
  await shot(page, 'admin-webhook-events');
  await save();
  const reason = page.getByTestId('webhook-reason').filter({ hasText: 'Connection refused' });
  await reason.waitFor();
  assert.ok(!/key=of-the-shop|a word between us/.test(await reason.innerText()), 'no secret is in it');
  assert.equal(await page.getByTestId('webhook-status').innerText(), 'Not verified');
  await shot(page, 'admin-webhook-reason');
  const asked = page.waitForResponse((one) => one.url().endsWith('/verify'));
  await page.getByTestId('verify').click();
  const { id } = await (await asked).json();
  await reason.waitFor();
  // The token is not shown again, and stays when another thing is changed.
  assert.equal(await field('verify_token').inputValue(), '');
  await form().getByText('Leave empty to keep the present one.').first().waitFor();
  await field('name').fill('Still nobody there');
  await save();
  const { has_verify_token } = await server.api('GET', `/1.0/webhooks/${id}`);
  assert.equal(has_verify_token, true);
  await server.api('DELETE', `/1.0/webhooks/${id}`);
});

test('who may not change a thing reads it', { timeout: 90_000 }, async () => {
  const community = await server.api('POST', '/1.0/communities', { type: 'sdk', name: 'Readers' });
  await server.api('POST', '/1.0/content_sources', { type: 'sdk', name: 'Read me', community_id: community.id });
  const rights = { read_content_source: true, read_community: true, read_user: true, manage_users_of_my_teams: true, invite_user: true };
  const role = await server.api('POST', '/1.0/roles', { label: 'Reader', source_permissions: ['read'], ...rights });
  const reader = await makeUser(server, 'Rita', 'Reader', 'Agent', { role_id: role.id });
  const team = await server.api('POST', '/1.0/teams', { name: 'Readers', leader_ids: [reader.id], user_ids: [reader.id] });
  for (const [who, pages] of [
    [await makeUser(server, 'Aron', 'Agent'), ['sources']],
    [reader, ['sources', 'communities', 'teams']],
  ]) {
    const agent = new Agent(await person(browser), server);
    await agent.signIn(who);
    const refused = [];
    agent.page.on('response', (one) => one.status() === 403 && refused.push(one.url()));
    for (const name of pages) {
      await agent.page.goto(`${server.url}/admin/${name}`);
      const entry = agent.page.getByTestId('edit').filter({ hasText: name === 'sources' ? 'Read me' : 'Readers' });
      await entry.click();
      const facts = agent.page.getByTestId('form-page');
      await facts.locator('dd').first().waitFor();
      await shot(agent.page, `facts-${name}`);
      assert.equal(await facts.locator('input, select, textarea, [data-testid=save], [data-testid=delete]').count(), 0, name);
      await agent.page.keyboard.press('Escape');
      await facts.waitFor({ state: 'detached' });
      await until(() => entry.evaluate((one) => one === document.activeElement), 'the focus is where it was');
    }
    assert.deepEqual(refused, []);
    assertWhole(agent.page);
    await agent.page.context().close();
  }
  await server.api('DELETE', `/1.0/teams/${team.id}`);
});

function sign(claims, kid, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'HS256', typ: 'JWT', kid })}.${part(claims)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('a chat for signed identities knows its visitor, and nobody else', { timeout: 90_000 }, async (t) => {
  await addCommunity('Customers', 'required');
  await page.getByTestId('edit').filter({ hasText: 'Customers' }).click();
  await page.getByTestId('add-jwt-key').click();
  await field('key_id').fill('site_1');
  await page.getByRole('button', { name: 'Generate a secret' }).click();
  const secret = await field('key').inputValue();
  assert.match(secret, /^[0-9a-f]{24}$/);
  await page.getByTestId('save-jwt-key').click();
  await form().getByText('site_1').waitFor();
  const code = await addChat('Customer chat', 'Customers');

  const exp = Math.floor(Date.now() / 1000) + 2 * 3600;
  const jwt = sign({ exp, uuid: 'customer-7', firstname: 'Ada', lastname: 'Byron' }, 'site_1', secret);
  const signed = (token) => `<script>_chatq = [['_setSignedIdentity', '${token}']]</script>${code}`;
  const site = await Site.start(signed(jwt));
  t.after(() => site.stop());
  const visitor = new Visitor(await person(browser));
  await visitor.visit(site.url);
  await visitor.openChat();
  await visitor.say('It is me');
  await visitor.hasState('It is me', 'sent');
  const { records } = await server.api('GET', '/1.0/contents');
  const author = await server.api('GET', `/1.0/identities/${records[0].author_id}`);
  assert.deepEqual([author.uuid, author.firstname, author.lastname], ['customer-7', 'Ada', 'Byron']);

  const elsewhere = new Visitor(await person(browser));
  await elsewhere.visit(site.url);
  await elsewhere.page.getByTestId('launcher').click();
  await elsewhere.page.getByTestId('message').or(elsewhere.page.getByTestId('thread-item')).first().waitFor();
  assert.ok((await elsewhere.page.getByTestId('panel').innerText()).includes('It is me'), 'their history is with them');

  site.code = signed(sign({ exp, uuid: 'customer-7' }, 'site_1', '0'.repeat(24)));
  const forger = await person(browser);
  const refused = forger.waitForResponse((response) => response.url().endsWith('/session'));
  await forger.goto(site.url);
  await forger.getByTestId('launcher').click();
  assert.equal((await refused).status(), 401);
  await forger.getByTestId('notice').waitFor();
  assert.equal(await forger.getByTestId('composer').count(), 0);

  site.code = code;
  const nobody = await person(browser);
  const warnings = [];
  nobody.on('console', (one) => one.type() === 'warning' && warnings.push(one.text()));
  const config = nobody.waitForResponse((response) => response.url().endsWith('/config'));
  await nobody.goto(site.url);
  await (await config).finished();
  assert.equal(await nobody.getByTestId('launcher').count(), 0);
  await until(() => warnings.length > 0, 'the page is told why');
  assert.match(warnings.join('\n'), /^No chat: no signed identity$/);
  for (const one of [visitor.page, elsewhere.page, forger, nobody]) assertWhole(one);
});

test('a webhook shows what it sent and what came back, and sends again', { timeout: 90_000 }, async (t) => {
  const receiver = await Receiver.start();
  t.after(() => receiver.stop());
  await openPage('webhooks');
  await page.getByTestId('add').click();
  await field('url').fill(receiver.url);
  await field('name').fill('Warehouse');
  await field('secret').fill('a shared word');
  await page.getByTestId('event-content.imported').check();
  await save();
  await until(async () => {
    if ((await page.getByTestId('webhook-status').innerText()) === 'Active') return true;
    await page.reload();
    await page.getByTestId('webhook-status').waitFor();
    return false;
  }, 'the webhook is confirmed');

  receiver.status = 500;
  receiver.answer = 'the warehouse is on fire';
  await (await quietVisitor(server, await makeChat(server, { name: 'Another chat' }), 'Ada'))('Where is my parcel?');
  await until(() => receiver.received.length === 1, 'the first attempt');
  assert.equal(receiver.received[0].headers['x-dimelo-secret'], 'a shared word');
  assert.equal(receiver.received[0].events[0].type, 'content.imported');

  const row = page.getByTestId('delivery-row');
  const refresh = page.getByRole('button', { name: 'Refresh' });
  await until(async () => {
    await refresh.click();
    return (await row.count()) === 1 && /Pending/.test(await row.innerText()) && /\b1\b/.test(await row.innerText());
  }, 'the failed delivery is listed');
  await shot(page, 'admin-deliveries');
  await page.getByTestId('open-delivery').click();
  const attempts = page.getByTestId('delivery-dialog').getByTestId('attempt');
  await attempts.filter({ hasText: '500' }).filter({ hasText: 'the warehouse is on fire' }).waitFor();
  await shot(page, 'admin-attempts');
  await page.keyboard.press('Escape');

  receiver.status = 200;
  receiver.answer = 'thank you';
  await page.getByTestId('resend').click();
  await until(() => receiver.received.length === 2, 'the second attempt');
  assert.equal(receiver.received[1].id, receiver.received[0].id, 'the same delivery');
  await until(async () => {
    await refresh.click();
    return /Delivered/.test(await row.innerText());
  }, 'it is delivered');
  await page.getByTestId('open-delivery').click();
  await attempts.filter({ hasText: '200' }).filter({ hasText: 'thank you' }).waitFor();
  assert.equal(await attempts.count(), 2);
  await page.keyboard.press('Escape');
});

test('a webhook is offered the events that come, and gets what it missed while it was off', { timeout: 90_000 }, async (t) => {
  const receiver = await Receiver.start();
  t.after(() => receiver.stop());
  await openPage('webhooks');
  await page.getByTestId('add').click();
  const answer = await fetch(`${server.url}/1.0/webhooks/events`, { headers: { authorization: `Bearer ${ADMIN.token}` } });
  const { records } = await answer.json();
  await page.getByTestId('event-content_thread.owner_changed').waitFor({ state: 'attached' });
  const offered = await page.locator('[data-testid^="event-"]').evaluateAll((all) => all.map((one) => one.dataset.testid));
  assert.deepEqual(offered.map((name) => name.slice('event-'.length)).sort(), [...records].sort());
  // What they are about has words.
  const groups = await page.locator('details > summary > span:first-child').allInnerTexts();
  assert.deepEqual([groups.includes('Agents: who is there'), groups.filter((words) => /^[a-z_]+$/.test(words))], [true, []]);
  await field('url').fill(receiver.url);
  await field('name').fill('Night shift');
  await page.getByTestId('event-content.imported').check();
  await save();
  const status = page.getByTestId('webhook-status');
  const reloadUntil = (check, what) =>
    until(async () => {
      if (await check()) return true;
      await page.reload();
      await status.waitFor();
      return false;
    }, what);
  await reloadUntil(async () => (await status.innerText()) === 'Active', 'the webhook is confirmed');
  await field('active').uncheck();
  await save();
  const say = await quietVisitor(server, await makeChat(server, { name: 'Night chat' }), 'Nils');
  await say('Is anybody there?');
  await reloadUntil(async () => (await page.getByTestId('waiting').count()) === 1, 'what waits is told');
  assert.match(await page.getByTestId('waiting').innerText(), /^1 delivery waits/);
  await shot(page, 'admin-webhook-waiting');
  assert.equal(receiver.received.length, 0);
  await field('active').check();
  assert.equal(await field('send_waiting').isChecked(), true);
  await save();
  await until(() => receiver.received.length === 1, 'it comes');
  assert.equal(receiver.received[0].events[0].resource.metadata.body, 'Is anybody there?');
});

test('agents, categories, tags and tokens', { timeout: 300_000 }, async (t) => {
  await t.test('a new agent signs in', async () => {
    await openPage('agents');
    await page.getByTestId('add').click();
    await field('firstname').fill('Alicia');
    await field('lastname').fill('Johnson');
    await field('email').fill('alicia@shop.test');
    await field('role_id').selectOption({ label: 'Agent' });
    await field('password').fill('one more passphrase');
    await save();
    await back();
    await page.getByTestId('row').filter({ hasText: 'Alicia Johnson' }).waitFor();
    const alicia = new Agent(await person(browser), server);
    await alicia.signIn({ email: 'alicia@shop.test', password: 'one more passphrase' });
    assert.match(await alicia.page.getByTestId('user-menu').innerText(), /Alicia Johnson/);
  });

  await t.test('a category under another', async () => {
    await openPage('categories');
    for (const [name, parent] of [['Topic', null], ['Delivery', 'Topic']]) {
      await page.getByTestId('add').click();
      await field('name').fill(name);
      if (parent) {
        const option = field('parent_id').locator('option').filter({ hasText: parent });
        await field('parent_id').selectOption(await option.getAttribute('value'));
      }
      await save();
      await back();
    }
    await until(async () => (await page.getByTestId('row').count()) === 2, 'both are listed');
    const { records } = await server.api('GET', '/1.0/categories');
    const id = (name) => records.find((one) => one.name === name).id;
    assert.equal(records.find((one) => one.name === 'Delivery').parent_id, id('Topic'));
  });

  await t.test('a tag, renamed and deleted', async () => {
    await openPage('tags');
    await page.getByTestId('add').click();
    await field('name').fill('regular');
    await save();
    await back();
    await page.getByTestId('edit').filter({ hasText: 'regular' }).click();
    await field('name').fill('very regular');
    await save();
    await page.getByRole('heading', { name: 'very regular' }).waitFor();
    await page.getByTestId('delete').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('empty').waitFor();
    assert.equal((await server.api('GET', '/1.0/tags')).count, 0);
  });

  await t.test('a token opens the API until it is switched off', async () => {
    await openPage('tokens');
    await page.getByTestId('add').click();
    await field('label').fill('Warehouse');
    await page.getByTestId('save').click();
    const token = await page.getByTestId('created-token').innerText();
    assert.equal((await server.api('GET', '/1.0/users', null, token)).records.length > 0, true);
    await field('enabled').uncheck();
    await save();
    await page.getByRole('banner').or(page.locator('header')).getByText('Disabled').waitFor();
    await back();
    await page.getByTestId('row').filter({ hasText: 'Warehouse' }).getByText('Disabled').waitFor();
    await page.getByTestId('edit').filter({ hasText: 'Warehouse' }).click();
    assert.equal(await page.getByTestId('created-token').count(), 0, 'it is told once');
    await assert.rejects(server.api('GET', '/1.0/users', null, token), /401/);
  });

  await t.test('a team with its leader', async () => {
    await openPage('teams');
    await page.getByTestId('add').click();
    await field('name').fill('Returns');
    await field('leader_ids').getByLabel('Alicia Johnson').check();
    await field('user_ids').getByLabel('Alicia Johnson').check();
    await save();
    await back();
    await page.getByTestId('row').filter({ hasText: 'Alicia Johnson' }).waitFor();
    await page.getByTestId('edit').filter({ hasText: 'Returns' }).click();
    await page.getByTestId('delete').click();
    await page.getByTestId('confirm').click();
    await page.getByTestId('empty').waitFor();
    assert.equal((await server.api('GET', '/1.0/teams')).count, 0);
  });

  await t.test('a role with one permission more', async () => {
    await openPage('roles');
    await page.getByTestId('add').click();
    await field('label').fill('Librarian');
    await page.getByLabel('Manage ready answers').check();
    await save();
    const { records } = await server.api('GET', '/1.0/roles');
    const role = records.find((one) => one.label === 'Librarian');
    assert.deepEqual([role.manage_reply_assistant, role.manage_roles], [true, false]);
  });

  await t.test('a folder that keeps a search', async () => {
    await openPage('folders');
    await page.getByTestId('add').click();
    await field('label').fill('Waiting');
    await field('query').fill('no_such_word:1');
    await page.getByTestId('save').click();
    await page.getByText('is not understood').first().waitFor();
    await field('query').fill('status_in:new');
    await save();
    await page.getByTestId('own-folder').filter({ hasText: 'Waiting' }).click();
    await page.getByTestId('list-title').filter({ hasText: 'Waiting' }).waitFor();
    await page.getByTestId('nav-admin').click();
  });

  await t.test('a role whose replies are looked at now and then, always, never', async () => {
    await server.api('POST', '/1.0/roles', { label: 'Trainee', source_permissions: ['read', 'reply', 'approval_threshold_30'] });
    await openPage('roles');
    const given = async () => {
      const { records } = await server.api('GET', '/1.0/roles?limit=100');
      return records.find((one) => one.label === 'Trainee').source_permissions;
    };
    await page.getByTestId('edit').filter({ hasText: 'Trainee' }).click();
    assert.equal(await field('approval').inputValue(), '30');
    await shot(page, 'admin-role-approval');
    await field('label').fill('Beginner');
    await save();
    await field('label').fill('Trainee');
    await save();
    assert.deepEqual(await given(), ['read', 'reply', 'approval_threshold_30']);
    for (const [percent, expected] of [['100', ['approval_required']], ['60', ['approval_threshold_60']], ['0', []]]) {
      await field('approval').selectOption(percent);
      await save();
      assert.deepEqual(await given(), ['read', 'reply', ...expected]);
    }
  });

  await t.test('somebody whose replies are looked at more often on one source', async () => {
    const { records: users } = await server.api('GET', '/1.0/users');
    const alicia = users.find((one) => one.firstname === 'Alicia');
    const { records: sources } = await server.api('GET', '/1.0/content_sources');
    const path = `/1.0/users/${alicia.id}/sources_permissions`;
    await server.api('PUT', path, { [sources[0].id]: 'read,reply,approval_threshold_40' });
    await openPage('agents');
    await page.getByTestId('edit').filter({ hasText: 'Alicia' }).click();
    await page.getByTestId('permissions').click();
    const select = page.getByTestId('permissions-dialog').getByLabel(`${sources[0].name}: Needs approval`);
    assert.equal(await select.inputValue(), '40');
    await shot(page, 'admin-permissions-approval');
    await select.selectOption('Always');
    await page.getByTestId('permissions-dialog').getByTestId('save').click();
    await page.getByTestId('permissions-dialog').waitFor({ state: 'detached' });
    assert.deepEqual((await server.api('GET', path))[sources[0].id], ['read', 'reply', 'approval_required']);
  });

  await t.test('a folder for a team that is gone', async () => {
    const team = await server.api('POST', '/1.0/teams', { name: 'Night shift' });
    const kept = { team_restriction: { only: [team.id] } };
    const { id } = await server.api('POST', '/1.0/folders', { label: 'Nights', ...kept });
    await server.api('DELETE', `/1.0/teams/${team.id}`);
    await openPage('folders');
    const edit = () => page.getByTestId('edit').filter({ hasText: 'Nights' }).click();
    await edit();
    await field('label').fill('Nights, once');
    await save();
    const folder = await server.api('GET', `/1.0/folders/${id}`);
    assert.deepEqual([folder.label, folder.team_restriction], ['Nights, once', kept.team_restriction]);
    const gone = form().getByLabel('Removed');
    assert.equal(await gone.isChecked(), true);
    await gone.uncheck();
    await gone.scrollIntoViewIfNeeded();
    await shot(page, 'admin-folder-removed');
    await save();
    assert.deepEqual((await server.api('GET', `/1.0/folders/${id}`)).team_restriction, { only: [] });
  });

  await t.test('a folder for somebody who came after the page was opened', async () => {
    const zoe = await makeUser(server, 'Zoe', 'Newcomer');
    const only = { user_restriction: { only: [zoe.id] } };
    const { id } = await server.api('POST', '/1.0/folders', { label: 'Mornings', ...only });
    const restriction = async () => (await server.api('GET', `/1.0/folders/${id}`)).user_restriction;
    await openPage('teams');
    await openPage('folders');
    await page.getByTestId('edit').filter({ hasText: 'Mornings' }).click();
    assert.equal(await form().getByLabel('Zoe Newcomer').isChecked(), true);
    assert.equal(await form().getByLabel('Removed').count(), 0);
    await field('label').fill('Mornings alone');
    await save();
    assert.deepEqual(await restriction(), only.user_restriction);

    const permissions = { manage_folders: true, manage_users_of_my_teams: true, read_user: true };
    const role = await server.api('POST', '/1.0/roles', { label: 'Leader', source_permissions: ['read'], ...permissions });
    const lea = await makeUser(server, 'Lea', 'Leader', 'Agent', { role_id: role.id });
    await server.api('POST', '/1.0/teams', { name: 'Afternoons', leader_ids: [lea.id], user_ids: [lea.id] });
    const leader = new Agent(await person(browser), server);
    await leader.signIn(lea);
    await leader.page.goto(`${server.url}/admin/folders`);
    await leader.page.getByTestId('edit').filter({ hasText: 'Mornings' }).click();
    const theirs = form(leader.page);
    await theirs.getByLabel('Lea Leader').waitFor();
    assert.equal(await theirs.getByLabel('Removed').count(), 0, 'whom a leader does not see is not gone');
    await theirs.getByTestId('field-label').fill('Mornings of all');
    await save(leader.page);
    assert.deepEqual(await restriction(), only.user_restriction);
    assertWhole(leader.page);
  });

  await t.test('a custom field', async () => {
    await openPage('custom_fields');
    await page.getByTestId('add').click();
    await field('label').fill('Favourite plant');
    await field('type').selectOption('single_choice');
    await field('choices').fill('Fern\nOrchid');
    await save();
    await back();
    await page.getByTestId('row').filter({ hasText: 'One of a list' }).waitFor();
  });

  await t.test('a ready answer', async () => {
    await openPage('reply_assistant');
    await page.getByTestId('add').click();
    await field('label').fill('Greeting');
    await field('group').fill('Everyday');
    await field('body').fill('Hello {{identity.firstname|there}}!');
    await save();
    await back();
    await page.getByTestId('row').filter({ hasText: 'Everyday' }).waitFor();
  });

  await t.test('the settings of the desk', async () => {
    await page.getByTestId('admin-settings').click();
    await field('name').fill('The plant shop');
    await page.getByTestId('field-password_numbers').check();
    // What the form before it said may still be on the screen: the answer itself is awaited.
    const answered = page.waitForResponse((one) => one.request().method() === 'PUT' && one.url().endsWith('/1.0/settings'));
    await page.getByTestId('save').click();
    await answered;
    await page.getByTestId('toasts').filter({ hasText: 'Saved' }).first().waitFor();
    const settings = await server.api('GET', '/1.0/settings');
    assert.deepEqual([settings.name, settings.password_numbers], ['The plant shop', true]);
  });

  assertWhole(page);
});
