/** Scripts, policies and dialogs of pages that hold the chat: neither gets into the other's way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertWhole } from './support/browser.js';
import { assertWriting, HostileSite, says, works } from './support/hostile.js';
import { until } from './support/until.js';

let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

const script = (text) => `<script>${text}</script>`;

test('what is typed fires no shortcut of the page, and the chat has its own', { timeout: 60_000 }, async () => {
  const head = script(`
    window.heard = [];
    // A library that asks whether one writes, in the one place where it hears of keys before the chat does.
    addEventListener('keydown', (event) => {
      if (!event.target.isContentEditable && !/INPUT|TEXTAREA/.test(event.target.tagName)) heard.push('first ' + event.key);
    }, true);
    for (const [where, name] of [[window, 'window'], [document, 'document'], [document.documentElement, 'root']]) {
      for (const type of ['keydown', 'keypress', 'keyup', 'input', 'beforeinput', 'paste', 'copy', 'click', 'mousedown']) {
        const hear = (event) => heard.push(name + ' ' + type + ' ' + event.target.value.length);
        document.addEventListener('DOMContentLoaded', () => where.addEventListener(type, hear));
        setTimeout(() => document.addEventListener(type, hear, true), 500);
      }
    }`);
  const visitor = await world.visit({ head, body: '<input id="own" />' });
  const { page } = visitor;
  await page.getByTestId('launcher').click();
  await says(visitor, 'jk/?');
  await page.evaluate(() => new Promise((done) => setTimeout(done, 500)));
  await page.evaluate(() => (window.heard = []));
  await says(visitor, 'gg?');
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.press('Escape');
  await page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.deepEqual(await page.evaluate(() => window.heard), []);
  // The page's own field still is the page's.
  await page.locator('#own').press('g');
  assert.ok((await page.evaluate(() => window.heard)).includes('window keydown 0'));
  assertWhole(page);
});

test('Escape closes the chat, and not the dialog of the page', { timeout: 60_000 }, async () => {
  const visitor = await world.visit({ body: '<dialog id="cart"><p>Your cart</p><button>Pay</button></dialog>' });
  const { page } = visitor;
  await page.getByTestId('launcher').waitFor();
  const told = await page.evaluate(async () => {
    const told = [];
    window._chatq.push(['_onEvent', 'item_shown', () => told.push('again')]);
    for (const act of ['showModal', 'close']) {
      document.getElementById('cart')[act]();
      await new Promise((done) => setTimeout(done, 100));
    }
    return told;
  });
  assert.deepEqual(told, [], 'to be moved is not to be shown');
  await page.getByTestId('launcher').click();
  await says(visitor, 'Before');
  await page.keyboard.type('Half a sen');
  await page.evaluate(() => document.getElementById('cart').showModal());
  await says(visitor, 'tence.');
  await visitor.sees('Half a sentence.');
  await page.keyboard.press('Escape');
  await page.getByTestId('panel').waitFor({ state: 'hidden' });
  assert.equal(await page.getByRole('button', { name: 'Pay' }).isVisible(), true);
  await page.getByRole('button', { name: 'Pay' }).click();
  await page.getByTestId('launcher').click();
  await says(visitor, 'In the dialog');
  await page.evaluate(() => document.getElementById('cart').close());
  await says(visitor, 'After it');
  await page.evaluate(() => {
    document.getElementById('cart').showModal();
    document.getElementById('cart').remove();
  });
  await says(visitor, 'Without it');
  assertWhole(page);
});

test('a dialog in a long conversation leaves the reader where they were', { timeout: 60_000 }, async () => {
  const visitor = await world.visit({ body: '<dialog id="cart"><button>Pay</button></dialog>' }, { height: 500 });
  const { page } = visitor;
  await page.getByTestId('launcher').click();
  for (let i = 0; i < 8; i++) await says(visitor, `Line ${i}`);
  const log = page.locator('.log');
  const top = () => log.evaluate((one) => one.scrollTop);
  const end = await top();
  await page.evaluate(() => document.getElementById('cart').showModal());
  await until(async () => (await top()) === end, 'at the end');
  await log.evaluate(
    (one) =>
      new Promise((done) => {
        one.addEventListener('scroll', () => requestAnimationFrame(() => setTimeout(done)), { once: true });
        one.scrollTop = 40;
      }),
  );
  await page.evaluate(() => document.getElementById('cart').close());
  await until(async () => (await top()) === 40, 'where the reader was');
  assertWhole(page);
});

const DIALOG = '<div id="own" role="dialog" aria-modal="true"><input id="name" /><button>Pay</button></div>';
const TRAPS = {
  'of a library': {
    head: '<script src="/tabbable.js"></script><script src="/focus-trap.js"></script>',
    body: DIALOG + script("window.trap = focusTrap.createFocusTrap('#own').activate()"),
  },
  'that pulls the focus back': {
    body:
      DIALOG +
      script(`const own = document.getElementById('own');
      const back = (event) => own.contains(event.target) || document.getElementById('name').focus();
      document.addEventListener('focusin', back);
      document.addEventListener('focus', back, true);
      document.getElementById('name').focus();`),
  },
  'that takes each press for its own': {
    body:
      DIALOG +
      script(`for (const type of ['mousedown', 'pointerdown', 'touchstart', 'click']) {
        document.addEventListener(type, (event) => {
          if (!event.target.closest('#own')) { event.preventDefault(); event.stopImmediatePropagation(); }
        }, { capture: true, passive: false });
      }`),
  },
  'that makes the page inert': {
    body:
      DIALOG + script(`document.body.inert = true; document.body.style.pointerEvents = 'none'; document.body.ariaHidden = 'true'`),
  },
};
for (const [name, parts] of Object.entries(TRAPS)) {
  test(`a dialog ${name} leaves the chat to be used`, { timeout: 60_000 }, async () => {
    const visitor = await world.visit(parts);
    await works(visitor);
    await assertWriting(visitor);
    // By the keyboard too: from the box to the launcher, which closes it.
    for (const key of ['Tab', 'Tab', 'Enter']) await visitor.page.keyboard.press(key);
    await visitor.page.getByTestId('panel').waitFor({ state: 'hidden' });
    assertWhole(visitor.page);
  });
}

test('a page that forbids selecting, pasting, turning and dropping forbids it to itself', { timeout: 60_000 }, async () => {
  const types = ['selectstart', 'contextmenu', 'copy', 'paste', 'wheel', 'touchmove', 'dragover', 'drop', 'mousedown'];
  const head = script(`window.heard = [];
    for (const type of ${JSON.stringify(types)}) {
      document.addEventListener(type, (event) => { event.preventDefault(); heard.push(type); }, { passive: false });
    }`);
  const visitor = await world.visit({ head }, { height: 500 });
  const { page } = visitor;
  await works(visitor, 'Line 0');
  for (let i = 1; i < 8; i++) await says(visitor, `Line ${i}`);
  const top = () => page.locator('.log').evaluate((one) => one.scrollTop);
  const before = await top();
  await page.locator('.log').hover();
  await page.mouse.wheel(0, -100);
  await until(async () => (await top()) < before, 'it turns');
  const dropped = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['ten to six'], 'hours.txt', { type: 'text/plain' }));
    data.items.add(new File(['ten to six'], 'hours.pdf', { type: 'application/pdf' }));
    return data;
  });
  await page.evaluate(() => (window.heard = []));
  for (const type of ['dragenter', 'dragover', 'drop']) {
    await page.locator('.log').dispatchEvent(type, { dataTransfer: dropped });
  }
  await page.locator('.chip').filter({ hasText: 'hours.pdf' }).waitFor();
  assert.deepEqual(await page.evaluate(() => window.heard), []);
  assertWhole(page);
});

test('what begins on the page may end over the chat', { timeout: 60_000 }, async () => {
  const head = script(`window.ended = 0; document.addEventListener('mouseup', () => ended++);`);
  const visitor = await world.visit({ head });
  const { page } = visitor;
  await page.getByTestId('launcher').click();
  await visitor.sees('Welcome!');
  const { x, y } = await page.getByTestId('composer').boundingBox();
  await page.mouse.move(20, 20);
  await page.mouse.down();
  await page.mouse.move(x + 5, y + 5);
  await page.evaluate(() => (window.ended = 0));
  await page.mouse.up();
  assert.equal(await page.evaluate(() => window.ended), 1);
  assertWhole(page);
});

const policy = (more) =>
  `default-src 'none'; base-uri 'none'; script-src 'nonce-abc'; ${more}` +
  `connect-src ${world.server.url} ${world.server.url.replace('http', 'ws')}; img-src ${world.server.url}`;
const strict = (more) => ({
  bare: true,
  headers: { 'content-security-policy': policy(more) },
  body: `<script nonce="abc" src="${world.server.url}/chat/${world.chat.token}/loader.js"></script>`,
});

test('a page with a strict policy and Trusted Types', { timeout: 60_000 }, async () => {
  for (const more of ["require-trusted-types-for 'script'; ", "require-trusted-types-for 'script'; trusted-types hubbub; "]) {
    const visitor = await world.visit(strict(more));
    const said = [];
    visitor.page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
    await works(visitor);
    assert.deepEqual(said, [], 'nothing was refused');
  }
});

test('a page whose policy forbids the chat is told so, and stays whole', { timeout: 60_000 }, async () => {
  const visitor = await world.visit(strict("require-trusted-types-for 'script'; trusted-types 'none'; "));
  const told = visitor.page.waitForEvent('console', (message) => message.text().startsWith('Chat:'));
  await visitor.page.getByTestId('launcher').click();
  assert.match((await told).text(), /TrustedScriptURL/);
  assert.equal(await visitor.page.getByTestId('launcher').getAttribute('aria-busy'), null);
  assertWhole(visitor.page);
});

test('a page that is isolated from other origins', { timeout: 60_000 }, async () => {
  const isolated = {
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-opener-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
  };
  const visitor = await world.visit({ headers: isolated });
  assert.equal(await visitor.page.evaluate(() => crossOriginIsolated), true);
  await works(visitor);
});

const OLD = script(`
  // As Prototype did.
  Array.prototype.toJSON = function () { return '[' + this.join() + ']'; };
  Object.prototype.toJSON = function () { return 'an object'; };
  Array.from = (list) => [].slice.call(list);
  Array.prototype.each = Array.prototype.forEach;
  Element.prototype.scrollTo = function () { this.scrollIntoView(); return this; };
  Function.prototype.bind = function (self) { var f = this; return function () { return f.apply(self, arguments); }; };
  // As MooTools did.
  window.JSON = { encode: String, decode: eval };
  // As pages do to themselves.
  Object.prototype.get = function () { return 1; };
  Object.prototype.extend = Object.prototype.each = function () {};
  window.Promise = function Promise(list) { this.list = list; };
  window.fetch = function fetch(id) { return document.getElementById(id); };
  var listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (type, act, options) { return listen.call(this, type, act, !!options); };
  window.name = window.status = 'taken'; var Request, Response, Headers, Bridge, App, chat, token;`);

test('a page whose libraries replaced what a browser has', { timeout: 60_000 }, async () => {
  const tell = script(`_chatq = [['_setIdentity', { firstname: 'Ada', extra_values: { tags: ['a', 'b'] } }]];`);
  const visitor = await world.visit({ head: OLD, body: tell });
  await works(visitor, 'From an old page');
  const { records } = await world.server.api('GET', '/1.0/contents?limit=5');
  const { author_id } = records.find((one) => one.body === 'From an old page');
  const author = await world.server.api('GET', `/1.0/identities/${author_id}`);
  assert.deepEqual(author.extra_values, { tags: ['a', 'b'] });
  const file = { name: 'hours.pdf', mimeType: 'application/pdf', buffer: Buffer.from('ten to six') };
  await visitor.page.locator('input[type=file]').setInputFiles(file);
  await visitor.page.locator('.chip.done').waitFor();
  await visitor.say('With a file');
  await visitor.hasState('With a file', 'sent');
  await visitor.message('With a file').locator('a.file').waitFor();
  await visitor.page.reload();
  await visitor.sees('With a file');
  assertWhole(visitor.page);
});

test('a frame that may keep nothing', { timeout: 60_000 }, async () => {
  const inner = world.add();
  const visitor = await world.visit({ bare: true, body: `<iframe sandbox="allow-scripts" src="${inner}" width="800" height="800"></iframe>` });
  const frame = visitor.page.frameLocator('iframe');
  await frame.getByTestId('launcher').click();
  await frame.getByTestId('composer').fill('From a frame');
  await frame.getByTestId('composer').press('Enter');
  await frame.locator('[data-testid=message][data-state=sent], [data-testid=message][data-state=delivered]').waitFor();
  assertWhole(visitor.page);
});

test('whatever stands in storage, nothing is thrown and the chat works', { timeout: 90_000 }, async () => {
  const broken = ['', 'null', '{', '[]', '5', '"text"', '{"open":true,"engagedAt":"x","thread":{},"outbox":true}', '\ud800'];
  const message = { client_id: 'abcdefgh', identity: {}, thread: 4, body: null, attachments: 'none', before: {}, created_at: 0 };
  for (const value of [...broken, JSON.stringify(message), 'x'.repeat(100_000)]) {
    const keys = ['visitor', 'state', 'who', 'draft:new', 'out:abcdefgh', 'out:'].map((key) => `hubbub:${world.chat.token}:${key}`);
    const head = script(`if (!sessionStorage.done) {
      sessionStorage.done = 1;
      for (const key of ${JSON.stringify(keys)}) localStorage.setItem(key, ${JSON.stringify(value)});
    }`);
    const visitor = await world.visit({ head });
    await visitor.page.getByTestId('launcher').waitFor();
    if (!(await visitor.page.getByTestId('panel').isVisible())) await visitor.page.getByTestId('launcher').click();
    await visitor.page.getByTestId('composer').fill('');
    await says(visitor, 'Still here');
    await visitor.page.reload();
    await visitor.sees('Still here');
    assertWhole(visitor.page);
    await visitor.page.context().close();
  }
});

test('storage that refuses, or lies', { timeout: 60_000 }, async () => {
  for (const act of ["throw new DOMException('no', 'QuotaExceededError')", 'return {}']) {
    const head = script(`for (const name of ['getItem', 'setItem', 'removeItem', 'key']) Storage.prototype[name] = () => { ${act} };`);
    await works(await world.visit({ head }));
  }
});

test('commands that are none, and handlers that throw, stop nothing', { timeout: 60_000 }, async () => {
  const head = script(`_chatq = [null, 5, 'text', {}, [], [null], ['_unknown'], ['_onEvent'], ['_onEvent', 'started', 'text'],
    ['_setIdentity', null], ['_setIdentity', 5], ['_setConfiguration', null], ['_fillCustomVariable'], ['_addMessage']];
    _chatq.push(['_onEvent', 'started', () => { throw new Error('of the page'); }]);
    _chatq.push(['_onEvent', 'chat_shown', () => Promise.reject(new Error('of the page'))]);
    var ring = { firstname: 'Ada' }; ring.ring = ring;
    _chatq.push(['_setIdentity', ring]);`);
  const visitor = await world.visit({ head });
  await visitor.openChat();
  await visitor.page.evaluate(() => {
    for (const one of [null, undefined, 5, 'text', [], ['_addMessage', null], ['_setSignedIdentity', 7n], ['_pageChange']]) {
      window._chatq.push(one);
    }
    window._chatq.push(['_setSignedIdentity', null], ['_setIdentity', { firstname: 'Ada' }]);
  });
  await says(visitor, 'Is it there?');
  assertWhole(visitor.page);
});

/** What calls back, has no end, cannot be read, or is far too much. */
const ODD = `(() => {
  const fails = () => { throw new Error('of the page'); };
  const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, fails]));
  const ring = { firstname: 'Ada', list: [] };
  ring.ring = ring;
  ring.list.push(ring.list);
  let deep = {}, few = {}, twice = { firstname: 'Ada' };
  for (let i = 0; i < 10000; i++) deep = { locale: deep, body: [deep] };
  for (let i = 0; i < 200; i++) few = { extra_values: few };
  for (let i = 0; i < 50; i++) twice = { firstname: twice, locale: twice };
  const { proxy: revoked, revoke } = Proxy.revocable({}, {});
  revoke();
  const texts = { toString: fails, valueOf: fails, toJSON: fails, [Symbol.toPrimitive]: fails };
  const long = 'x'.repeat(1_000_000);
  const hole = [];
  hole[4e9] = 1;
  const names = ['firstname', 'uuid', 'locale', 'position', 'colorScheme', 'nonce', 'parentNodeId', 'url', 'title', 'body', 'en', 'fr'];
  const each = (value) => Object.fromEntries(names.map((name) => [name, value]));
  const gets = {};
  for (const name of names) Object.defineProperty(gets, name, { get: fails, enumerable: true });
  const values = [window, document, document.head, ring, deep, few, twice, revoked, texts, long, hole, gets, Symbol('x'), 7n,
    new Date(NaN), Object.create(null), new Proxy({}, traps), new Proxy([], traps), new Proxy(() => {}, traps), { toString: 1 }, fails];
  return [...values, ...values.map(each), ...values.map((one) => [one])];
})()`;
const GIVEN = {
  'of who the visitor is': ['_setIdentity'],
  'of how it is to be': ['_setConfiguration', '_setLocale', '_addTranslations'],
  'of the page': ['_fillCustomVariable', '_pageChange', '_offEvent', '_onEvent', '_none'],
  'for what is open': ['_open', '_addMessage', '_minimize', '_open', '_addMessage', '_newConversation', '_prefill', '_addMessage'],
};
for (const [what, commands] of Object.entries(GIVEN)) {
  test(`whatever calls back or has no end is said ${what}, the chat comes and the page is whole`, { timeout: 60_000 }, async () => {
    const push = `{ const odd = ${ODD};
      for (const name of ${JSON.stringify(commands)}) for (const one of odd) _chatq.push([name, one], [name, 'custom_x', one]);
      for (const one of odd) _chatq.push(one, [one, one]); }`;
    const head = script(`var _chatq = _chatq || []; ${push}`);
    const visitor = await world.visit({ head });
    const { page } = visitor;
    page.setDefaultTimeout(10_000);
    await page.getByTestId('launcher').waitFor();
    await page.evaluate(`${push}; _chatq.push(['_open'], ['_prefill', '']);`);
    await says(visitor, 'Is it there?');
    await page.evaluate(push);
    await page.evaluate(() => void window._chatq.push(['_open'], ['_prefill', '']));
    await says(visitor, 'Still here');
    assertWhole(page);
  });
}
