/** A server that hangs, fails, or talks rubbish, for each of the widget's pieces: the page stays whole, and is told nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { person } from './support/browser.js';
import { HostileSite, says, works } from './support/hostile.js';
import { BUILT_IN, ID, item, offer, OPEN, shows, trigger } from './support/offers.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';

const OPEN_TO_ALL = { 'access-control-allow-origin': '*' };
const script = (body) => ({ contentType: 'text/javascript', body, headers: OPEN_TO_ALL });
/** What a bad server says in place of a script, or of JSON. */
const ANSWERS = {
  'that never comes': undefined,
  'that is refused': { status: 500, body: 'Oh no', headers: OPEN_TO_ALL },
  'that is a page': { contentType: 'text/html', body: '<!doctype html><p>Sign in to the hotel network', headers: OPEN_TO_ALL },
  'cut in its middle': script('window.__hubbubManager = window.__hubbubChat = window.__hubbubCatalog = function (bridge) { return {'),
  'that throws': script('throw new Error("half of it")'),
  'of something else': { json: [1, 'x', null, { source: { active: true } }], headers: OPEN_TO_ALL },
};
const PIECES = {
  config: /\/config$/,
  targeting: /\/targeting\?/,
  manager: /\/manager\.js$/,
  catalog: /\/catalog\.js$/,
  chat: /\/chat\.js$/,
  words: /\/words\.js$/,
  texts: /\/messages\/fr\.json/,
  live: /\/live\.js$/,
};
/** A page of its own that counts what is pressed, and what moves. */
const HEAD = `<script>
  window.moved = 0; window.what = []; window.pressed = 0; window.told = [];
  new PerformanceObserver(function (list) {
    list.getEntries().forEach(function (entry) {
      moved += entry.value;
      entry.sources.forEach(function (one) { what.push([entry.value, one.node && one.node.className, one.previousRect.y, one.currentRect.y].join(' ')); });
    });
  }).observe({ type: 'layout-shift', buffered: true });
  var _chatq = [['_onEvent', 'chat_opened', function () { told.push('chat_opened'); }]];
</script>`;
const PLACE = `dimelo_chat_item_markup_${ID(10)}`;
const BODY = `<button id="own" onclick="pressed++">Buy</button><div id="${PLACE}" style="min-height: 80px"></div><p>Below</p>`;
const OFFERS = {
  mode: 'live_chat',
  triggers: [trigger(1, [shows(10), OPEN])],
  items: [item(10, { positioning: 'fixed', css: null, reserve_height: 80 })],
};
let world;

before(async () => {
  world = await HostileSite.start();
});

after(() => world?.stop());

for (const [piece, url] of Object.entries(PIECES)) {
  test(`${piece} of a bad server`, { timeout: 150_000 }, async (t) => {
    for (const [what, answer] of Object.entries(ANSWERS)) {
      await t.test(what, async () => {
        const page = await person(world.browser, { reducedMotion: 'reduce' });
        await page.clock.install();
        await offer(page.context(), OFFERS);
        await page.context().route(url, (route) => (answer ? route.fulfill(answer) : undefined));
        let asked = 0;
        page.on('request', (request) => (asked += url.test(request.url())));
        await page.goto(world.add({ head: HEAD, body: BODY, html: 'lang="fr"' }));
        await until(() => asked > 0, 'it is asked for');
        await page.locator('#own').click();
        await page.clock.runFor(10_000);
        await page.getByRole('heading', { name: 'A shop' }).waitFor();
        assert.equal(await page.evaluate(() => window.pressed), 1);
        // Within the chat's own window a line of its heading may; of the page nothing.
        const moved = await page.evaluate(() => [window.moved, ...window.what]);
        assert.ok(moved[0] < 0.001, `moves: ${moved}`);
        // What is no script is told by the browser itself, without a word of its own here.
        assert.deepEqual(page.errors.filter((error) => error && !/half of it/.test(error)), []);
        assert.ok(asked <= 3, `asked ${asked} times in ten seconds`);
        if (answer) {
          // As soon as the server is well again, so is the chat.
          await page.context().unroute(url);
          await page.clock.runFor(70_000);
          await until(() => page.evaluate(() => window.told.length > 0), 'the chat comes');
          await page.getByTestId('composer').waitFor();
        }
        await page.context().close();
      });
    }
  });
}

test('what comes on demand, from a bad server', { timeout: 150_000 }, async (t) => {
  const onDemand = /\/(files|cards|commands)\.js$/;
  for (const [what, answer] of Object.entries(ANSWERS)) {
    await t.test(what, async () => {
      const visitor = await world.visit({ body: '<button id="own" onclick="pressed++">Buy</button>', head: HEAD });
      const { page } = visitor;
      const asked = new Set();
      page.on('request', (request) => onDemand.test(request.url()) && asked.add(onDemand.exec(request.url())[1]));
      await page.context().route(onDemand, (route) => (answer ? route.fulfill(answer) : undefined));
      await works(visitor, `Before, ${what}`);
      await page.getByTestId('composer').evaluate((area) => {
        const files = new DataTransfer();
        files.items.add(new File(['a list'], 'list.txt', { type: 'text/plain' }));
        area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true, cancelable: true }));
      });
      await page.evaluate(() => {
        window._chatq.push(['_hide'], ['_show']);
        window.Hubbub.debug();
      });
      const { records } = await world.server.api('GET', '/1.0/contents?limit=20');
      const { id } = records.find((one) => one.body === `Before, ${what}`);
      const items = [{ type: 'reply', title: 'Yes', payload: 'yes' }];
      const structured_content = { type: 'template', title: `A card, ${what}`, items };
      await world.server.api('POST', '/1.0/contents', { in_reply_to_id: id, structured_content });
      await visitor.sees(`A card, ${what}`);
      await until(() => asked.size === 3, 'all three are asked for');
      await page.locator('#own').click();
      assert.equal(await page.evaluate(() => window.pressed), 1);
      assert.deepEqual(page.errors.filter((error) => error && !/half of it/.test(error)), []);
      await page.context().close();
    });
  }
});

test('what few conversations need, from a bad server', { timeout: 240_000 }, async (t) => {
  const rare = /\/(consent|debug|email|emoji|list|refused)\.js$/;
  const OWN = '<button id="own" onclick="pressed++">Buy</button>';
  for (const [what, answer] of Object.entries(ANSWERS)) {
    await t.test(what, async () => {
      const asked = new Set();
      const visit = async (source) => {
        const page = await person(world.browser, { reducedMotion: 'reduce' });
        await offer(page.context(), { builtIn: BUILT_IN, source });
        page.on('request', (request) => rare.test(request.url()) && asked.add(rare.exec(request.url())[1]));
        await page.context().route(rare, (route) => (answer ? route.fulfill(answer) : undefined));
        return new Visitor(page).visit(world.add({ head: HEAD, body: OWN }));
      };
      const whole = async ({ page }) => {
        await page.locator('#own').click();
        assert.equal(await page.evaluate(() => window.pressed), 1);
        assert.deepEqual(page.errors.filter((error) => error && !/half of it/.test(error)), []);
      };
      const visitor = await visit({ emoji_picker: true });
      const { page } = visitor;
      await visitor.openChat();
      await says(visitor, `Seldom, ${what}`);
      await page.getByTestId('emoji').click();
      await page.evaluate(() => window.Hubbub.debug());
      await page.context().route(/\/chat\/\w+\/messages$/, (route) => {
        const refusal = { status: 422, json: { error: 'unfit', message: 'no', status: 422 }, headers: OPEN_TO_ALL };
        return route.request().method() === 'POST' ? route.fulfill(refusal) : route.continue();
      });
      await visitor.say('Refused');
      await until(() => ['emoji', 'debug', 'list', 'refused'].every((one) => asked.has(one)), 'all four are asked for');
      await whole(visitor);
      // An address is asked for in the conversation, which is read again on the next page.
      await page.context().route(/\/threads\/\w+\/messages\?/, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        const response = await route.fetch();
        const json = await response.json();
        const notice = { id: ID(3), key: 'request_email.title', screenname: null, after: null, created_at: '2026-01-01T00:00:00Z' };
        return route.fulfill({ response, json: { ...json, notices: [notice] } });
      });
      await page.reload();
      await visitor.sees(`Seldom, ${what}`);
      await until(() => asked.has('email'), 'it is asked for');
      await whole(visitor);
      await page.context().close();
      const other = await visit({ consent: { version: 'v1', link: null } });
      await other.openChat();
      await until(() => asked.has('consent'), 'it is asked for');
      await whole(other);
      await other.page.context().close();
    });
  }
});
