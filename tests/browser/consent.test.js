/** A chat whose visitors must agree before they write: seen, by the keyboard, in other languages, and by agents. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, site, chat;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server, { consent: 'before_message', consent_link: 'https://shop.test/privacy' });
  site = await Site.start(snippet(server.url, chat.token));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
}

const box = (visitor) => visitor.page.getByTestId('consent-box');
const thread = async (words) => {
  const { records } = await server.api('GET', '/1.0/contents');
  const found = records.find(({ body }) => body === words);
  return found && server.api('GET', `/1.0/content_threads/${found.thread_id}`);
};
const set = (settings) => server.api('PUT', `/1.0/content_sources/${chat.id}`, settings);

for (const [locale, words, look] of [
  ['en', { text: /^I agree that/, link: 'Privacy policy', needed: 'Please tick the box first.' }, { colorScheme: 'light' }],
  ['fr', { text: /^J’accepte que/, link: 'Politique de confidentialité', needed: 'Cochez d’abord la case.' }, { colorScheme: 'dark', width: 400, height: 800 }],
  ['ar', { text: /^أوافق على/, link: 'سياسة الخصوصية', needed: 'يرجى تحديد المربع أولاً.' }, { colorScheme: 'light', width: 320, height: 640 }],
]) {
  test(`a box stands over where one writes in ${locale}, and nothing goes out before it is ticked`, { timeout: 120_000 }, async () => {
    site.language = locale;
    const visitor = new Visitor(await person(browser, { locale, ...look }));
    const { page } = visitor;
    const asked = [];
    page.on('request', (request) => request.method() === 'POST' && asked.push(request.url().split('/').at(-1)));
    await visitor.visit(site.url);
    await visitor.openChat();
    const consent = page.getByTestId('consent');
    await consent.waitFor();
    assert.match(await consent.locator('label').innerText(), words.text);
    const link = consent.getByRole('link', { name: words.link });
    assert.equal(await link.getAttribute('href'), 'https://shop.test/privacy');
    assert.equal(await link.getAttribute('rel'), 'noopener noreferrer nofollow');

    // By the keyboard alone: the words stay, the box is asked for, and takes the focus.
    await page.getByTestId('composer').focus();
    await page.keyboard.type(`Hello in ${locale}`);
    await page.keyboard.press('Enter');
    const wrong = page.getByTestId('consent-wrong');
    await wrong.filter({ hasText: words.needed }).waitFor();
    assert.equal(await box(visitor).getAttribute('aria-invalid'), 'true');
    const focused = () => page.evaluate(() => document.activeElement.shadowRoot.activeElement.dataset.testid);
    assert.equal(await focused(), 'consent-box');
    assert.equal(await page.getByTestId('message').count(), 0);
    await page.getByTestId('attach').click();
    await wrong.filter({ hasText: words.needed }).waitFor();
    assert.equal(await focused(), 'consent-box');
    await accessible(page);
    await shot(page, `consent-${locale}`);
    assert.ok(!asked.includes('messages') && !asked.includes('attachments'), asked.join());
    const { width, height } = await box(visitor).boundingBox();
    assert.ok(width >= 24 && height >= 24, `${width} × ${height}`);

    await page.keyboard.press('Space');
    assert.equal(await wrong.innerText(), '');
    assert.equal(await box(visitor).getAttribute('aria-invalid'), 'false');
    await page.getByTestId('composer').focus();
    await page.keyboard.press('Enter');
    await visitor.hasState(`Hello in ${locale}`, 'sent');
    await consent.waitFor({ state: 'hidden' });
    const { extra_data } = await thread(`Hello in ${locale}`);
    const { consent_version } = await server.api('GET', `/1.0/content_sources/${chat.id}`);
    assert.equal(extra_data.consent_version, consent_version);
    assert.ok(!Number.isNaN(Date.parse(extra_data.consent_at)));

    // Whoever has agreed is not asked again: on the next page, in the next conversation, and in another tab.
    const narrow = look.width < 480;
    await page.reload();
    // There it comes back minimised.
    if (narrow) await visitor.openChat();
    await visitor.sees(`Hello in ${locale}`);
    const other = new Visitor(await page.context().newPage());
    await other.visit(site.url);
    if (narrow) await other.openChat();
    await other.sees(`Hello in ${locale}`);
    for (const one of [visitor, other]) assert.equal(await one.page.getByTestId('consent').isVisible(), false);
    assertWhole(page);
  });
}

test('what is agreed to elsewhere hides the box, and another person at the browser is asked again', { timeout: 120_000 }, async () => {
  site.language = 'en';
  const visitor = await new Visitor(await person(browser)).visit(site.url);
  const other = await new Visitor(await visitor.page.context().newPage()).visit(site.url);
  for (const one of [visitor, other]) {
    await one.openChat();
    await box(one).waitFor();
  }
  await box(visitor).check();
  await visitor.say('Agreed in this tab');
  await visitor.hasState('Agreed in this tab', 'sent');
  await other.page.getByTestId('consent').waitFor({ state: 'hidden' });
  await visitor.page.evaluate(() => window._chatq.push(['_reset']));
  await visitor.page.getByTestId('launcher').waitFor();
  await visitor.openChat();
  await box(visitor).waitFor();
  assert.equal(await box(visitor).isChecked(), false);
  assertWhole(visitor.page);
});

test('what a page sends for somebody waits for them, and what they agree to may change meanwhile', { timeout: 120_000 }, async () => {
  site.language = 'en';
  const visitor = await new Visitor(await person(browser)).visit(site.url);
  const { page } = visitor;
  await visitor.openChat();
  await page.evaluate(() => window._chatq.push(['_addMessage', { body: 'From the page', engage: true }]));
  await until(async () => (await page.getByTestId('composer').inputValue()) === 'From the page', 'it waits');
  await box(visitor).check();
  // The company changes the words while the page is open.
  await set({ custom_languages: { en: { 'hubbub.consent_text': 'I agree to the new terms.' } } });
  await page.getByTestId('send').click();
  await page.getByTestId('why').filter({ hasText: 'Please agree first, then try again.' }).waitFor();
  await box(visitor).waitFor();
  assert.equal(await box(visitor).isChecked(), false, 'it is asked for anew');
  await box(visitor).check();
  await page.getByRole('button', { name: 'Try again' }).click();
  await visitor.hasState('From the page', 'sent');
  assert.equal(await page.getByTestId('why').count(), 0);
  const later = await new Visitor(await person(browser)).visit(site.url);
  await later.openChat();
  await later.page.getByTestId('consent').getByText('I agree to the new terms.').waitFor();
  await set({ custom_languages: null });
  assertWhole(page);
});

test('an agent sees when a visitor has agreed, and an administrator says what is asked', { timeout: 120_000 }, async () => {
  site.language = 'en';
  const visitor = await new Visitor(await person(browser)).visit(site.url);
  await visitor.openChat();
  await box(visitor).check();
  await visitor.say('Seen by the desk');
  await visitor.hasState('Seen by the desk', 'sent');
  const agent = new Agent(await person(browser), server);
  await agent.signIn(ADMIN);
  const { id } = await thread('Seen by the desk');
  await agent.page.goto(`${server.url}/inbox/all/${id}`);
  await agent.page.getByTestId('person-agreed').waitFor();

  await agent.page.goto(`${server.url}/admin/sources/${chat.id}`);
  const choice = agent.page.getByLabel('What visitors must agree to first');
  assert.equal(await choice.inputValue(), 'before_message');
  const link = agent.page.getByLabel('Page that explains it');
  assert.equal(await link.inputValue(), 'https://shop.test/privacy');
  await link.fill('');
  await agent.page.getByRole('button', { name: 'Save' }).click();
  await until(async () => !(await server.api('GET', `/1.0/content_sources/${chat.id}`)).consent_link, 'no link');
  await choice.selectOption('before_storage');
  await link.waitFor({ state: 'hidden' });
  await agent.page.getByText('_setConsent').waitFor();
  await agent.page.getByRole('button', { name: 'Save' }).click();
  await until(async () => (await server.api('GET', `/1.0/content_sources/${chat.id}`)).consent === 'before_storage', 'saved');
  await accessible(agent.page);
  assertWhole(agent.page);
});
