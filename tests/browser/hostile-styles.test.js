/** How the chat looks on pages that it does not own: as on an empty one, whatever their styles are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole, shot } from './support/browser.js';
import { HostileSite, says, works } from './support/hostile.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

/** What of the widget is where, and the style of each of its elements in full. */
function look(page) {
  return page.evaluate(() => {
    const host = [...document.querySelectorAll('*')].find((one) => one.shadowRoot);
    const of = (element) => {
      const style = getComputedStyle(element);
      // Names of the page's own come in, and a zoom is taken back; what they could change is all the rest.
      const names = [...style].filter((name) => !name.startsWith('--') && name !== 'zoom');
      return names.map((name) => `${name}: ${style.getPropertyValue(name)}`);
    };
    return [host, ...host.shadowRoot.querySelectorAll('*')].map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const box = [x, y, width, height].map((n) => Math.round(n)).join(' ');
      return { name: `${element.localName}.${element.getAttribute('class') ?? ''}`, lines: [`box: ${box}`, ...of(element)] };
    });
  });
}

/** The panel's and the launcher's look, once it is drawn and nothing moves. */
async function looks(visitor) {
  await visitor.page.getByTestId('launcher').waitFor();
  await visitor.openChat();
  await visitor.sees('Welcome!');
  await visitor.page.mouse.move(5, 5);
  return look(visitor.page);
}

async function plain(options) {
  const visitor = await world.visit({}, options);
  const found = await looks(visitor);
  await visitor.page.context().close();
  return found;
}

function assertSame(found, expected) {
  assert.deepEqual(found.map(({ name }) => name), expected.map(({ name }) => name));
  const wrong = found.flatMap(({ name, lines }, i) => {
    const known = new Set(expected[i].lines);
    return lines.filter((line) => !known.has(line)).map((line) => `${name} ${line}`);
  });
  assert.deepEqual(wrong, []);
}

const THEME = `
  div:empty { display: none }
  body > *, html > * { position: relative }
  div { visibility: hidden }
  * { letter-spacing: 3px; text-transform: uppercase; line-height: 3; font: italic 30px serif; color: red }
  * { margin: 9px; padding: 7px; border: 2px solid; float: left; opacity: .4; filter: blur(2px); transition: all 1s }
  *::before, *::after { content: 'x'; display: block }
  ::backdrop { backdrop-filter: blur(9px); background: #0008 }
  button, textarea, svg { all: unset; display: none }
  [hidden] { display: block }
  .panel, .launcher, .message, .icon { display: none }
  :root { --brand: red; --on-brand: red; --ink: red; --surface: red; --view-height: 40px; --view-top: 90px }`;
const LOUD = `
  * { all: unset !important; position: static !important; display: none !important; opacity: 0 !important }
  html, head, body { display: block !important; opacity: 1 !important }
  div { transform: scale(3) !important; clip-path: inset(50%) !important; z-index: 0 !important; zoom: 3 !important }
  * { --brand: red !important; --on-brand: red !important; direction: rtl !important; pointer-events: none !important }
  @keyframes away { to { opacity: 0; transform: translateX(900px) } } div { animation: away 1ms forwards !important }`;

test('styles of the page neither hide it nor move it nor come in', { timeout: 120_000 }, async (t) => {
  const expected = await plain();
  const styles = {
    'a theme': THEME,
    'a theme that means it': LOUD,
    'a body that holds what is fixed': `body { transform: translateX(40px); filter: grayscale(1); contain: layout;
      perspective: 9px; will-change: transform; opacity: .5; overflow: hidden; height: 50px; zoom: .5 }`,
    'a page that is zoomed and moved': 'html { zoom: 1.25; font-size: 40px; transform: rotate(0deg) translateY(90px) }',
    'something above everything': `main { position: fixed; inset: 0; z-index: 2147483647; background: #fff }`,
    'a page that is not to be seen': 'html { visibility: hidden; opacity: 0 !important; pointer-events: none }',
  };
  for (const [name, style] of Object.entries(styles)) {
    await t.test(name, async () => {
      const visitor = await world.visit({ head: `<style>${style}</style>` });
      const found = await looks(visitor);
      await shot(visitor.page, `hostile-${name.replaceAll(' ', '-')}`);
      assertSame(found, expected);
      await says(visitor, 'Is it there?');
      assertWhole(visitor.page);
    });
  }
  await t.test('on a phone', async () => {
    const phone = { width: 390, height: 700 };
    const visitor = await world.visit({ head: `<style>${THEME}</style>` }, phone);
    assertSame(await looks(visitor), await plain(phone));
  });
});

test('an old page without a doctype, and with a base', { timeout: 60_000 }, async () => {
  const expected = await plain();
  const visitor = await world.visit({ doctype: '', head: '<base href="https://elsewhere.test/deep/" target="_top">' });
  assert.equal(await visitor.page.evaluate(() => document.compatMode), 'BackCompat');
  assertSame(await looks(visitor), expected);
  await says(visitor, 'Is it there?');
  assertWhole(visitor.page);
});

test('a page that runs from the right', { timeout: 60_000 }, async () => {
  const expected = await plain();
  const visitor = await world.visit({ html: 'lang="en" dir="rtl"' });
  assertSame(await looks(visitor), expected);
  const runs = async (text) => {
    await says(visitor, text);
    return visitor.message(text).locator('.bubble').evaluate((one) => getComputedStyle(one).direction);
  };
  assert.equal(await runs('Where is my parcel?'), 'ltr');
  assert.equal(await runs('أين طردي؟'), 'rtl');
  assert.equal(await runs('איפה החבילה שלי?'), 'rtl');
  await visitor.page.getByTestId('composer').fill('مرحبا');
  const written = await visitor.page.getByTestId('composer').evaluate((one) => getComputedStyle(one).direction);
  assert.equal(written, 'rtl');
  await shot(visitor.page, 'hostile-direction');
  await visitor.page.getByTestId('back').click();
  const preview = visitor.page.locator('.thread-preview');
  assert.match(await preview.innerText(), /You: \u2068איפה החבילה שלי\?\u2069/);
});

test('paper and strong contrast', { timeout: 60_000 }, async () => {
  const visitor = await world.visit();
  await visitor.page.getByTestId('launcher').waitFor();
  await visitor.page.emulateMedia({ media: 'print' });
  assert.equal(await visitor.page.getByTestId('launcher').isVisible(), false, 'it is not printed');
  await visitor.page.emulateMedia({ media: 'screen', forcedColors: 'active' });
  const launcher = visitor.page.getByTestId('launcher');
  const { border, ink, ground } = await launcher.evaluate((one) => {
    const style = getComputedStyle(one);
    return { border: style.borderTopWidth, ink: style.color, ground: style.backgroundColor };
  });
  assert.equal(border, '2px');
  assert.notEqual(ink, ground);
  await works(visitor);
});
