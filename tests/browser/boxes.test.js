/**
 * The chat's layout: where its parts stand and how large they are, compared with what `boxes/chat.json` has. Boxes and not
 * pictures, since each machine has fonts of its own: a part whose size a text decides is held by the edge that it begins at.
 * What differs is kept with a picture in the folder HUBBUB_TEST_SHOTS, or in one of the system's for what is temporary.
 * HUBBUB_TEST_BOXES=write takes up what there is now.
 */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { assertWhole, launch, person } from './support/browser.js';
import { Server } from './support/server.js';
import { Site, snippet } from './support/site.js';
import { until } from './support/until.js';
import { Visitor } from './support/visitor.js';
import { makeChat } from './support/world.js';

const KEPT = new URL('./boxes/chat.json', import.meta.url);
const writes = process.env.HUBBUB_TEST_BOXES === 'write';
/** By how many pixels a part may be elsewhere: lines of other fonts are a little higher or lower. */
const TOLERANCE = 4;
/** Parts by their selectors; of those that a text decides, only these sides are compared. */
const ALL = ['x', 'y', 'width', 'height'];
const START = ['x'];
const PARTS = {
  launcher: ['.launcher', ALL],
  panel: ['.panel', ALL],
  head: ['.head', ALL],
  title: ['.title', START],
  subtitle: ['.subtitle', START],
  close: ['.tool.close', ALL],
  quit: ['.tool.quit', ALL],
  body: ['.body', ALL],
  log: ['.log', ALL],
  foot: ['.foot', ALL],
  field: ['.field', ALL],
  attach: ['[data-testid=attach]', ALL],
  emoji: ['[data-testid=emoji]', ALL],
  send: ['.send', ALL],
  avatar: ['.row .avatar:not(.blank)', ['x', 'width', 'height']],
  theirs: ['.theirs .bubble', START],
  end: ['.end-frame', ['x', 'width']],
  leave: ['[data-testid=leave]', ['height']],
};
let server, browser, kept, folder;
const sites = [];

before(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  kept = writes ? {} : JSON.parse(await readFile(KEPT, 'utf8'));
});

after(async () => {
  if (writes) await writeFile(KEPT, `${JSON.stringify(kept, null, 1)}\n`);
  await browser?.close();
  for (const site of sites) await site.stop();
  await server?.stop();
});

async function visits(settings, options = {}, script = '') {
  const chat = await makeChat(server, { name: `Shop ${sites.length}`, welcome_message: 'Hello!', ...settings });
  const site = await Site.start(script + snippet(server.url, chat.token));
  sites.push(site);
  const page = await person(browser, { width: 1000, height: 800, reducedMotion: 'reduce', colorScheme: 'light', deviceScaleFactor: 1, ...options });
  return new Visitor(page).visit(site.url);
}

/** The box of each part that is to be seen. */
async function boxes(page) {
  const found = {};
  for (const [name, [selector, sides]] of Object.entries(PARTS)) {
    const part = page.locator(selector).first();
    const box = (await part.count()) && (await part.isVisible()) ? await part.boundingBox() : null;
    if (!box) continue;
    found[name] = Object.fromEntries(sides.map((side) => [side, Math.round(box[side])]));
    // What runs from the right begins there.
    if (sides === START && (await part.evaluate((one) => getComputedStyle(one).direction)) === 'rtl') {
      found[name] = { end: Math.round(box.x + box.width) };
    }
  }
  return found;
}

/** What of it is not as it was, in words. */
function differences(before, now) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.flatMap((name) => {
    const [was, is] = [before[name], now[name]];
    if (!was || !is) return [`${name}: ${was ? 'is not there any more' : 'is new'}`];
    const moved = Object.keys({ ...was, ...is }).filter((side) => !(Math.abs(was[side] - is[side]) <= TOLERANCE));
    return moved.map((side) => `${name}: its ${side} is ${is[side]} and was ${was[side]}`);
  });
}

async function compare(page, view) {
  await page.mouse.move(0, 0);
  const now = await boxes(page);
  if (writes) {
    kept[view] = now;
    return;
  }
  const found = differences(kept[view] ?? {}, now);
  if (!found.length) return;
  folder ??= process.env.HUBBUB_TEST_SHOTS ?? (await mkdtemp(join(tmpdir(), 'hubbub-boxes-')));
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${view}.png`) });
  await writeFile(join(folder, `${view}.json`), JSON.stringify({ found, now, kept: kept[view] }, null, 1));
  assert.fail(`${view} looks otherwise (see ${folder}):\n${found.join('\n')}`);
}

test('what differs is found, and what fonts do is not', () => {
  const was = { send: { x: 900, width: 40 }, title: { x: 20 } };
  assert.deepEqual(differences(was, { send: { x: 903, width: 40 }, title: { x: 20 } }), []);
  const moved = differences(was, { send: { x: 880, width: 40 }, head: { y: 0 } });
  assert.deepEqual(moved, ['send: its x is 880 and was 900', 'title: is not there any more', 'head: is new']);
});

const WIDTHS = { wide: { width: 1000, height: 800 }, narrow: { width: 360, height: 640 } };

for (const locale of ['en', 'fr', 'ar']) {
  for (const [width, size] of Object.entries(WIDTHS)) {
    for (const colorScheme of ['light', 'dark']) {
      const name = `${locale}-${width}-${colorScheme}`;
      test(`closed and open: ${name}`, { timeout: 60_000 }, async () => {
        const script = `<script>var _chatq = [['_setConfiguration', { locale: '${locale}' }]];</script>`;
        const visitor = await visits({}, { ...size, colorScheme }, script);
        await visitor.page.getByTestId('launcher').waitFor();
        await compare(visitor.page, `closed-${name}`);
        await visitor.openChat();
        await visitor.sees('Hello!');
        await compare(visitor.page, `open-${name}`);
        assertWhole(visitor.page);
      });
    }
  }
}

test('who waits for a live chat, and its end', { timeout: 60_000 }, async () => {
  const visitor = await visits({ mode: 'live_chat', show_queue_position: true });
  await visitor.openChat();
  await visitor.say('Is anybody there?');
  await until(async () => /number 1/.test(await visitor.page.locator('.subtitle').innerText()), 'their place is told');
  await visitor.hasState('Is anybody there?', 'sent');
  await compare(visitor.page, 'queue');
  await visitor.page.getByTestId('quit').click();
  await visitor.page.getByTestId('end-yes').click();
  await visitor.page.getByTestId('end-frame').waitFor();
  await compare(visitor.page, 'end');
  assertWhole(visitor.page);
});
