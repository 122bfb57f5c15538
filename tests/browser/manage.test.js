/** The pattern that every page of the administration is made of: its list, its form, and that nothing typed is lost. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Receiver } from './support/receiver.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat, visitor } from './support/world.js';

const TAGS = ['regular', 'press', 'wholesale', 'late payer', 'Été', 'garden', 'office', 'school', 'neighbour'];
let server, browser, page;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  for (const name of TAGS) await server.api('POST', '/1.0/tags', { name });
  page = await person(browser);
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const get = (name) => page.getByTestId(name);
const field = (name) => get(`field-${name}`);
const focused = (locator) => locator.evaluate((one) => one === document.activeElement);
const tags = async () => (await server.api('GET', '/1.0/tags?limit=100')).records.map(({ name }) => name);

async function list(name) {
  await page.goto(`${server.url}/admin/${name}`);
  await get('row').or(get('empty')).first().waitFor();
}

async function open(text) {
  await list('tags');
  await get('edit').filter({ hasText: text }).click();
  await get('form').waitFor();
}

test('a list is searched and walked by keys, and is where it was after a form', { timeout: 60_000 }, async () => {
  await list('tags');
  assert.equal(await get('row').count(), TAGS.length);
  await page.keyboard.press('/');
  assert.ok(await focused(get('find')));
  await page.keyboard.type('ete');
  await until(async () => (await get('row').count()) === 1, 'what is found, whatever the accents');
  await get('find').fill('xyz');
  await get('empty').getByText('xyz').waitFor();
  await shot(page, 'manage-nothing-found');
  await get('empty').getByRole('button').click();
  await until(async () => (await get('row').count()) === TAGS.length, 'all of them again');

  const rows = get('edit');
  await rows.first().focus();
  for (const [key, at] of [['ArrowDown', 1], ['ArrowDown', 2], ['ArrowUp', 1], ['End', TAGS.length - 1], ['Home', 0], ['ArrowDown', 1]]) {
    await page.keyboard.press(key);
    assert.ok(await focused(rows.nth(at)), `${key} leads to ${at}`);
  }
  const name = await rows.nth(1).innerText();
  await page.keyboard.press('Enter');
  const heading = page.getByRole('heading', { level: 1, name });
  await heading.waitFor();
  assert.ok(await focused(heading), 'the heading has the focus');
  assert.match(page.url(), /\/admin\/tags\/[0-9a-f]{24}$/);
  await page.keyboard.press('Escape');
  await until(() => focused(get('edit').filter({ hasText: name })), 'the row has the focus again');
});

test('a form tells what is changed, saves by a key, and shows what is refused at its field', { timeout: 60_000 }, async () => {
  await open('regular');
  assert.equal(await get('form-bar').count(), 0);
  await field('name').fill('very regular');
  await get('form-bar').getByText('1 change not saved').waitFor();
  await shot(page, 'manage-changed');
  await field('name').fill('regular');
  assert.equal(await get('form-bar').count(), 0, 'what is as it was is no change');

  await field('name').fill('');
  await field('name').press('Tab');
  await get('form').getByText('Fill this in.').waitFor();
  await field('name').fill('press');
  assert.equal(await get('form').getByText('Fill this in.').count(), 0, 'it is gone with the first letter');
  await page.keyboard.press('Control+s');
  const name = field('name');
  await until(async () => (await name.getAttribute('aria-invalid')) === 'true', 'the server objects, at the field');
  assert.ok(await focused(name));
  await shot(page, 'manage-refused');
  await name.fill('most regular');
  await page.keyboard.press('Control+s');
  await get('toasts').getByText('Saved').waitFor();
  await page.getByRole('heading', { level: 1, name: 'most regular' }).waitFor();
  assert.equal(await get('form-bar').count(), 0);
  assert.ok(await focused(name), 'who goes on writing goes on writing');
  assert.ok((await tags()).includes('most regular'));
});

test('what is filled in is never thrown away unasked', { timeout: 90_000 }, async () => {
  const ways = {
    Escape: () => page.keyboard.press('Escape'),
    'the way up': () => get('up').click(),
    'another page': () => get('admin-teams').click(),
    'the inbox': () => get('folder-unassigned').click(),
    'the back button': () => page.evaluate(() => history.back()),
  };
  for (const [way, leave] of Object.entries(ways)) {
    await open('garden');
    const { pathname } = new URL(page.url());
    await field('name').fill('gardeners');
    await leave();
    await get('leave-dialog').waitFor();
    await page.keyboard.press('Escape');
    await get('leave-dialog').waitFor({ state: 'detached' });
    assert.equal(await field('name').inputValue(), 'gardeners', way);
    assert.equal(new URL(page.url()).pathname, pathname, way);
    await leave();
    await get('leave-discard').click();
    await get('form').waitFor({ state: 'detached' });
    assert.notEqual(new URL(page.url()).pathname, pathname, way);
  }
  await shot(page, 'manage-left');
  assert.ok((await tags()).includes('garden'), 'nothing was saved');

  await open('garden');
  await field('name').fill('gardeners');
  await get('up').click();
  await get('leave-save').click();
  await get('row').filter({ hasText: 'gardeners' }).waitFor();
  assert.ok((await tags()).includes('gardeners'));

  // A new one that nobody has begun is left at once.
  await get('add').click();
  await get('form').waitFor();
  await page.keyboard.press('Escape');
  await get('add').waitFor();

  const asked = page.waitForEvent('dialog');
  await open('office');
  await field('name').fill('offices');
  void page.reload();
  const dialog = await asked;
  assert.equal(dialog.type(), 'beforeunload');
  await dialog.dismiss();
  assert.equal(await field('name').inputValue(), 'offices');
  await get('discard').click();
  assert.equal(await field('name').inputValue(), 'office');
});

test('a dialog that was filled in asks as well', { timeout: 60_000 }, async () => {
  const chat = await makeChat(server);
  const { thread } = await (await visitor(server, chat, 'Ada'))('Where is my parcel?');
  await page.goto(`${server.url}/inbox/open/${thread.id}`);
  await get('edit-person').click();
  await field('notes').fill('Likes ferns');
  await page.keyboard.press('Escape');
  await get('leave-dialog').waitFor();
  // The question alone is closed by the next press, and the form is there.
  await page.keyboard.press('Escape');
  await get('leave-dialog').waitFor({ state: 'detached' });
  assert.equal(await field('notes').inputValue(), 'Likes ferns');
  await page.keyboard.press('Escape');
  await get('leave-discard').click();
  await get('person-form').waitFor({ state: 'detached' });
});

test('what is gone, or for others, says so', { timeout: 60_000 }, async () => {
  await page.goto(`${server.url}/admin/tags/${'0'.repeat(24)}`);
  await get('empty').getByText('Not here, or not for you').waitFor();
  await get('empty').getByRole('link').click();
  await get('add').waitFor();
});

test('every permission has words in both languages, and a role can begin as a copy', { timeout: 60_000 }, async () => {
  const { records } = await server.api('GET', '/1.0/roles');
  const isRight = (key) => typeof records[0][key] === 'boolean' && key !== 'second_factor_required';
  const names = Object.keys(records[0]).filter(isRight).sort();
  assert.ok(names.length > 60);
  for (const locale of ['fr', 'en']) {
    await get('user-menu').click();
    await get(`locale-${locale}`).click();
    await list('roles');
    await get('edit').filter({ hasText: 'Agent' }).first().click();
    await field('rights').locator('summary').click();
    const boxes = field('rights').locator('label');
    const said = await boxes.evaluateAll((all) =>
      all.map((one) => [one.querySelector('input').value, one.querySelector('span').firstChild.textContent.trim()]),
    );
    assert.deepEqual(said.map(([name]) => name).sort(), names);
    for (const [name, word] of said) assert.ok(word && word !== name, `${name} has a word in ${locale}`);
    assert.equal(await field('rights').getByText('Others', { exact: true }).count(), 0);
    await shot(page, `manage-role-${locale}`);
  }
  await field('rights').getByRole('searchbox').fill('ready answers');
  await until(async () => (await field('rights').locator('label').count()) === 2, 'they are found by their words');

  await get('copy-role').click();
  await page.getByRole('heading', { level: 1, name: 'Add a role' }).waitFor();
  assert.equal(await field('label').inputValue(), 'Copy of Agent');
  await get('save').click();
  await page.getByRole('heading', { level: 1, name: 'Copy of Agent' }).waitFor();
  const made = (await server.api('GET', '/1.0/roles')).records;
  const [model, copy] = ['Agent', 'Copy of Agent'].map((label) => made.find((role) => role.label === label));
  assert.deepEqual(names.map((name) => copy[name]), names.map((name) => model[name]));
  assert.deepEqual(copy.source_permissions, model.source_permissions);
});

test('a right that somebody lacks is not theirs to give', { timeout: 60_000 }, async () => {
  const role = await server.api('POST', '/1.0/roles', { label: 'Keeper', source_permissions: ['read'], manage_roles: true, read_user: true });
  const keeper = { email: 'keeper@shop.test', password: 'one more passphrase' };
  await server.api('POST', '/1.0/users', { ...keeper, firstname: 'Kim', lastname: 'Keeper', role_id: role.id, enabled: true });
  const theirs = await person(browser);
  await new Agent(theirs, server).signIn(keeper);
  await theirs.goto(`${server.url}/admin/roles/new`);
  assert.equal(await theirs.getByTestId('right-manage_roles').isEnabled(), true);
  assert.equal(await theirs.getByTestId('right-update_settings').isDisabled(), true);
  await theirs.getByText('Your own role lacks it.').first().waitFor();
  assertWhole(theirs);
  await theirs.context().close();
});

test('deliveries come into the list by themselves', { timeout: 60_000 }, async (t) => {
  const receiver = await Receiver.start();
  t.after(() => receiver.stop());
  const webhook = await server.api('POST', '/1.0/webhooks', { url: receiver.url, name: 'Warehouse', registered_events: ['content.imported'] });
  await page.goto(`${server.url}/admin/webhooks/${webhook.id}`);
  await page.getByText('No deliveries here.').waitFor();
  await until(async () => (await server.api('GET', `/1.0/webhooks/${webhook.id}`)).webhook_status === 'active', 'it is confirmed');
  await (await visitor(server, await makeChat(server, { name: 'Deliveries' }), 'Nils'))('Is anybody there?');
  await get('delivery-row').filter({ hasText: 'Delivered' }).waitFor();
});

test('a disabled button is as readable under the pointer as beside it', { timeout: 60_000 }, async () => {
  await list('tags');
  await get('add').click();
  const seen = () => get('save').evaluate((one) => [getComputedStyle(one).backgroundColor, getComputedStyle(one).color]);
  await get('save').evaluate((one) => (one.disabled = true));
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.mouse.move(0, 0);
  await page.waitForFunction(() => document.getAnimations().length === 0);
  const before = await seen();
  const { x, y, width, height } = await get('save').boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.waitForFunction(() => document.getAnimations().length === 0);
  assert.deepEqual(await seen(), before);
  assertWhole(page);
});
