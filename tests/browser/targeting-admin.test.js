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
  await page.getByTestId('action-show_and_open_chat').uncheck();
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
});
