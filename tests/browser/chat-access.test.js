/** The chat for who sets their own spacing of texts, and for who has no mouse: structured answers, files, consent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

let server, browser, site, chat, live;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server, { consent_link: 'https://shop.test/privacy' });
  live = await makeChat(server, { name: 'Live', mode: 'live_chat', show_queue_position: true });
  site = await Site.start(snippet(server.url, chat.token));
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

/** What WCAG 1.4.12 lets a reader set, on everything in the chat. */
const SPACING = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important }`;

/** Texts that are cut off, or lie outside of the panel, by the words in them. */
const cut = (page) =>
  page.evaluate(() => {
    const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('[data-testid=panel]'));
    const panel = host.shadowRoot.querySelector('[data-testid=panel]');
    const frame = panel.getBoundingClientRect();
    const said = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    // Who listens alone, and what is not there, is not seen.
    const seen = (one) => one.checkVisibility() && !one.closest('.sr') && one.getClientRects().length > 0;
    const all = [...panel.querySelectorAll('*')].filter((one) => seen(one) && (said(one) || one.matches('button,input,textarea,a')));
    return all.flatMap((one) => {
      const words = (one.innerText || one.getAttribute('aria-label') || one.tagName).slice(0, 40);
      for (let box = one; box && box !== panel.parentNode; box = box.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(box);
        const hides = (how) => how === 'hidden' || how === 'clip';
        if (hides(overflowX) && box.scrollWidth > box.clientWidth + 1) return [`${words}: cut in its width`];
        if (hides(overflowY) && box.scrollHeight > box.clientHeight + 1) return [`${words}: cut in its height`];
        // What scrolls shows all of it.
        if (/auto|scroll/.test(overflowX + overflowY)) return [];
      }
      const { left, right } = one.getBoundingClientRect();
      return left < frame.left - 1 || right > frame.right + 1 ? [`${words}: outside`] : [];
    });
  });

async function spaced(page, name) {
  await page.evaluate((css) => {
    const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('[data-testid=panel]'));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    window.plain = host.shadowRoot.adoptedStyleSheets;
    host.shadowRoot.adoptedStyleSheets = [...window.plain, sheet];
  }, SPACING);
  for (const width of [1440, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await until(() => page.evaluate((width) => innerWidth === width, width), 'the width');
    await shot(page, `spacing-${name}-${width}`.replace(/\W+/g, '-'));
    assert.deepEqual(await cut(page), [], `${name}, ${width} px`);
  }
  await page.evaluate(() => {
    const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot?.querySelector('[data-testid=panel]'));
    host.shadowRoot.adoptedStyleSheets = window.plain;
  });
  await page.setViewportSize({ width: 1440, height: 900 });
}

const content = (words) =>
  until(async () => (await server.api('GET', '/1.0/contents?limit=100')).records.find(({ body }) => body === words), words);
const answer = (id, body, more = {}) => server.api('POST', '/1.0/contents', { in_reply_to_id: id, body, ...more });
const CARD = {
  type: 'template',
  title: 'A fern for a dark corner of the hall',
  subtitle: 'It wants water each week, and light in the morning.',
  url: 'https://shop.test/fern',
  items: [{ type: 'reply', title: 'I take it', payload: 'take' }, { type: 'url', title: 'Look at it', url: 'https://shop.test/look' }],
};
const SELECT = {
  type: 'select',
  items: [{ title: 'Before noon', payload: 'am' }, { title: 'In the afternoon', payload: 'pm' }, { title: 'Whenever it suits you', payload: 'any' }],
};

for (const locale of ['en', 'de', 'ar']) {
  test(`nothing is lost by a wider spacing of texts in ${locale}`, { timeout: 180_000 }, async () => {
    site.code = snippet(server.url, chat.token);
    site.language = locale;
    const visitor = await new Visitor(await person(browser, { locale, reducedMotion: 'reduce' })).visit(site.url);
    const { page } = visitor;
    await visitor.openChat();
    await spaced(page, `${locale} a blank page`);
    await visitor.say(`Do you have ferns? ${locale}`);
    await visitor.hasState(`Do you have ferns? ${locale}`, 'sent');
    const { id } = await content(`Do you have ferns? ${locale}`);
    await answer(id, 'We do', { structured_content: CARD });
    await answer(id, 'When shall we come?', { structured_content: SELECT });
    await page.getByRole('button', { name: 'Before noon' }).waitFor();
    await page.getByTestId('composer').fill('When does it rain, and who waters it while I am away for the summer?');
    await spaced(page, `${locale} a conversation`);
    await page.locator('input[type=file]').setInputFiles({ name: 'a long name of a picture of my hall.txt', mimeType: 'text/plain', buffer: Buffer.from('hall') });
    await page.locator('.chip.done').waitFor();
    await spaced(page, `${locale} with a file`);
    await page.getByTestId('back').click();
    await page.getByTestId('thread-item').waitFor();
    await spaced(page, `${locale} the list`);
    assertWhole(page);
  });

  test(`nor of a live chat and its end in ${locale}`, { timeout: 120_000 }, async () => {
    site.code = snippet(server.url, live.token);
    site.language = locale;
    const visitor = await new Visitor(await person(browser, { locale, reducedMotion: 'reduce' })).visit(site.url);
    const { page } = visitor;
    await visitor.openChat();
    await visitor.say('Is anybody there?');
    await visitor.hasState('Is anybody there?', 'sent');
    await page.getByTestId('quit').click();
    await page.getByTestId('end-yes').waitFor();
    await spaced(page, `${locale} the question`);
    await page.getByTestId('end-yes').click();
    await page.getByTestId('end-frame').waitFor();
    await spaced(page, `${locale} the end`);
    assertWhole(page);
  });
}

test('nor of what somebody agrees to', { timeout: 60_000 }, async () => {
  const asks = await makeChat(server, { name: 'Asks', consent: 'before_message', consent_link: 'https://shop.test/privacy' });
  site.code = snippet(server.url, asks.token);
  site.language = 'de';
  const visitor = await new Visitor(await person(browser, { locale: 'de', reducedMotion: 'reduce' })).visit(site.url);
  await visitor.openChat();
  await visitor.page.getByTestId('consent').waitFor();
  await visitor.say('Ohne Zustimmung');
  await spaced(visitor.page, 'consent');
  assertWhole(visitor.page);
});

/** What has the focus in the chat: its test id, else its words. */
const focused = (page) =>
  page.evaluate(() => {
    const held = document.activeElement?.shadowRoot?.activeElement;
    if (!held || held.className === 'cards') return held?.className;
    return held.dataset.testid === 'reply-button' ? held.innerText : (held.dataset.testid ?? held.ariaLabel ?? held.innerText);
  });

async function tabTo(page, wanted, key = 'Tab') {
  const is = async () => {
    const held = await focused(page);
    return held && (wanted instanceof RegExp ? wanted.test(held) : held === wanted);
  };
  for (let steps = 0; steps < 40; steps++) {
    if (await is()) return;
    await page.keyboard.press(key);
  }
  assert.fail(`${wanted} is not reached; the focus is at ${await focused(page)}`);
}

test('structured messages are answered by the keyboard alone', { timeout: 120_000 }, async () => {
  site.code = snippet(server.url, chat.token);
  site.language = 'en';
  const visitor = await new Visitor(await person(browser, { reducedMotion: 'reduce' })).visit(site.url);
  const { page } = visitor;
  await page.getByTestId('launcher').waitFor();
  await tabTo(page, 'launcher');
  await page.keyboard.press('Enter');
  await until(async () => (await focused(page)) === 'composer', 'one can write at once');
  await page.keyboard.type('By the keyboard');
  await page.keyboard.press('Enter');
  await visitor.hasState('By the keyboard', 'sent');
  const { id, thread_id } = await content('By the keyboard');
  await answer(id, 'Two of them', { structured_content: { type: 'carousel', items: [CARD, { ...CARD, title: 'A palm' }] } });
  await page.getByRole('button', { name: 'I take it' }).first().waitFor();
  await page.keyboard.type('Half a word');

  // Backwards from where one writes: buttons, links, and the row of cards, which scrolls by its arrows.
  await tabTo(page, 'I take it', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await visitor.hasState('I take it', 'sent');
  const reply = (await server.api('GET', `/1.0/contents?q=thread:${thread_id}&limit=10`)).records.find((one) => one.body === 'I take it');
  assert.deepEqual(reply?.context_data?.structured_reply?.payload ?? reply?.structured_reply?.payload, 'take');
  assert.equal(await focused(page), 'I take it', 'buttons of cards stay, and so does the focus');
  assert.equal(await page.getByTestId('composer').inputValue(), 'Half a word');
  await tabTo(page, 'cards', 'Shift+Tab');
  const turned = () => page.locator('.cards').evaluate((row) => row.scrollLeft);
  assert.equal(await turned(), 0);
  await until(async () => {
    await page.keyboard.press('ArrowRight');
    return (await turned()) > 0;
  }, 'the row scrolls');

  await answer(id, 'When shall we come?', { structured_content: { ...SELECT, disable_text_input: true } });
  await page.getByRole('button', { name: 'Before noon' }).waitFor();
  await tabTo(page, 'In the afternoon');
  await page.keyboard.press('Space');
  await visitor.hasState('In the afternoon', 'sent');
  await page.getByRole('button', { name: 'Before noon' }).waitFor({ state: 'detached' });
  // The choice is gone: the keyboard goes on in the conversation, and from there to where one writes.
  assert.ok(await focused(page), 'the focus stays in the chat');
  await tabTo(page, 'composer');
  assert.equal(await page.getByTestId('composer').inputValue(), 'Half a word');
  assertWhole(page);
});

test('files are chosen, taken back, tried again and sent by the keyboard alone', { timeout: 120_000 }, async () => {
  site.code = snippet(server.url, chat.token);
  site.language = 'en';
  const visitor = await new Visitor(await person(browser, { reducedMotion: 'reduce' })).visit(site.url);
  const { page } = visitor;
  await visitor.openChat();
  await until(async () => (await focused(page)) === 'composer', 'one can write');
  let chosen;
  page.on('filechooser', async (chooser) => {
    await chooser.setFiles(chosen);
    chosen = undefined;
  });
  const choose = async (...names) => {
    await tabTo(page, 'attach', 'Shift+Tab');
    chosen = names.map((name) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(name) }));
    await page.keyboard.press('Enter');
    await until(() => !chosen, 'the files are asked for');
  };
  await choose('one.txt', 'two.txt');
  await until(async () => (await page.locator('.chip.done').count()) === 2, 'both are there');
  await until(async () => (await focused(page)) === 'composer', 'one can write');
  await tabTo(page, /Remove .?one\.txt/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await until(async () => (await page.locator('.chip').count()) === 1, 'one is gone');
  assert.equal(await focused(page), 'composer', 'the keyboard goes on');

  // One that does not go through is tried again.
  await page.route('**/attachments', (route) => route.abort());
  await choose('three.txt');
  await page.locator('.chip.failed').waitFor();
  await page.unroute('**/attachments');
  await tabTo(page, /Upload .*three\.txt.* again/, 'Shift+Tab');
  await page.keyboard.press('Enter');
  await until(async () => (await page.locator('.chip.done').count()) === 2, 'it is there');
  assert.match(await focused(page), /three\.txt/, 'the focus stays at the file');
  await tabTo(page, 'composer');
  await page.keyboard.type('Two files');
  await page.keyboard.press('Enter');
  await visitor.hasState('Two files', 'sent');
  await tabTo(page, /two\.txt/, 'Shift+Tab');
  const href = await page.evaluate(() => document.activeElement.shadowRoot.activeElement.href);
  assert.match(href, /\/attachments\//);
  const { id } = await content('Two files');
  assert.deepEqual((await server.api('GET', `/1.0/contents/${id}`)).attachments_count, 2);
  assertWhole(page);
});

test('an emoji is picked by the keyboard, and goes where one writes', { timeout: 60_000 }, async () => {
  site.code = snippet(server.url, chat.token);
  site.language = 'en';
  const visitor = await new Visitor(await person(browser, { width: 400, height: 800, reducedMotion: 'reduce' })).visit(site.url);
  const { page } = visitor;
  const picker = page.getByTestId('emoji-picker');
  await visitor.openChat();
  await page.getByTestId('composer').click();
  await page.keyboard.type('Hello  you');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowLeft');
  await tabTo(page, 'emoji', 'Shift+Tab');
  await page.keyboard.press('Enter');
  await picker.waitFor();
  assert.equal(await page.getByTestId('emoji').getAttribute('aria-expanded'), 'true');
  await accessible(page);
  await shot(page, 'emoji');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  const chosen = await page.evaluate(() => document.activeElement.shadowRoot.activeElement.innerText);
  await page.keyboard.press('Enter');
  await picker.waitFor({ state: 'detached' });
  assert.equal(await focused(page), 'composer');
  assert.equal(await page.getByTestId('composer').inputValue(), `Hello ${chosen} you`);
  // Escape closes what is open, one after the other.
  await page.getByTestId('emoji').click();
  await picker.waitFor();
  await page.keyboard.press('Escape');
  await picker.waitFor({ state: 'detached' });
  assert.ok(await page.getByTestId('panel').isVisible());
  await page.keyboard.press('Enter');
  await visitor.hasState(`Hello ${chosen} you`, 'sent');
  const none = await makeChat(server, { name: 'Without', emoji_picker: false });
  site.code = snippet(server.url, none.token);
  const other = await new Visitor(await person(browser)).visit(site.url);
  await other.openChat();
  assert.equal(await other.page.getByTestId('emoji').count(), 0);
  assertWhole(page);
});

test('who asks for more contrast has letters and lines as dark as what is said, and edges around it', { timeout: 60_000 }, async () => {
  for (const colorScheme of ['light', 'dark']) {
    const plain = await makeChat(server, { name: `Plain ${colorScheme}`, welcome_message: 'Hello!' });
    const own = await Site.start(snippet(server.url, plain.token));
    const page = await person(browser, { colorScheme, contrast: 'more' });
    const visitor = await new Visitor(page).visit(own.url);
    await visitor.openChat();
    await visitor.sees('Hello!');
    const style = (selector, name) => page.locator(selector).first().evaluate((one, name) => getComputedStyle(one)[name], name);
    const ink = await style('.panel', 'color');
    assert.deepEqual([await style('.who', 'color'), await style('.head', 'borderBottomColor'), await style('.head .tool', 'color')], [ink, ink, ink]);
    assert.equal(await style('.bubble', 'borderTopWidth'), '1px');
    await page.goto(server.url);
    const [text, line] = await page.evaluate(() => {
      const shown = (name) => {
        const probe = Object.assign(document.createElement('p'), { style: `color: var(${name})` });
        document.body.append(probe);
        return getComputedStyle(probe).color;
      };
      return [shown('--text'), shown('--line')];
    });
    assert.deepEqual([text, line], colorScheme === 'light' ? ['rgb(0, 0, 0)', 'rgb(83, 86, 92)'] : ['rgb(255, 255, 255)', 'rgb(171, 176, 184)']);
    assertWhole(page);
    await own.stop();
  }
});
