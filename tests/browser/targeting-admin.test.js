/** An administrator sets up what a chat shows to whom: triggers, catalogue and custom variables. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';

let browser, server, page, source;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start({})]);
  const admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
  ({ page } = admin);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test('where there is no chat yet, the way to one is shown', { timeout: 90_000 }, async () => {
  for (const name of ['triggers', 'items', 'variables']) {
    await open(name);
    await page.getByText('They belong to a chat on a site: add one first.').waitFor();
    assert.equal(await page.getByTestId('add').count(), 0);
  }
  await page.getByTestId('first').click();
  await page.waitForURL('**/admin/sources/new');
  const community = await server.api('POST', '/1.0/communities', { type: 'engage_messaging', name: 'Visitors' });
  source = await server.api('POST', '/1.0/content_sources', {
    type: 'engage_messaging', name: 'Shop chat', community_id: community.id,
  });
});

const open = async (name) => {
  await page.goto(`${server.url}/admin/${name}`);
  await page.getByTestId('admin-page').waitFor();
};
const list = async (path) => (await server.api('GET', `/1.0/${path}?source_id=${source.id}`)).records;
/** The word alone: what is still to be saved is told too, by "changes not saved". */
const saved = () => page.getByText('Saved', { exact: true }).first().waitFor();

test('what is wrong with the sites of a chat stands beside what is to be written there', { timeout: 90_000 }, async () => {
  await page.goto(`${server.url}/admin/sources/${source.id}`);
  await page.getByTestId('field-allowed_domains').fill('shop.test/path');
  await page.getByTestId('save').click();
  const field = page.locator('[data-field=allowed_domains][aria-invalid=true]');
  await field.waitFor();
  await page.getByText('Pages elsewhere get no chat').waitFor();
  const told = await field.evaluate((one) => one.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).textContent));
  assert.equal(told.length, 2, told.join());
  assert.match(told[1], /^One a line, such as www\.example\.com/);
  await accessible(page);
  await page.getByTestId('field-allowed_domains').fill('');
});

test('a variable is made, with its place in the page', { timeout: 90_000 }, async () => {
  await open('variables');
  await page.getByTestId('add').first().click();
  await page.getByTestId('field-label').fill('Products');
  await page.getByTestId('field-name').fill('custom_products');
  await page.getByTestId('field-kind').selectOption('number');
  await page.getByTestId('field-in_page.by').selectOption('selector');
  await page.getByTestId('field-in_page.expression').fill('#cart .count');
  await page.getByTestId('field-in_page.pattern').fill('(?=x)');
  await page.getByTestId('save').click();
  // What the server refuses is said at its field.
  await page.locator('[data-field="in_page.pattern"][aria-invalid="true"]').waitFor();
  await page.getByTestId('field-in_page.pattern').fill('(\\d+)');
  await accessible(page);
  await page.getByTestId('save').click();
  await saved();
  const [made] = await list('messaging_variables');
  assert.deepEqual([made.name, made.kind, made.in_page.pattern], ['custom_products', 'number', '(\\d+)']);
});

test('a trigger is built from comparisons that fit, and put first by the keyboard', { timeout: 90_000 }, async () => {
  await open('triggers');
  await page.getByTestId('add').first().click();
  await page.getByTestId('field-label').fill('Full cart');
  await page.getByTestId('add-condition').click();
  assert.ok(await page.getByTestId('criterion').last().evaluate((one) => one === document.activeElement), 'the keys are at it');
  await page.getByTestId('criterion').selectOption('custom_products');
  const operators = await page.getByTestId('operator').locator('option').evaluateAll((all) => all.map((one) => one.value));
  assert.deepEqual(operators, ['gte', 'lte', 'is', 'is_present', 'is_not_present']);
  await page.getByTestId('operator').selectOption('gte');
  await page.getByTestId('value').fill('2');
  await page.getByTestId('position').selectOption('any');
  // The chat is shown in one way: two that contradict each other are not ticked together.
  await page.getByTestId('action-show_and_open_chat').check();
  assert.equal(await page.getByTestId('action-show_chat_minimized').isChecked(), false);
  await page.getByTestId('action-show_chat_minimized').check();
  assert.equal(await page.getByTestId('action-show_and_open_chat').isChecked(), false);
  await page.getByTestId('action-show_chat_minimized').uncheck();
  await page.getByTestId('action-hide_others').check();
  await page.getByTestId('save').click();
  await page.getByText('This does nothing by itself').waitFor();
  await page.getByTestId('action-show_invitation').check();
  await accessible(page);
  await page.getByTestId('save').click();
  await saved();
  const made = (await list('messaging_triggers')).at(-1);
  assert.deepEqual(made.conditions, [{ criterion: 'custom_products', position: 'any', operator: 'gte', value: 2 }]);
  assert.deepEqual(made.actions.map(({ type }) => type).sort(), ['hide_others', 'show_invitation']);

  await open('triggers');
  const names = () => page.getByTestId('edit').allInnerTexts();
  await page.getByRole('link', { name: 'Full cart' }).waitFor();
  assert.deepEqual(await names(), ['Default button', 'Full cart']);
  await page.getByRole('button', { name: 'Move Full cart' }).focus();
  await page.keyboard.press('ArrowUp');
  await page.getByText('Full cart is now 1 of 2').waitFor({ state: 'attached' });
  assert.deepEqual((await list('messaging_triggers')).map(({ label }) => label), ['Full cart', 'Default button']);
  // And dragged back.
  const [from, to] = [page.getByRole('button', { name: 'Move Full cart' }), page.getByTestId('row').last()];
  const [a, b] = [await from.boundingBox(), await to.boundingBox()];
  await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
  await page.mouse.down();
  await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 4 });
  await page.mouse.up();
  await page.getByText('Full cart is now 2 of 2').waitFor({ state: 'attached' });
  await accessible(page);
  // The one that is built in is switched off, and not removed.
  await page.getByRole('link', { name: 'Default button' }).click();
  await page.getByTestId('field-active').waitFor();
  assert.equal(await page.getByTestId('delete').count(), 0);
});

test('a visit is made up, and shows which trigger acts where and why the others do not', { timeout: 90_000 }, async () => {
  await open('triggers');
  const all = async (n) => (await page.getByTestId('try-outcomes').nth(n).innerText()).replace(/\n+/g, '\n');
  await page.getByTestId('try-sample').selectOption('cart');
  await page.getByTestId('try-custom_products').nth(2).waitFor();
  assert.equal(await page.getByTestId('try-custom_products').nth(1).inputValue(), '2');
  // The full cart is on the second page, and is told of on the third as well: any page of the visit counts.
  await until(async () => /Full cart\nActs at once/.test(await all(1)), 'the trigger that acts');
  assert.match(await all(0), /Default button\nActs at once[^]*Full cart\nNot all conditions hold/);
  assert.match(await all(2), /Full cart\nActs at once/);
  await page.getByTestId('try-outcomes').first().getByText('1 condition').click();
  await page.getByText('Custom – Products, any page: is at least 2 does not hold').waitFor();
  await accessible(page);
  // By the keyboard: the page with the full cart comes first, and is taken away.
  await page.getByRole('button', { name: 'Move page 2 up' }).press('Enter');
  await until(async () => /Full cart\nActs/.test(await all(0)), 'the page that was moved');
  await page.getByRole('button', { name: 'Remove page 1' }).press('Enter');
  await until(async () => /Full cart\nNot all/.test(await all(0)), 'the page that is gone');
  await page.getByTestId('try-add').press('Enter');
  await page.getByTestId('try-custom_products').nth(2).fill('9');
  await until(async () => /Full cart\nActs at once: Hide/.test(await all(2)), 'the page that was added');
  await page.setViewportSize({ width: 360, height: 800 });
  const wide = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  assert.equal(await page.evaluate(wide), 0);
  await accessible(page);
  await page.setViewportSize({ width: 1280, height: 800 });

  // What is being written counts as it stands, and nothing of it is saved by trying.
  await page.getByRole('link', { name: 'Full cart' }).click();
  await page.getByTestId('field-once_per_visit').check();
  await page.getByTestId('value').fill('5');
  await page.getByTestId('field-only_if_agents_available').check();
  await page.getByTestId('try-sample').selectOption('cart');
  await page.getByTestId('try-custom_products').nth(1).fill('7');
  await until(async () => /Full cart\nActs/.test(await all(1)), 'the unsaved trigger');
  assert.match(await all(2), /Full cart\nHas acted in this visit before/);
  await page.getByTestId('try-agents').uncheck();
  await until(async () => /Full cart\nNobody is available/.test(await all(1)), 'nobody there');
  await page.getByTestId('try-url').first().press('Enter');
  await accessible(page);
  const [, kept] = await list('messaging_triggers');
  assert.deepEqual([kept.once_per_visit, kept.conditions[0].value], [false, 2]);
  await page.getByTestId('discard').click();
});

test('of two who change the same, the second one is told, and neither loses anything', { timeout: 90_000 }, async () => {
  const of = async (label) => (await list('messaging_triggers')).find((one) => one.label === label);
  const { id } = await of('Full cart');
  await page.goto(`${server.url}/admin/triggers/${id}`);
  await page.getByTestId('field-label').fill('Cart of mine');
  await server.api('PUT', `/1.0/messaging_triggers/${id}`, { label: 'Cart of theirs', stop_after: true });
  await page.getByTestId('save').click();
  await page.getByText('Somebody else has changed this meanwhile, so nothing was saved.').first().waitFor();
  assert.equal(await page.getByTestId('field-label').inputValue(), 'Cart of mine', 'what is written stays');
  assert.equal((await of('Cart of theirs')).stop_after, true, 'and so does what they have saved');
  await accessible(page);
  await page.getByTestId('discard').click();
  await until(async () => (await page.getByTestId('field-label').inputValue()) === 'Cart of theirs', 'theirs is shown');
  assert.ok(await page.getByTestId('field-stop_after').isChecked());
  // Whoever has seen it may put theirs in its place.
  await server.api('PUT', `/1.0/messaging_triggers/${id}`, { label: 'Theirs again' });
  await page.getByTestId('field-label').fill('Full cart');
  await page.getByTestId('save').click();
  await page.getByText('Somebody else has changed this meanwhile').first().waitFor();
  await page.getByTestId('save').click();
  await until(() => of('Full cart'), 'the second try is kept');
});

test('what was removed is brought back as it was, where it was', { timeout: 90_000 }, async () => {
  const before = await list('messaging_triggers');
  const { id } = before.find((one) => one.label === 'Default button');
  await server.api('PUT', '/1.0/messaging_triggers/sort', { ids: [...before.map((one) => one.id)].sort((a) => (a === id ? 1 : -1)) });
  const sorted = await list('messaging_triggers');
  const removed = sorted.find((one) => one.label === 'Full cart');
  await page.goto(`${server.url}/admin/triggers/${removed.id}`);
  await page.getByTestId('delete').click();
  await accessible(page);
  await page.getByTestId('confirm').click();
  await page.getByText('Full cart was removed').waitFor();
  assert.equal((await list('messaging_triggers')).length, sorted.length - 1);
  // By the keyboard; who is at it has all the time.
  const back = page.getByRole('button', { name: 'Bring back' });
  await back.focus();
  await accessible(page);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Full cart' }).waitFor();
  const same = ({ id, label, conditions, actions, stop_after, once_per_visit }) => ({ id, label, conditions, actions, stop_after, once_per_visit });
  await until(async () => (await list('messaging_triggers')).length === sorted.length, 'it is back');
  const order = async () => (await list('messaging_triggers')).map((one) => one.id).join();
  await until(async () => (await order()) === sorted.map((one) => one.id).join(), 'in its place');
  assert.deepEqual((await list('messaging_triggers')).map(same), sorted.map(same));
  // A message, which has other fields than a button.
  const item = (await list('messaging_items')).find((one) => one.label === 'Default automatic message');
  await page.goto(`${server.url}/admin/items/${item.id}`);
  await page.getByTestId('delete').click();
  await page.getByTestId('confirm').click();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByRole('link', { name: 'Default automatic message' }).waitFor();
  const again = (await list('messaging_items')).find((one) => one.id === item.id);
  assert.deepEqual([again.label, again.body], [item.label, item.body]);
});

test('an item is found by its name and by what it says', { timeout: 90_000 }, async () => {
  const named = (label, said) => ({
    source_id: source.id, type: 'automatic_message', label, body: { en: said, fr: 'Une remise pour vous' },
  });
  for (const [label, said] of [['Cart, first', 'Ten percent off today'], ['Cart, second', 'Can we help?'], ['Plants', 'Ten percent off']])
    await server.api('POST', '/1.0/messaging_items', named(label, said));
  await open('items');
  const found = async (sought) => {
    await page.getByTestId('find').fill(sought);
    return (await page.getByTestId('edit').allInnerTexts()).join('; ');
  };
  const finds = (sought, names) => until(async () => (await found(sought)) === names, `${sought} finds ${names}`);
  await finds('percent', 'Cart, first; Plants');
  await finds('PERCENT cart', 'Cart, first');
  await finds('remise second', 'Cart, second');
  await page.getByTestId('find').fill('nothing like it');
  await page.getByText('Show all').click();
});

test('an item shows what it looks like before it is saved, in both schemes', { timeout: 90_000 }, async () => {
  await open('items');
  await page.getByRole('link', { name: 'Default invitation' }).click();
  const light = page.frameLocator('[data-testid="preview-light"]');
  await light.getByText('Can we help you?').waitFor();
  const whole = (one) => one.scrollHeight <= one.clientHeight && one.getBoundingClientRect().top >= 0;
  for (const narrow of [false, true]) {
    await page.getByLabel('Narrow page').setChecked(narrow);
    assert.ok(await light.locator('.hubbub-item-invitation').evaluate(whole), `all of it is seen, narrow: ${narrow}`);
  }
  await page.getByLabel('Narrow page').uncheck();
  await page.getByTestId('field-html').fill('<p class="mine">{{title}} now</p><script>document.title = "no"</script>');
  await page.getByTestId('field-css').fill('$text-color: rgb(1, 2, 3);\n.mine { color: $text-color; }');
  const mine = page.frameLocator('[data-testid="preview-dark"]').getByText('Can we help you? now');
  // Each change is another page in the frame: the one with the text may be there before the one with the style.
  const coloured = () => mine.evaluate((element) => getComputedStyle(element).color === 'rgb(1, 2, 3)');
  await until(coloured, 'the style on the text');
  await page.getByTestId('field-css').fill('.mine {\n  color: $nothing;\n}');
  await page.getByTestId('save').click();
  await page.getByText('This style cannot be used from line 2, column 10 on.').waitFor();
  await page.getByTestId('field-css').fill('.mine { color: $text-color; }');
  await accessible(page);
  await page.getByTestId('save').click();
  await saved();
  const item = (await list('messaging_items')).find(({ label }) => label === 'Default invitation');
  assert.equal(item.html, '<p class="mine">{{title}} now</p>');

  // In French as well.
  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-fr').click();
  await page.goto(`${server.url}/admin/triggers`);
  await page.getByRole('heading', { name: 'Déclencheurs' }).waitFor();
  await page.getByRole('heading', { name: 'Essayer' }).waitFor();
  await page.getByTestId('try-outcome').getByText('Agit aussitôt').first().waitFor();
  await accessible(page);
});

test('where no trigger is active it is said that nobody is shown the chat', { timeout: 60_000 }, async () => {
  const all = await list('messaging_triggers');
  const set = (active) => Promise.all(all.map(({ id }) => server.api('PUT', `/1.0/messaging_triggers/${id}`, { active })));
  await set(false);
  await open('triggers');
  await page.getByTestId('unseen').filter({ hasText: 'Shop chat' }).waitFor();
  await accessible(page);
  await shot(page, 'triggers-unseen');
  await set(true);
  await open('triggers');
  await page.locator('#try-title').waitFor();
  assert.equal(await page.getByTestId('unseen').count(), 0);
});
