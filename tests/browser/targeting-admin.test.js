/** An administrator sets up what a chat shows to whom: triggers, catalogue and custom variables. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { Agent } from './support/agent.js';
import { launch, person } from './support/browser.js';
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

/** Both schemes are as good for whoever reads by a program. */
async function accessible() {
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).exclude('iframe').analyze();
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], colorScheme);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

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
  await accessible();
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
  await page.getByTestId('criterion').selectOption('custom_products');
  const operators = await page.getByTestId('operator').locator('option').evaluateAll((all) => all.map((one) => one.value));
  assert.deepEqual(operators, ['is', 'gte', 'lte', 'is_present', 'is_not_present']);
  await page.getByTestId('operator').selectOption('gte');
  await page.getByTestId('value').fill('2');
  await page.getByTestId('position').selectOption('any');
  await page.getByTestId('action-show_chat_minimized').uncheck();
  await page.getByTestId('action-hide_others').check();
  await page.getByTestId('save').click();
  await page.getByText('This does nothing by itself').waitFor();
  await page.getByTestId('action-show_invitation').check();
  await accessible();
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
  await accessible();
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
  await accessible();
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
  await accessible();
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
  await accessible();
  const [, kept] = await list('messaging_triggers');
  assert.deepEqual([kept.once_per_visit, kept.conditions[0].value], [false, 2]);
  await page.getByTestId('discard').click();
});

test('an item shows what it looks like before it is saved, in both schemes', { timeout: 90_000 }, async () => {
  await open('items');
  await page.getByRole('link', { name: 'Default invitation' }).click();
  const light = page.frameLocator('[data-testid="preview-light"]');
  await light.getByText('Can we help you?').waitFor();
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
  await accessible();
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
  await accessible();
});
