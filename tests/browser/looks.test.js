/** An administrator says what a chat says, where it stands and in which colours, and sees it before anybody else does. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

let browser, server, page, chat;

before(async () => {
  [browser, server] = await Promise.all([launch(), Server.start({})]);
  chat = await makeChat(server);
  const admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
  ({ page } = admin);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

const open = async () => {
  await page.goto(`${server.url}/admin/looks`);
  await page.getByRole('link', { name: 'Shop chat' }).click();
  await page.getByTestId('look-language').waitFor();
};
const saved = () => page.getByText('Saved', { exact: true }).first().waitFor();
const kept = () => server.api('GET', `/1.0/content_sources/${chat.id}`);
const preview = () => page.frameLocator('[data-testid="look-preview"]');
const text = (path) => page.locator(`[data-field="custom_languages.${path}"] textarea`);

test('texts in a language are found, changed, seen and kept', { timeout: 120_000 }, async () => {
  await open();
  await page.getByTestId('look-language').selectOption('fr');
  await page.getByTestId('look-search').fill('ecrivez un message');
  await until(async () => (await page.getByTestId('look-texts').locator('li').count()) === 1, 'the one text');
  assert.equal(await text('fr.input_placeholder').getAttribute('placeholder'), 'Écrivez un message…');
  // What is asked for is where it stands, in words, and which key it has.
  assert.match(await page.getByTestId('look-texts').locator('li').innerText(), /^Where one writes\s+input_placeholder$/);
  await preview().getByTestId('composer').waitFor();
  assert.equal(await preview().getByTestId('composer').getAttribute('placeholder'), 'Écrivez un message…');
  await text('fr.input_placeholder').fill('Dites-nous tout');
  await until(
    async () => (await preview().getByTestId('composer').getAttribute('placeholder')) === 'Dites-nous tout',
    'it is seen before it is saved',
  );
  await accessible(page);
  await page.getByTestId('save').click();
  await saved();
  assert.deepEqual((await kept()).custom_languages, { fr: { input_placeholder: 'Dites-nous tout' } });

  // Nothing of one's own is the built-in one again.
  await text('fr.input_placeholder').fill('');
  await page.getByTestId('save').click();
  await saved();
  assert.deepEqual((await kept()).custom_languages, {});
});

test('what is wrong with a text is said at that text, whatever language is looked at', { timeout: 90_000 }, async () => {
  await open();
  await page.getByTestId('look-code').fill('not a language');
  await page.getByTestId('look-add').click();
  await page.getByText('Enter a language code such as sv or pt-BR.').waitFor();
  await page.getByTestId('look-code').fill('sv');
  await page.getByTestId('look-add').click();
  await text('sv.default_title').fill('Chatta');
  await text('sv.you').fill('x'.repeat(1001));
  await page.getByTestId('look-language').selectOption('de');
  await page.getByTestId('save').click();
  const place = page.locator('[data-field="custom_languages.sv.you"]');
  await place.getByRole('alert').waitFor();
  assert.match(await place.getByRole('alert').innerText(), /1,000/);
  await text('sv.you').fill('Du');
  await page.getByTestId('save').click();
  await saved();
  assert.deepEqual((await kept()).custom_languages, { sv: { default_title: 'Chatta', you: 'Du' } });
});

test('place and colours are seen in the preview, and kept', { timeout: 90_000 }, async () => {
  await open();
  await page.getByTestId('look-language').selectOption('ar');
  await page.getByTestId('field-position').selectOption('left');
  await page.getByTestId('field-color_scheme').selectOption('dark');
  await page.getByTestId('field-offset.x').fill('201');
  await page.getByTestId('save').click();
  await page.getByText('A whole number from 0 to 200.').waitFor();
  await page.getByTestId('field-offset.x').fill('30');
  await page.getByTestId('field-z_index').fill('500');
  const panel = preview().getByTestId('panel');
  const look = () =>
    panel.evaluate((one) => [one.dir, getComputedStyle(one).backgroundColor, one.classList.contains('left')].join());
  await until(async () => (await look()) === 'rtl,rgb(22, 24, 29),true', 'the window as it will be');
  await shot(page, 'looks');
  await page.getByTestId('save').click();
  await saved();
  const { position, offset, z_index, color_scheme } = await kept();
  assert.deepEqual({ position, offset, z_index, color_scheme }, {
    position: 'left', offset: { x: 30, y: 20 }, z_index: 500, color_scheme: 'dark',
  });
  // The preview talks to nobody: no conversation has begun.
  await preview().getByTestId('composer').fill('Only here');
  await preview().getByTestId('send').click();
  await preview().getByText('Only here').first().waitFor();
  assert.equal((await server.api('GET', '/1.0/content_threads')).count, 0);
});

test('the preview has the emojis that the chat has, and speaks the language of who looks at it', { timeout: 60_000 }, async () => {
  await open();
  await preview().getByTestId('emoji').click();
  await preview().getByTestId('emoji-choice').first().click();
  assert.equal(await preview().getByTestId('composer').inputValue(), '😀');
  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-fr').click();
  await preview().getByText('Puis-je modifier ma commande').first().waitFor();
  assert.equal(await preview().getByTestId('composer').getAttribute('placeholder'), 'Écrivez un message…');
  await page.getByTestId('user-menu').click();
  await page.getByTestId('locale-en').click();
  await preview().getByText('Can I change my order').first().waitFor();
  await server.api('PUT', `/1.0/content_sources/${chat.id}`, { emoji_picker: false });
  await open();
  await preview().getByTestId('composer').waitFor();
  assert.equal(await preview().getByTestId('emoji').count(), 0);
});
