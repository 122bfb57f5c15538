/** An agent answers mails: who gets them, how they are written, and what is kept of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Dovecot, mail, makeMailbox } from './support/dovecot.js';
import { Server } from './support/server.js';
import { until } from './support/until.js';
import { makeUser } from './support/world.js';

let server, browser, dovecot, nora, page;
/** What the page has sent as contents. */
const sent = [];
const get = (name) => page.getByTestId(name);
const chips = async (way) => (await page.locator(`[data-field=${way}]`).getByTestId('recipient').allInnerTexts()).map((text) => text.trim());

const OFFER = {
  refused: null,
  from: 'Shop <desk@shop.test>',
  own_addresses: ['desk@shop.test'],
  subject: 'Re: Order 12',
  reply: { to: ['Ann Lee <ann@ann.test>'], cc: [] },
  reply_all: { to: ['Ann Lee <ann@ann.test>', 'Bo <bo@ann.test>'], cc: ['cy@ann.test'] },
  signature: 'Nora\nThe shop',
  quote_answered: true,
  max_recipients: 5,
  max_bytes: 2_000_000,
  link_large_files: false,
  max_text: 262_144,
};

before(async () => {
  [server, browser, dovecot] = await Promise.all([Server.start(), launch(), Dovecot.start()]);
  await dovecot.append(
    'writing',
    mail({ 'Message-ID': '<1@ann.test>', From: 'Ann Lee <ann@ann.test>', To: 'Desk <desk@shop.test>, Bo <bo@ann.test>', Cc: 'cy@ann.test', Subject: 'Order 12', body: 'Where is my order?' }),
  );
  // Nobody is there who would take its mails: they wait.
  await makeMailbox(server, dovecot, 'writing', { smtp_address: '127.0.0.1', smtp_port: 9, smtp_use_ssl_tls: false, smtp_use_start_tls: false });
  page = await person(browser, { locale: 'en-US' });
  await page.route('**/console/mail_composer?*', (route) => route.fulfill({ json: OFFER }));
  await page.route('**/console/dead_addresses?*', (route) => {
    const asked = new URL(route.request().url()).searchParams.getAll('addresses[]');
    return route.fulfill({ json: { addresses: asked.filter((one) => one.endsWith('@gone.test')) } });
  });
  page.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/1.0/contents')) sent.push(request.postDataJSON());
  });
  nora = new Agent(page, server);
  await nora.signIn(await makeUser(server, 'Nora', 'Lindholm'));
  await nora.open('Ann Lee');
  await page.getByRole('textbox', { name: 'Reply' }).waitFor();
});

after(async () => {
  await browser?.close();
  await dovecot?.stop();
  await server?.stop();
});

/** Pastes as a browser does. */
const paste = (field, types) =>
  field.evaluate((element, types) => {
    const data = new DataTransfer();
    for (const [type, text] of Object.entries(types)) data.setData(type, text);
    element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true }));
  }, types);

test('who gets an answer', { timeout: 120_000 }, async (t) => {
  await t.test('stands over it, for an answer to one and to all', async () => {
    await get('mail-fields').waitFor();
    assert.deepEqual(await chips('to'), ['Ann Lee']);
    assert.match(await get('mail-subject').innerText(), /Re: Order 12/);
    await get('reply-all').click();
    assert.deepEqual([await chips('to'), await chips('cc')], [['Ann Lee', 'Bo'], ['cy@ann.test']]);
    await shot(page, 'mail-reply-all');
    await get('reply').click();
    assert.deepEqual(await chips('to'), ['Ann Lee']);
    assert.equal(await page.locator('[data-field=cc]').count(), 0);
  });

  await t.test('is changed by keys alone, one by one and many at once', async () => {
    await get('to-to').focus();
    await page.keyboard.type('dan@dan.test,');
    assert.deepEqual(await chips('to'), ['Ann Lee', 'dan@dan.test']);
    await paste(get('to-to'), { 'text/plain': '"Eve, the last" <eve@x.test>; finn@x.test\nANN@ann.test' });
    assert.deepEqual(await chips('to'), ['Ann Lee', 'dan@dan.test', 'Eve, the last', 'finn@x.test']);
    // The arrows come to them; there they are removed.
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Delete');
    await until(async () => (await chips('to')).join() === 'Ann Lee,dan@dan.test,finn@x.test', 'one is gone');
    await until(() => page.evaluate(() => document.activeElement?.closest('[data-testid=recipient]')?.textContent.includes('finn')), 'the next has the focus');
    await page.keyboard.press('ArrowRight');
    await until(() => get('to-to').evaluate((one) => one === document.activeElement), 'back in the field');
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Backspace');
    await until(async () => (await chips('to')).length === 2, 'the last is gone');
  });

  await t.test('an address that is none is named at once, and corrected where it stands', async () => {
    await get('composer').fill('On its way.');
    await get('to-to').focus();
    await page.keyboard.type('gil@');
    await page.keyboard.press('Tab');
    await get('problem-to').getByText('“gil@” is no e-mail address.').waitFor();
    assert.equal(await get('send').isDisabled(), true);
    assert.equal(await get('to-to').getAttribute('aria-invalid'), 'true');
    await shot(page, 'mail-wrong-address');
    await accessible(page);
    await page.getByRole('button', { name: 'gil@: no e-mail address. Change it' }).click();
    await page.keyboard.type('gil.test ');
    assert.deepEqual(await chips('to'), ['Ann Lee', 'dan@dan.test', 'gil@gil.test']);
    assert.equal(await get('problem-to').count(), 0);
    await page.keyboard.type('desk@shop.test;');
    await page.getByText('desk@shop.test is this mailbox itself.').waitFor();
    await page.keyboard.type('old@gone.test;');
    await get('warning-to').getByText('old@gone.test does not work: a mail to it came back.').waitFor();
    assert.equal(await get('send').isDisabled(), false, 'it is a warning alone');
    await accessible(page);
    await page.getByRole('button', { name: 'Remove old@gone.test' }).click();
    await get('add-bcc').click();
    await page.keyboard.type('boss@shop.test ');
    await page.keyboard.type('six@x.test ');
    await page.getByText('A mail can go to 5 people at the most.').waitFor();
    await page.getByRole('button', { name: 'Remove six@x.test' }).click();
    await page.getByRole('button', { name: 'Remove desk@shop.test' }).click();
    assert.equal(await get('send').isDisabled(), false);
  });

  await t.test('a reload keeps it with what is written', async () => {
    await page.reload();
    await get('mail-fields').waitFor();
    await until(async () => (await chips('to')).join() === 'Ann Lee,dan@dan.test,gil@gil.test', 'the recipients are back');
    assert.deepEqual(await chips('bcc'), ['boss@shop.test']);
    await until(async () => (await get('composer').innerText()) === 'On its way.', 'the text is back');
  });

  await t.test('a narrow screen has one line for them', async () => {
    await page.setViewportSize({ width: 375, height: 740 });
    await page.getByRole('button', { name: 'To Ann Lee +3' }).waitFor();
    await shot(page, 'mail-narrow-line');
    await accessible(page);
    await get('mail-to-line').click();
    assert.equal((await chips('to')).length, 3);
    await shot(page, 'mail-narrow-open');
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    await page.getByRole('button', { name: 'Fold the recipients' }).click();
    await get('mail-to-line').waitFor();
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  await t.test('speaks French', async () => {
    const speak = async (language) => {
      await get('user-menu').click();
      await get(`locale-${language}`).click();
    };
    await speak('fr');
    await page.getByRole('button', { name: 'Répondre à tous' }).waitFor();
    assert.deepEqual(await get('mail-fields').locator('label').allInnerTexts(), ['À', 'Copie cachée']);
    await page.getByRole('toolbar', { name: 'Mise en forme' }).waitFor();
    await page.getByText('Citer le courriel en dessous').waitFor();
    await page.getByText('Ann Lee à Desk et 2 autres').waitFor();
    await shot(page, 'mail-french');
    await speak('en');
  });
});

test('what is written', { timeout: 120_000 }, async (t) => {
  const composer = get('composer');
  const html = async () => {
    const [last] = sent.slice(-1);
    return last?.body;
  };

  await t.test('is formatted by keys and by tools, and sent by keys', async () => {
    await composer.fill('');
    await composer.focus();
    await page.keyboard.type('Dear ');
    await page.keyboard.press('Control+b');
    await page.keyboard.type('Ann');
    await page.keyboard.press('Control+b');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    await page.keyboard.type('see ');
    await page.keyboard.press('Control+k');
    await get('rich-address').fill('javascript:alert(1)');
    await page.keyboard.press('Enter');
    await page.getByText('A link leads to a web page').waitFor();
    await get('rich-address').fill('shop.test/12');
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Shift+8');
    assert.equal(await get('rich-bullets').getAttribute('aria-pressed'), 'true');
    await page.keyboard.type('one');
    await page.keyboard.press('Enter');
    await page.keyboard.type('two');
    await shot(page, 'mail-rich');
    await accessible(page);
    assert.match(await get('signature').innerText(), /-- \s*Nora\s*The shop/);
    assert.equal(await get('answered').getByText('Where is my order?').isVisible(), false);
    await get('answered').locator('summary').focus();
    await page.keyboard.press('Enter');
    await get('answered').getByText('Where is my order?').waitFor();
    await composer.focus();
    await page.keyboard.press('Control+Enter');
    await until(() => sent.length === 1, 'it is sent');
    assert.deepEqual(sent[0].to, ['Ann Lee <ann@ann.test>', 'dan@dan.test', 'gil@gil.test']);
    assert.deepEqual(sent[0].bcc, ['boss@shop.test']);
    assert.deepEqual([sent[0].body_format, sent[0].with_signature, sent[0].quote_answered, sent[0].title], ['html', true, undefined, undefined]);
    assert.equal(await html(), 'Dear <b>Ann</b><br><br>see <a href="https://shop.test/12">shop.test/12</a><ul><li>one</li><li>two</li></ul>');
    // The next one goes to those whom an answer goes to.
    await until(async () => (await chips('to')).join() === 'Ann Lee', 'the usual ones');
  });

  await t.test('is cleaned when it is pasted', async () => {
    await composer.focus();
    const word = `<html><head><style>p{color:red}</style></head><body><!--StartFragment--><p class="MsoNormal" style="margin:0"><b style="font-weight:normal"><span style="font-weight:700;color:red">Bold</span> plain <i>leaning</i><o:p></o:p></b></p><h2>Title</h2>
      <p>with <a href="https://shop.test/" onclick="x()">link</a> and <a href="javascript:x()">none</a><img src="https://spy.test/x.png"></p><table><tr><td>a</td><td>b</td></tr></table><script>alert(1)</script><!--EndFragment--></body></html>`;
    await paste(composer, { 'text/html': word, 'text/plain': 'x' });
    await until(async () => (await composer.innerText()).includes('a b'), 'it is pasted');
    assert.equal(await composer.locator('img, script, style, table, [style], [class], [onclick]').count(), 0);
    await get('send').click();
    await until(() => sent.length === 2, 'it is sent');
    assert.equal(await html(), '<b>Bold</b> plain <i>leaning</i><br><b>Title</b><br>with <a href="https://shop.test/">link</a> and none<br>a b');
  });

  await t.test('can be plain text, which stays chosen', async () => {
    await get('format').click();
    await until(() => composer.evaluate((one) => one.localName === 'textarea'), 'the plain field');
    await page.reload();
    await get('mail-fields').waitFor();
    assert.equal(await composer.evaluate((one) => one.localName), 'textarea');
    await composer.fill('<b>as it is</b>');
    await get('signed').uncheck();
    await get('quotes').uncheck();
    await composer.press('Control+Enter');
    await until(() => sent.length === 3, 'it is sent');
    assert.deepEqual([sent[2].body, sent[2].body_format, sent[2].with_signature, sent[2].quote_answered], ['<b>as it is</b>', undefined, false, false]);
    await get('format').click();
    await until(() => composer.evaluate((one) => one.localName === 'div'), 'the field for formatted text');
  });

  await t.test('what the server refuses is said at its field, and nothing is lost', async () => {
    const answer = { error: 'invalid', message: 'no', status: 422, field: 'cc', reason: 'email', values: { name: 'cy@nowhere' } };
    const refuse = (route) => route.fulfill({ status: 422, json: answer });
    await page.route('**/1.0/contents', refuse);
    await get('reply-all').click();
    await composer.fill('Dear all');
    await composer.press('Control+Enter');
    await get('problem-cc').waitFor();
    assert.equal(await composer.innerText(), 'Dear all');
    assert.deepEqual([await chips('to'), await chips('cc')], [['Ann Lee', 'Bo'], ['cy@ann.test']]);
    assert.equal(await get('reply-all').getAttribute('aria-pressed'), 'true');
    await shot(page, 'mail-refused');
    await page.unroute('**/1.0/contents', refuse);
    await get('send').click();
    await until(() => sent.length === 5, 'it is sent');
  });

  await t.test('files count against what a mail may have', async () => {
    const file = (name, size) => ({ name, mimeType: 'application/pdf', buffer: Buffer.alloc(size, 'x') });
    await get('attach-input').setInputFiles([file('a.pdf', 900_000)]);
    await get('mail-size').getByText(/^1\.[12] MB of (2|1\.9) MB$/).waitFor();
    await get('attach-input').setInputFiles([file('b.pdf', 900_000)]);
    await get('mail-size').getByText(/Too large: 2\.\d MB with its files/).waitFor();
    assert.equal(await get('send').isDisabled(), true);
    await page.getByRole('button', { name: 'Remove b.pdf' }).click();
    await page.getByRole('button', { name: 'Remove a.pdf' }).click();
  });

  await t.test('whom it would go to is not known: it says so, and asks again', async () => {
    const fail = (route) => route.fulfill({ status: 503, json: { error: 'unavailable', message: 'no', status: 503 } });
    await page.route('**/console/mail_composer?*', fail);
    await page.reload();
    await get('mail-unknown').waitFor();
    await page.unroute('**/console/mail_composer?*', fail);
    // It may have asked again by itself a moment before.
    await page.evaluate(() => document.querySelector('[data-testid=mail-unknown] button')?.click());
    await get('mail-fields').waitFor();
    assert.equal(await get('mail-unknown').count(), 0);
  });

  await t.test('where the source wants that, what is too large goes as links', async () => {
    OFFER.link_large_files = true;
    await page.reload();
    await composer.fill('Both are below.');
    const file = (name) => ({ name, mimeType: 'application/pdf', buffer: Buffer.alloc(900_000, 'x') });
    await get('attach-input').setInputFiles([file('c.pdf'), file('d.pdf')]);
    await get('mail-size').getByText(/goes as a link/).waitFor();
    await get('send').click();
    await until(() => sent.length === 6, 'it is sent');
  });

  assertWhole(page);
});
