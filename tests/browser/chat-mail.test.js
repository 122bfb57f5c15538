/** What a chat says by mail: it asks for an address, a link in a mail leads back, and the words are the administrator's. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, site, folder, chat;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-chat-mail-'));
  const env = { HUBBUB_MAIL_FOLDER: folder, HUBBUB_MAIL_FROM: 'desk@shop.test' };
  [server, browser] = await Promise.all([Server.start({ env }), launch()]);
  chat = await makeChat(server, { automatic_email_request: true });
  site = await Site.start(snippet(server.url, chat.token));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function accessible(page) {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(grave.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
}

/** The content with some words, once the server has it. */
const content = (words) =>
  until(async () => (await server.api('GET', '/1.0/contents')).records.find(({ body }) => body === words), words);

for (const [locale, words] of [
  ['en', { title: /Leave us your e-mail address/, wrong: 'This email is incorrect', needed: 'This field is required', thanks: /^Thank you!/ }],
  ['fr', { title: /Laissez-nous votre adresse/, wrong: 'Cette adresse e-mail est incorrecte', needed: 'Ce champ est obligatoire', thanks: /^Merci\s!/ }],
]) {
  test(`an address is asked for in ${locale}, taken once, and thanked for in every tab`, { timeout: 120_000 }, async () => {
    site.language = locale;
    const tab = new Visitor(await person(browser, { locale, width: 400, height: 800, colorScheme: locale === 'fr' ? 'dark' : 'light' }));
    await tab.visit(site.url);
    await tab.openChat();
    assert.equal(await tab.page.getByTestId('email-form').count(), 0);
    await tab.say(`Is my parcel there? ${locale}`);
    const form = tab.page.getByTestId('email-form');
    assert.match(await form.innerText(), words.title);
    const other = new Visitor(await tab.page.context().newPage());
    await other.visit(site.url);
    await other.openChat();
    await other.page.getByTestId('email-form').waitFor();

    // By the keyboard alone.
    const input = tab.page.getByTestId('email-input');
    const wrong = tab.page.getByTestId('email-wrong');
    await input.focus();
    await tab.page.keyboard.press('Enter');
    await wrong.filter({ hasText: words.needed }).waitFor();
    await tab.page.keyboard.type('nobody');
    await tab.page.keyboard.press('Tab');
    await tab.page.keyboard.press('Enter');
    await wrong.filter({ hasText: words.wrong }).waitFor();
    assert.equal(await input.getAttribute('aria-invalid'), 'true');
    await accessible(tab.page);
    await assertWhole(tab.page);
    await shot(tab.page, `chat-email-${locale}`);
    await input.fill('');
    await tab.page.keyboard.type(`${locale}@example.org`);
    await tab.page.keyboard.press('Enter');
    for (const one of [tab, other]) {
      await one.page.getByTestId('email-given').filter({ hasText: words.thanks }).waitFor();
      await until(async () => (await one.page.getByTestId('email-form').count()) === 0, 'no question any more');
    }
    await tab.page.reload();
    await tab.openChat();
    await tab.page.getByTestId('email-given').waitFor();
    const { author_id } = await content(`Is my parcel there? ${locale}`);
    assert.equal((await server.api('GET', `/1.0/identities/${author_id}`)).email, `${locale}@example.org`);
  });
}

test('a server that is away leaves the address to be sent again', { timeout: 60_000 }, async () => {
  site.language = 'en';
  const tab = new Visitor(await person(browser));
  await tab.visit(site.url);
  await tab.openChat();
  await tab.say('And now?');
  const input = tab.page.getByTestId('email-input');
  await input.fill('later@example.org');
  await tab.page.route('**/email', (route) => route.abort());
  await tab.page.getByTestId('email-send').click();
  await tab.page.getByTestId('email-wrong').filter({ hasText: 'An error occurred' }).waitFor();
  assert.equal(await input.inputValue(), 'later@example.org');
  await tab.page.unroute('**/email');
  await tab.page.getByTestId('email-send').click();
  await tab.page.getByTestId('email-given').waitFor();
});

test('a link of a mail opens its conversation for its visitor alone', { timeout: 120_000 }, async () => {
  const tab = new Visitor(await person(browser));
  await tab.visit(site.url);
  await tab.openChat();
  await tab.say('The first matter');
  const { thread_id } = await content('The first matter');
  await tab.page.getByTestId('back').click();
  await tab.page.getByTestId('new-conversation').first().click();
  await tab.say('The second matter');
  await tab.page.getByTestId('close').click();

  const link = `${site.url}?a=1#hubbub-chat=${thread_id}`;
  await tab.page.goto('about:blank');
  await tab.page.goto(link);
  await tab.sees('The first matter');
  assert.equal(tab.page.url(), `${site.url}?a=1`, 'it is followed once');
  await tab.page.getByTestId('close').click();
  await tab.page.reload();
  await tab.page.getByTestId('launcher').waitFor();
  assert.equal(await tab.page.getByTestId('panel').isVisible(), false);

  // Somebody else's browser, with and without a visit of its own.
  const stranger = new Visitor(await person(browser));
  await stranger.visit(site.url);
  await stranger.openChat();
  await stranger.say('Something else');
  await stranger.page.getByTestId('close').click();
  await stranger.page.goto('about:blank');
  await stranger.page.goto(link);
  await stranger.page.getByTestId('launcher').waitFor();
  await until(() => stranger.page.evaluate(() => !!window.__hubbubChat), 'the chat');
  assert.equal(await stranger.page.getByTestId('panel').isVisible(), false);
  assert.equal(stranger.page.url(), link, 'the address is the page’s');
  const nobody = new Visitor(await person(browser));
  await nobody.page.goto(link);
  await nobody.page.getByTestId('launcher').waitFor();
  assert.equal(await nobody.page.getByTestId('panel').count(), 0);
});

test('an administrator looks at the words of a template as they write them, and sends them', { timeout: 120_000 }, async () => {
  const admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
  const { page } = admin;
  await page.goto(`${server.url}/admin/email_templates/new`);
  await page.getByLabel('Language').selectOption('fr');
  await page.getByTestId('email-preview-subject').filter({ hasText: 'Nouveaux messages de' }).waitFor();
  const subject = page.getByLabel('Subject');
  assert.equal(await subject.inputValue(), 'Nouveaux messages de {{source}}');
  await subject.fill('« {{source}} » pour {{identity_firstname}}');
  await page.getByTestId('email-preview-subject').filter({ hasText: 'pour Camille' }).waitFor();
  const dark = page.frameLocator('[data-testid=email-preview-dark]');
  await dark.getByText('Bonjour Camille Moreau').waitFor();
  assert.equal(await dark.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor), 'rgb(22, 24, 29)');
  const html = page.getByLabel('HTML');
  const before = await html.inputValue();
  await html.fill(`${before}{{nothing}}`);
  await page.getByTestId('email-preview').getByText('There is no such placeholder').waitFor();
  await html.fill(before);
  await page.getByTestId('email-to').fill('me@example.org');
  await page.getByTestId('email-try').click();
  const text = await until(async () => {
    const files = await readdir(folder);
    const all = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    return all.find((one) => one.includes('me@example.org'));
  }, 'a mail');
  assert.match(text, /multipart\/alternative/);
  await accessible(page);
  await shot(page, 'email-template');
  await assertWhole(page);
});

test('the source’s form has what is said by mail, and says where none are sent', { timeout: 120_000 }, async (t) => {
  const admin = new Agent(await person(browser), server);
  await admin.signIn(ADMIN);
  await admin.page.goto(`${server.url}/admin/sources/${chat.id}`);
  await admin.page.getByText('Visitors who have gone before they were answered').waitFor();
  await admin.page.getByLabel('When they have not read it for').fill('30m');
  await admin.page.getByLabel('Page that the mails lead to').fill('https://shop.test/help');
  await admin.page.getByRole('button', { name: 'Save' }).click();
  await until(async () => {
    const { unread_email_delay, back_to_chat_link } = await server.api('GET', `/1.0/content_sources/${chat.id}`);
    return unread_email_delay === 1800 && back_to_chat_link === 'https://shop.test/help';
  }, 'what was set');
  const silent = await Server.start();
  t.after(() => silent.stop());
  const other = await makeChat(silent);
  const without = new Agent(await person(browser), silent);
  await without.signIn(ADMIN);
  await without.page.goto(`${silent.url}/admin/sources/${other.id}`);
  await without.page.getByText('No mail sender').waitFor();
});
