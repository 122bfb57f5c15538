/** What the chat says in the visitor's language, which way it runs, and where it stands. */
import AxeBuilder from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertWhole, person, shot } from './support/browser.js';
import { HostileSite } from './support/hostile.js';
import { ID, OPEN, offer, says, trigger } from './support/offers.js';
import { snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let world;
const messages = async (name) =>
  JSON.parse(await readFile(new URL(`../../web/widget/messages/${name}.json`, import.meta.url), 'utf8'));

before(async () => {
  world = await HostileSite.start();
});
after(() => world?.stop());

/** A visitor of a page in a language; `asked` has what the page has asked of the server. */
async function visit(lang, { chat = world.chat, code = '', routes, ...options } = {}) {
  const page = await person(world.browser, { reducedMotion: 'reduce', ...options });
  const visitor = Object.assign(new Visitor(page), { asked: [] });
  page.on('request', (request) => visitor.asked.push(new URL(request.url()).pathname.split('/').slice(3).join('/')));
  await routes?.(page);
  const body = `<script>var _chatq = ${code || '[]'};</script>${snippet(world.server.url, chat.token)}`;
  return visitor.visit(world.add({ bare: true, html: `lang="${lang}"`, body }));
}

const push = (visitor, ...commands) => visitor.page.evaluate((all) => void window._chatq.push(...all), commands);
const launcher = ({ page }) => page.getByTestId('launcher');
const panel = ({ page }) => page.getByTestId('panel');
const placeholder = ({ page }) => page.getByTestId('composer').getAttribute('placeholder');

/** What sticks out of the panel, or is cut off where nothing says that it may be. */
const overflowing = ({ page }) =>
  panel({ page }).evaluate((root) => {
    const box = root.getBoundingClientRect();
    const seen = [...root.querySelectorAll('*')].filter((one) => one.checkVisibility() && !one.closest('.sr, svg'));
    const out = seen.filter((one) => {
      const { left, right } = one.getBoundingClientRect();
      const cut = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0 && getComputedStyle(one).display !== 'inline';
      const may = /ellipsis/.test(getComputedStyle(one).textOverflow) || one.matches('textarea');
      return left < box.left - 1 || right > box.right + 1 || (cut && !may);
    });
    return out.map((one) => `${one.className}: ${one.textContent}`);
  });

/** A conversation with both sides in it. */
async function talk(visitor, text, answer) {
  await visitor.openChat();
  await visitor.say(text);
  await visitor.hasState(text, 'sent');
  const { records } = await world.server.api('GET', '/1.0/contents?limit=150');
  const asked = records.find(({ body }) => body === text);
  await world.server.api('POST', '/1.0/contents', { in_reply_to_id: asked.id, body: answer });
  await visitor.sees(answer);
}

test('each language comes by itself, and English asks for nothing', { timeout: 120_000 }, async (t) => {
  await t.test('English', async () => {
    const visitor = await visit('en');
    await visitor.openChat();
    assert.equal(await launcher(visitor).getAttribute('aria-label'), 'Chat');
    assert.equal(await placeholder(visitor), 'Write a message…');
    assert.deepEqual(visitor.asked.filter((one) => /words|messages\//.test(one)), []);
    assertWhole(visitor.page);
  });

  await t.test('the page says which, whatever the browser speaks', async () => {
    const visitor = await visit('de-AT', { locale: 'fr-FR' });
    assert.equal(await launcher(visitor).getAttribute('aria-label'), 'Chat');
    await visitor.openChat();
    assert.equal(await placeholder(visitor), 'Nachricht schreiben …');
    assert.deepEqual(visitor.asked.filter((one) => /words|messages\//.test(one)), ['words.js', 'messages/de.json']);
    assert.equal(await panel(visitor).getAttribute('lang'), 'de');
    assertWhole(visitor.page);
  });

  await t.test('the browser, where the page says nothing', async () => {
    const visitor = await visit('', { locale: 'pl-PL' });
    assert.equal(await launcher(visitor).getAttribute('aria-label'), 'Czat');
    await visitor.openChat();
    assert.equal(await placeholder(visitor), 'Napisz wiadomość…');
  });

  await t.test('one that does not come leaves English', async () => {
    const visitor = await visit('it', { routes: (page) => page.route('**/messages/it.json*', (route) => route.abort()) });
    await visitor.openChat();
    assert.equal(await placeholder(visitor), 'Write a message…');
    assertWhole(visitor.page);
  });

  await t.test('one that is slow is waited for: nothing is said in another one', async () => {
    let go;
    const held = new Promise((done) => (go = done));
    const visitor = await visit('es', {
      routes: (page) => page.route('**/messages/es.json*', (route) => held.then(() => route.continue())),
    });
    await launcher(visitor).click();
    await until(() => visitor.asked.includes('messages/es.json'), 'the file is asked for');
    assert.equal(await panel(visitor).count(), 0);
    go();
    await visitor.page.getByTestId('composer').waitFor();
    assert.equal(await placeholder(visitor), 'Escriba un mensaje…');
  });
});

test('a script changes the language, and what is open stays so', { timeout: 60_000 }, async () => {
  const visitor = await visit('en');
  await visitor.openChat();
  await visitor.page.getByTestId('composer').fill('Half a sentence');
  await visitor.page.evaluate(() => document.querySelector('h1').setAttribute('tabindex', '-1'));
  await visitor.page.locator('h1').focus();
  await push(visitor, ['_setLocale', 'ja']);
  await until(async () => (await placeholder(visitor)) === 'メッセージを入力…', 'it speaks Japanese');
  assert.equal(await visitor.page.getByTestId('composer').inputValue(), 'Half a sentence');
  assert.equal(await visitor.page.evaluate(() => document.activeElement.tagName), 'H1');
  assert.equal(await launcher(visitor).getAttribute('aria-label'), 'チャット');
  await push(visitor, ['_setLocale', 'en']);
  await until(async () => (await placeholder(visitor)) === 'Write a message…', 'and English again');
  assertWhole(visitor.page);
});

test('a language that changes in the middle changes the words alone', { timeout: 60_000 }, async () => {
  const messages = [{ id: ID(30), label: 'Hello', body: { en: 'Can we help?' } }];
  const triggers = [trigger(20, [OPEN, says(30)])];
  const visitor = await visit('en', { routes: (page) => offer(page.context(), { triggers, messages }) });
  const { page, asked } = visitor;
  const sessions = () => asked.filter((one) => one === 'session').length;
  await visitor.sees('Can we help?');
  await push(visitor, ['_addMessage', { body: 'There is a sale on', agent: true }]);
  await visitor.sees('There is a sale on');
  const files = [{ name: 'list.txt', mimeType: 'text/plain', buffer: Buffer.from('a') }];
  await page.locator('input[type=file]').setInputFiles(files);
  await page.getByText('list.txt').waitFor();
  await page.getByTestId('composer').fill('Half a sentence');
  await page.getByTestId('composer').evaluate((one) => one.setSelectionRange(4, 4));
  await push(visitor, ['_setLocale', 'ar'], ['_addMessage', { body: 'Until Friday', agent: true }]);
  await until(async () => /رسال/.test(await placeholder(visitor)), 'it speaks Arabic');
  assert.equal(await panel(visitor).getAttribute('dir'), 'rtl');
  await push(visitor, ['_setLocale', 'fr'], ['_addTranslations', { fr: { input_placeholder: 'À vous' } }]);
  await until(async () => (await placeholder(visitor)) === 'À vous', 'it speaks as the page does');
  assert.equal(await panel(visitor).getAttribute('dir'), 'ltr');
  assert.deepEqual(await visitor.texts(), ['Can we help?', 'There is a sale on', 'Until Friday']);
  assert.equal(await page.getByTestId('send').getAttribute('title'), 'Envoyer');
  assert.equal(await page.getByRole('button', { name: /Retirer.*list\.txt/ }).count(), 1, 'the file is there, in French');
  assert.equal(await page.getByTestId('composer').inputValue(), 'Half a sentence');
  const focus = () => page.evaluate(() => {
    const one = document.querySelector('.dimelo-chat-bubble').shadowRoot.activeElement;
    return [one?.dataset.testid, one?.selectionStart];
  });
  assert.deepEqual(await focus(), ['composer', 4]);
  assert.equal(sessions(), 1, 'it is the same session');
  const body = `A whole one ${crypto.randomUUID()}`;
  await visitor.say(body);
  await visitor.hasState(body, 'sent');
  const all = ['Can we help?', 'There is a sale on', 'Until Friday', body];
  assert.deepEqual(await visitor.texts(), all);
  const { records } = await world.server.api('GET', '/1.0/contents?limit=150');
  const own = records.find((one) => one.body === body);
  const kept = records.filter(({ thread_id }) => thread_id === own.thread_id).map((one) => one.body);
  assert.deepEqual(kept.sort(), [...all].sort(), 'and all of it is recorded');
  assert.match(await page.locator('.state').last().innerText(), /^(Envoyé|Distribué)$/);
  assertWhole(page);
});

test('a page has words of its own, given before the chat or after', { timeout: 60_000 }, async () => {
  const code = `[['_addTranslations', { en: { input_placeholder: 'Speak!', date: { ago_format: { same_day: 'at %H.%M' } } } }]]`;
  const visitor = await visit('en', { code });
  await visitor.openChat();
  assert.equal(await placeholder(visitor), 'Speak!');
  await visitor.say('What time is it?');
  await visitor.hasState('What time is it?', 'sent');
  await visitor.page.locator('time', { hasText: /^at \d\d\.\d\d$/ }).first().waitFor();
  await push(visitor, ['_addTranslations', { en: { 'input_placeholder': 'Now speak!' }, eo: { you: 'Vi' } }]);
  await until(async () => (await placeholder(visitor)) === 'Now speak!', 'the later words');
  await visitor.sees('What time is it?');
  assertWhole(visitor.page);
});

test('a source has words of its own', { timeout: 60_000 }, async () => {
  const custom_languages = { sv: { default_title: 'Chatta', input_placeholder: 'Skriv…' }, en: { you: 'Me' } };
  const chat = await makeChat(world.server, { name: 'Swedish chat', custom_languages });
  const visitor = await visit('sv-SE', { chat });
  assert.equal(await launcher(visitor).getAttribute('aria-label'), 'Chatta');
  await visitor.openChat();
  assert.equal(await placeholder(visitor), 'Skriv…');
  assert.equal(await visitor.page.getByTestId('send').getAttribute('title'), 'Send', 'what it lacks is English');
  assert.equal(await panel(visitor).getAttribute('lang'), 'sv');
});

test('what is counted takes the form that the language has', { timeout: 90_000 }, async () => {
  const counted = async (lang, answers, expected) => {
    const visitor = await visit(lang);
    const text = `${lang} ${crypto.randomUUID()}`;
    await talk(visitor, text, 'One');
    await visitor.closeChat();
    const { records } = await world.server.api('GET', '/1.0/contents?limit=150');
    const asked = records.find(({ body }) => body === text);
    for (let n = 0; n < answers; n++) await world.server.api('POST', '/1.0/contents', { in_reply_to_id: asked.id, body: `${n}` });
    await until(async () => (await launcher(visitor).getAttribute('aria-label')).endsWith(expected), expected);
  };
  await counted('pl', 2, '2 nieprzeczytane wiadomości');
  await counted('pl', 5, '5 nieprzeczytanych wiadomości');
  await counted('ar', 2, 'رسالتان غير مقروءتين');
  await counted('ar', 3, '3 رسائل غير مقروءة');
});

/** What people read or hear in the panel, without what was written by people. */
const said = ({ page }) =>
  panel({ page }).evaluate((root) => {
    const texts = [];
    const own = '.bubble, .who, .title, .subtitle, time, .avatar, .thread-title, .thread-preview, .count > [aria-hidden]';
    for (const one of [root, ...root.querySelectorAll('*')]) {
      for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (one.getAttribute(name)) texts.push(one.getAttribute(name));
      for (const node of one.childNodes) {
        if (node.nodeType === 3 && node.nodeValue.trim() && !one.closest(own)) texts.push(node.nodeValue);
      }
    }
    return texts;
  });

/** The texts of some files, each of which says its key; as a command. */
async function marked(...names) {
  const keys = (await Promise.all(names.map(messages))).flatMap(Object.keys);
  return JSON.stringify([['_addTranslations', { en: Object.fromEntries(keys.map((key) => [key, `[${key}]`])) }]]);
}

async function assertMarked(visitor) {
  const other = (await said(visitor)).filter((text) => !/^\s*(\[[\w.]+\]|\u2068.*\u2069|\(?\d+\)?)\s*/.test(text));
  assert.deepEqual(other, []);
}

test('nothing is said without a key', { timeout: 90_000 }, async () => {
  const visitor = await visit('en', { code: await marked('en', 'files.en', 'list.en') });
  await talk(visitor, 'Marked?', 'Marked.');
  await assertMarked(visitor);
  await visitor.page.locator('input[type=file]').setInputFiles({ name: 'a.exe', mimeType: 'application/x', buffer: Buffer.from('a') });
  await visitor.page.locator('.complaint').filter({ hasText: '[attachment_error.file_type_not_allowed]' }).waitFor();
  await assertMarked(visitor);
  await visitor.page.getByRole('button', { name: '[dialog_frame.button_ok_label]' }).click();
  await visitor.page.getByTestId('back').click();
  await visitor.page.getByTestId('thread-item').waitFor();
  await assertMarked(visitor);
});

test('nothing that is said seldom is said without a key', { timeout: 120_000 }, async (t) => {
  const code = await marked('en', 'live.en', 'email.en', 'consent.en', 'refused.en', 'list.en');
  const sees = (visitor, key) => panel(visitor).getByText(`[${key}]`, { exact: true }).first().waitFor();

  await t.test('in a live chat', async () => {
    const chat = await makeChat(world.server, { name: 'Live', mode: 'live_chat' });
    const visitor = await visit('en', { chat, code });
    const { page } = visitor;
    await visitor.openChat();
    await sees(visitor, 'hubbub.live_empty_text');
    await visitor.say('Anybody?');
    await sees(visitor, 'waiting_for_agent');
    await assertMarked(visitor);
    await page.getByTestId('quit').click();
    for (const key of ['end_frame.confirm', 'hubbub.end_yes', 'hubbub.end_no']) await sees(visitor, key);
    await assertMarked(visitor);
    await page.getByTestId('end-yes').click();
    const ways = ['leave', 'print', 'see_again'].map((way) => `end_frame.option_${way}_label`);
    for (const key of ['end_frame.message_1', 'end_frame.message_2', ...ways]) await sees(visitor, key);
    await assertMarked(visitor);
    await page.evaluate(() => {
      window.print = () => {
        window.printed = document.querySelector('.hubbub-print').innerText;
        dispatchEvent(new Event('afterprint'));
      };
    });
    await page.getByTestId('print').click();
    await until(() => page.evaluate(() => window.printed), 'it was printed');
    assert.match(await page.evaluate(() => window.printed), /\[printer\.title\]/);
    assertWhole(page);
  });

  await t.test('where an address is asked for, and where nobody came', async () => {
    const told = ['request_email.title', 'timed_messages.impossible', 'connection', 'disconnection'];
    // The server's answer has it in it.
    const routes = (page) =>
      page.route(/\/threads\/\w+\/messages\?/, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        const response = await route.fetch();
        const more = { after: null, created_at: '2026-01-01T00:00:00Z' };
        const notices = told.map((key, n) => ({ id: ID(n), key, screenname: 'Nora', ...more }));
        return route.fulfill({ response, json: { ...(await response.json()), notices } });
      });
    const visitor = await visit('en', { code, routes });
    await visitor.openChat();
    await visitor.say('Where is it?');
    await visitor.hasState('Where is it?', 'sent');
    await visitor.page.reload();
    for (const key of told) await sees(visitor, key);
    await assertMarked(visitor);
    await visitor.page.getByTestId('email-send').click();
    await sees(visitor, 'prompt_error.required');
    await visitor.page.getByTestId('email-input').fill('nobody');
    await visitor.page.getByTestId('email-send').click();
    await sees(visitor, 'prompt_error.incorrect_email');
    await assertMarked(visitor);
    assertWhole(visitor.page);
  });

  await t.test('where one must agree', async () => {
    const settings = { consent: 'before_message', consent_link: 'https://shop.test/privacy' };
    const chat = await makeChat(world.server, { name: 'Careful', ...settings });
    const visitor = await visit('en', { chat, code });
    await visitor.openChat();
    for (const key of ['hubbub.consent_text', 'hubbub.consent_link']) await sees(visitor, key);
    await visitor.say('Too soon');
    await sees(visitor, 'hubbub.consent_needed');
    await assertMarked(visitor);
    assertWhole(visitor.page);
  });

  await t.test('where a message is refused, and where a visitor is', async () => {
    const refuse = (error, status) => ({
      status,
      json: { error, message: 'no', status },
      headers: { 'access-control-allow-origin': '*' },
    });
    const visitor = await visit('en', { code });
    const { page } = visitor;
    await visitor.openChat();
    for (const error of ['blank', 'consent_required', 'text_input_disabled', 'thread_closed', 'too_many', 'unfit', 'else']) {
      const post = (route) =>
        route.request().method() === 'POST' ? route.fulfill(refuse(error, 422)) : route.continue();
      await page.route(/\/chat\/\w+\/messages$/, post);
      await visitor.say(`Refused: ${error}`);
      await sees(visitor, `hubbub.why_${error === 'else' ? 'other' : error}`);
      await page.unroute(/\/chat\/\w+\/messages$/);
    }
    await assertMarked(visitor);
    for (const [error, what] of [['jwt_expired', 'expired'], ['jwt_invalid', 'refused']]) {
      const turned = await visit('en', { code, routes: (page) => page.route(/\/session$/, (route) => route.fulfill(refuse(error, 401))) });
      await launcher(turned).click();
      for (const key of [`hubbub.${what}_title`, `hubbub.${what}_text`, 'hubbub.refresh']) await sees(turned, key);
      await assertMarked(turned);
    }
    assertWhole(page);
  });
});

test('nothing is cut off or sticks out, on wide and narrow screens', { timeout: 180_000 }, async () => {
  for (const lang of ['en', 'fr', 'ar']) {
    for (const width of [1100, 360]) {
      const visitor = await visit(lang, { width, height: 720 });
      await talk(visitor, lang === 'ar' ? 'أين طلبي؟' : 'Where is my order?', `It is on its way (${lang}, ${width}).`);
      assert.deepEqual(await overflowing(visitor), [], `conversation, ${lang}, ${width}`);
      await shot(visitor.page, `languages-${lang}-${width}-conversation`);
      await visitor.page.getByTestId('back').click();
      await visitor.page.getByTestId('thread-item').waitFor();
      assert.deepEqual(await overflowing(visitor), [], `list, ${lang}, ${width}`);
      await shot(visitor.page, `languages-${lang}-${width}-list`);
      assertWhole(visitor.page);
      await visitor.page.context().close();
    }
  }
});

test('Arabic runs from the right, and each message as its own words do', { timeout: 60_000 }, async () => {
  const visitor = await visit('ar');
  await talk(visitor, 'Latin words', 'كلمات عربية');
  assert.equal(await panel(visitor).getAttribute('dir'), 'rtl');
  const box = (one) => one.boundingBox();
  const frame = await box(panel(visitor));
  const middle = frame.x + frame.width / 2;
  const mine = await box(visitor.page.locator('.mine .bubble').first());
  const theirs = await box(visitor.page.locator('.theirs .bubble').last());
  assert.ok(mine.x + mine.width < middle, 'own messages stand at the left');
  assert.ok(theirs.x > middle, 'those of the other side at the right');
  const close = await box(visitor.page.getByTestId('close'));
  assert.ok(close.x + close.width < middle, 'the way out is at the left');
  const runs = (selector) => visitor.page.locator(selector).last().evaluate((one) => getComputedStyle(one).direction);
  assert.deepEqual([await runs('.mine .bubble'), await runs('.theirs .bubble')], ['ltr', 'rtl']);
  const back = visitor.page.getByTestId('back').locator('svg');
  assert.match(await back.evaluate((one) => getComputedStyle(one).transform), /^matrix\(-1/);
});

test('who reads by a program finds nothing wrong in Arabic and German', { timeout: 90_000 }, async () => {
  for (const lang of ['ar', 'de']) {
    const visitor = await visit(lang);
    await talk(visitor, `Hallo ${lang}`, 'Guten Tag');
    for (const view of ['conversation', 'list']) {
      if (view === 'list') await visitor.page.getByTestId('back').click();
      const { violations } = await new AxeBuilder({ page: visitor.page }).setLegacyMode(true).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), [], `${lang}, ${view}`);
    }
  }
});

test('it stands where the source or the page says, in the colours that they say', { timeout: 120_000 }, async (t) => {
  const look = { position: 'left', offset: { x: 40, y: 100 }, color_scheme: 'dark' };
  const chat = await makeChat(world.server, { name: 'A chat at the left', ...look });
  const background = (visitor) => panel(visitor).evaluate((one) => getComputedStyle(one).backgroundColor);
  const DARK = 'rgb(22, 24, 29)';

  await t.test('the source', async () => {
    const visitor = await visit('en', { chat, colorScheme: 'light' });
    const button = await launcher(visitor).boundingBox();
    assert.deepEqual([button.x, 900 - button.y - button.height], [40, 100]);
    await visitor.openChat();
    const frame = await panel(visitor).boundingBox();
    assert.equal(frame.x, 40);
    assert.ok(frame.y >= 0 && frame.y + frame.height <= button.y, 'the window is above the button, and whole');
    assert.equal(await background(visitor), DARK);
  });

  await t.test('the page', async () => {
    const code = `[['_setConfiguration', { position: 'right', colorScheme: 'light' }]]`;
    const visitor = await visit('en', { chat, code, colorScheme: 'dark' });
    const button = await launcher(visitor).boundingBox();
    assert.equal(1440 - button.x - button.width, 40);
    await visitor.openChat();
    assert.notEqual(await background(visitor), DARK);
  });

  await t.test('on a phone the window fills the screen', async () => {
    const visitor = await visit('en', { chat, width: 390, height: 760 });
    await visitor.openChat();
    const { x, y, width, height } = await panel(visitor).boundingBox();
    assert.deepEqual([x, y, width, height], [0, 0, 390, 760]);
  });

  await t.test('a window that is hardly wide enough is not left', async () => {
    const wide = await makeChat(world.server, { name: 'A chat far inside', offset: { x: 200, y: 200 } });
    const visitor = await visit('en', { chat: wide, width: 500, height: 600 });
    await visitor.openChat();
    const frame = await panel(visitor).boundingBox();
    assert.ok(frame.x >= 0 && frame.y >= 0, JSON.stringify(frame));
  });

  await t.test('with a z-index, what the site has above it is above it', async () => {
    const below = await makeChat(world.server, { name: 'A chat below', z_index: 10 });
    const visitor = await visit('en', { chat: below });
    await launcher(visitor).waitFor();
    const above = () =>
      visitor.page.evaluate(() => {
        const bar = Object.assign(document.createElement('div'), { id: 'bar' });
        bar.style.cssText = 'position:fixed;inset:auto 0 0 0;height:200px;z-index:11;background:#fff';
        document.body.append(bar);
        return document.elementFromPoint(innerWidth - 50, innerHeight - 50).id;
      });
    assert.equal(await above(), 'bar');
  });
});

test('a strict page gives its nonce, and the chat keeps to it', { timeout: 60_000 }, async () => {
  const { server, chat } = world;
  const own = `${server.url}/chat/${chat.token}`;
  const policy =
    `default-src 'none'; script-src 'nonce-abc' ${own}/loader.js; style-src 'nonce-abc'; ` +
    `connect-src ${server.url} ${server.url.replace('http', 'ws')}; img-src ${server.url}`;
  const code = `<script nonce="abc">var _chatq = [['_setConfiguration', { nonce: 'abc' }]];</script>`;
  // The policy names the loader by its address; what the loader brings has the nonce that it was told.
  const body = `${code}<script src="${own}/loader.js"></script>`;
  const page = await person(world.browser);
  const refused = [];
  page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  const visitor = await new Visitor(page).visit(world.add({ bare: true, html: 'lang="fr"', body, headers: { 'content-security-policy': policy } }));
  await visitor.openChat();
  assert.equal(await placeholder(visitor), 'Écrivez un message…');
  await visitor.say('Under a policy');
  await visitor.hasState('Under a policy', 'sent');
  assert.deepEqual(refused.filter((text) => /Content Security Policy/.test(text)), []);
  assertWhole(page);
});
