/** What two people write, in the console and in the chat, and what becomes of it before it is sent. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deflateSync, crc32 } from 'node:zlib';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat, makeUser } from './support/world.js';

const LONG = 'Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewiss';
let server, browser, chat, site, nora, ada;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  chat = await makeChat(server);
  site = await Site.start(
    `<script>_chatq = [['_setIdentity', { firstname: '${LONG}' }]]</script>${snippet(server.url, chat.token)}`,
  );
  const entry = await server.api('POST', '/1.0/reply_assistant/entries', { label: 'Opening hours', shortcuts: 'hours' });
  const body = 'Dear {{identity.firstname|customer}}, we open at nine.';
  await server.api('POST', '/1.0/reply_assistant/versions', { entry_id: entry.id, body, format: 'text' });
  nora = new Agent(await person(browser, { locale: 'en-US' }), server);
  ada = new Visitor(await person(browser, { width: 1000, height: 700 }));
  await nora.signIn(await makeUser(server, 'Nora', LONG));
  await ada.visit(site.url);
  await ada.openChat();
  await ada.say('When do you open?');
  await nora.open('When do you open?');
  await nora.engage();
});

after(async () => {
  await browser?.close();
  await site?.stop();
  await server?.stop();
});

const composerOf = ({ page }) => page.getByTestId('composer');

/** Pastes as a browser does; tells whether the page took the pasting over. */
const paste = (field, { text, file }) =>
  field.evaluate(
    (element, { text, file }) => {
      const data = new DataTransfer();
      if (text) data.setData('text/plain', text);
      if (file) data.items.add(new File(['picture'], file, { type: 'image/png' }));
      const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true, composed: true });
      element.dispatchEvent(event);
      return event.defaultPrevented;
    },
    { text, file },
  );

/** A picture of one colour, so and so high. */
function picture(width, height) {
  const part = (name, data) => {
    const body = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0], 8);
  const rows = Buffer.alloc((width + 1) * height, 0x88);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  const mark = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([mark, part('IHDR', head), part('IDAT', deflateSync(rows)), part('IEND', Buffer.alloc(0))]);
}

test('writing', { timeout: 90_000 }, async (t) => {
  await t.test('a ready answer goes into the reply, filled in', async () => {
    await nora.page.getByTestId('ready').click();
    await nora.page.getByTestId('find-answer').waitFor();
    await shot(nora.page, 'ready-answers');
    // The answers came after the dialog: the keys are for them all the same.
    await nora.page.keyboard.type('hours');
    await nora.page.keyboard.press('Enter');
    await nora.page.getByTestId('ready-answers').waitFor({ state: 'detached' });
    assert.equal(await composerOf(nora).inputValue(), `Dear ${LONG}, we open at nine.`);
    await composerOf(nora).fill('');
  });

  await t.test('cells of a spreadsheet are pasted as their text, a picture alone as a file', async () => {
    for (const who of [nora, ada]) {
      assert.equal(await paste(composerOf(who), { text: 'a\tb', file: 'image.png' }), false, 'the text goes its usual way');
      assert.equal(await paste(composerOf(who), { file: 'image.png' }), true);
    }
    await nora.page.getByTestId('draft-files').getByText('image.png').waitFor();
    assert.equal(await nora.page.getByTestId('draft-files').locator('li').count(), 1);
    await nora.page.getByRole('button', { name: 'Remove image.png' }).click();
    await ada.page.getByRole('button', { name: /Remove .?image\.png/ }).click();
  });

  await t.test('a text that is too long stays, and it is said by how much', async () => {
    await composerOf(nora).fill('x'.repeat(20_003));
    await nora.page.getByText('Too long: 3 characters more than the 20,000').waitFor();
    assert.equal(await nora.page.getByTestId('send').isDisabled(), true);
    await composerOf(nora).fill('');
    await ada.say('x'.repeat(20_003));
    await ada.page.getByText(/3.? characters more than the .?20,000/).waitFor();
    assert.equal((await composerOf(ada).inputValue()).length, 20_003);
    await composerOf(ada).fill('');
  });

  await t.test('files that would be refused do not go up, and it is said why', async () => {
    const sent = [];
    for (const { page } of [nora, ada]) page.on('request', (one) => one.url().endsWith('/attachments') && sent.push(one.url()));
    const files = [
      { name: 'tool.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('MZ') },
      { name: 'nothing.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
      { name: 'film.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(11_000_000) },
    ];
    await nora.page.getByTestId('attach-input').setInputFiles(files);
    const said = await nora.page.getByTestId('composer-refused').innerText();
    assert.match(said, /“tool.exe” cannot be sent[^]*“nothing.png” is empty[^]*“film.mp4” is too large/);
    await shot(nora.page, 'composer-refused');
    assert.equal(await nora.page.getByTestId('draft-files').count(), 0);
    assert.equal(await nora.page.getByTestId('retry').count(), 0);
    await nora.page.getByRole('button', { name: 'Close this note' }).click();
    await nora.page.getByTestId('composer-refused').waitFor({ state: 'detached' });
    assert.deepEqual(sent, []);
  });

  await t.test('what can never pass is not offered to be tried again', async () => {
    let status = 422;
    const refuse = (route) => route.fulfill({ status, json: { error: 'not_synchronized', message: 'no', status } });
    await nora.page.route('**/1.0/contents', refuse);
    await composerOf(nora).fill('At nine.');
    await nora.page.getByTestId('send').click();
    await nora.page.getByTestId('composer-error').waitFor();
    assert.equal(await nora.page.getByTestId('retry').count(), 0);
    assert.equal(await composerOf(nora).inputValue(), 'At nine.');
    status = 503;
    await nora.page.getByTestId('send').click();
    await nora.page.getByTestId('retry').waitFor();
    await nora.page.unroute('**/1.0/contents', refuse);
    await nora.page.getByTestId('retry').click();
    await ada.sees('At nine.');
  });

  await t.test('after a private comment the next words are for the customer again', async () => {
    await nora.page.getByTestId('comment').click();
    await composerOf(nora).fill('She asks often.');
    await nora.page.getByTestId('send').click();
    await nora.page.getByTestId('comment-card').filter({ hasText: 'She asks often.' }).waitFor();
    assert.equal(await nora.page.getByTestId('reply').getAttribute('aria-pressed'), 'true');
  });
});

test('reading', { timeout: 90_000 }, async (t) => {
  const { page } = nora;

  await t.test('a name without spaces pushes nothing sideways', async () => {
    for (const width of [375, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await page.getByTestId('message').first().waitFor();
      const wider = await page.evaluate(() =>
        [document.documentElement, ...document.querySelectorAll('[data-testid=history], [data-testid=history] *')]
          .filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible')
          .map((one) => `${one.tagName}.${one.className} ${one.scrollWidth} > ${one.clientWidth}`),
      );
      await shot(page, `long-name-${width}`);
      assert.deepEqual(wider, [], `at ${width}`);
    }
  });

  await t.test('the clock is written in one way, the one of the reader', async () => {
    const times = await page.locator('[data-testid=history] time').evaluateAll((all) => all.map((one) => [one.innerText, one.title]));
    assert.ok(times.length > 3);
    for (const [text, whole] of times) {
      assert.match(text, /^[1-9]\d?:\d\d\s[AP]M$/u);
      assert.ok(whole.endsWith(text), `${text} as in ${whole}`);
    }
    await page.getByTestId('defer').click();
    for (const one of await page.getByTestId('defer-dialog').locator('.when').allInnerTexts())
      assert.match(one, /^\p{L}+ [1-9]\d?:\d\d\s[AP]M$/u);
    await page.keyboard.press('Escape');
  });

  await t.test('words from the right stand on the right, in the history and where they are written', async () => {
    const direction = (locator) => locator.evaluate((one) => getComputedStyle(one).direction);
    await ada.say('متى تفتحون؟');
    await nora.sees('متى تفتحون؟');
    assert.equal(await direction(nora.message('متى تفتحون؟').locator('.bubble p')), 'rtl');
    assert.equal(await direction(nora.message('When do you open?').locator('.bubble p')), 'ltr');
    await composerOf(nora).fill('שלום');
    assert.equal(await direction(composerOf(nora)), 'rtl');
    await shot(page, 'direction');
    await composerOf(nora).fill('Good morning');
    assert.equal(await direction(composerOf(nora)), 'ltr');
    await composerOf(nora).fill('');
  });

  await t.test('a conversation stays at its end while its pictures come', { timeout: 30_000 }, async () => {
    await page.setViewportSize({ width: 1440, height: 600 });
    const pictures = ['hall', 'room', 'garden'].map((name) => ({ name: `${name}.png`, mimeType: 'image/png', buffer: picture(300, 300) }));
    await ada.page.locator('input[type=file]').setInputFiles(pictures);
    // What was read before is no news when the conversation is opened again: it opens at its end.
    const read = page.waitForResponse((response) => /\/read$/.test(response.url()));
    await ada.say('Here it is');
    await nora.sees('Here it is');
    await read;
    const held = [];
    await page.route('**/attachments/**', (route) => held.push(route));
    await page.reload();
    await until(() => held.length === 3, 'the pictures are asked for');
    const atEnd = () =>
      page.getByTestId('history').evaluate((one) => one.scrollHeight - one.scrollTop - one.clientHeight < 4);
    assert.equal(await atEnd(), true);
    // Each one comes between the scrolling that the one before has made, and its event.
    const grown = page.getByTestId('history').evaluate(
      (one) =>
        new Promise((done) => {
          const pictures = [...one.querySelectorAll('img')];
          let height = 0;
          const grow = () => (pictures.length ? (pictures.shift().style.minHeight = `${(height += 300)}px`) : done());
          one.addEventListener('scroll', grow, { capture: true });
          grow();
        }),
    );
    await until(atEnd, 'the end is in view');
    await grown;
    for (const route of held) await route.continue();
    await page.getByTestId('history').evaluate((one) => Promise.all([...one.querySelectorAll('img')].map((picture) => picture.decode())));
    await until(atEnd, 'the end is in view');
    // The page learns of scrolling by an event for each frame: the last growth has had its own, and the reader has one.
    await page.getByTestId('history').evaluate(async (one) => {
      const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      await frames();
      one.scrollTop -= 300;
      await frames();
    });
    await ada.say('And one more word');
    await nora.sees('And one more word');
    assert.equal(await atEnd(), false, 'who reads above is left there');
  });

  for (const one of [page, ada.page]) assertWhole(one);
});
