/** Pages that hold the chat and do not care about it, and what a visitor does on them. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { assertWhole, launch, person } from './browser.js';
import { Server } from './server.js';
import { page, Site, snippet } from './site.js';
import { Visitor } from './visitor.js';
import { makeChat } from './world.js';

const SCRIPTS = {
  '/turbo.js': '@hotwired/turbo/dist/turbo.es2017-umd.js',
  '/tabbable.js': 'tabbable/dist/index.umd.js',
  '/focus-trap.js': 'focus-trap/dist/focus-trap.umd.js',
};

export class HostileSite {
  #pages = new Map();

  static async start() {
    const own = new HostileSite();
    [own.server, own.browser] = await Promise.all([Server.start(), launch()]);
    own.chat = await makeChat(own.server, { welcome_message: 'Welcome! Ask us anything.' });
    own.site = await Site.serve((path) => own.#pages.get(path.split('?')[0]) ?? { body: '' });
    for (const [path, file] of Object.entries(SCRIPTS)) {
      const body = await readFile(new URL(`../node_modules/${file}`, import.meta.url));
      own.#pages.set(path, { body, headers: { 'content-type': 'text/javascript' } });
    }
    return own;
  }

  async stop() {
    await this.browser?.close();
    await this.site?.stop();
    await this.server?.stop();
  }

  get snippet() {
    return snippet(this.server.url, this.chat.token);
  }

  /** Serves a page made of these parts, with the chat at its end unless `bare`; gives its address. */
  add({ bare = false, headers = {}, ...parts } = {}) {
    const path = `/${this.#pages.size}`;
    this.#pages.set(path, { body: page({ ...parts, body: (parts.body ?? '') + (bare ? '' : this.snippet) }), headers });
    return new URL(path, this.site.url).href;
  }

  /** Opens a page of these parts as somebody who was never there. */
  async visit(parts = {}, options = {}) {
    const visitor = new Visitor(await person(this.browser, { reducedMotion: 'reduce', ...options }));
    return visitor.visit(this.add(parts));
  }
}

/** Says something by the keyboard, and waits until the server has it. */
export async function says(visitor, text) {
  await visitor.page.getByTestId('composer').click();
  await visitor.page.keyboard.type(text);
  await visitor.page.keyboard.press('Enter');
  await visitor.hasState(text, 'sent');
}

/** The whole use: press, write, send; and no script has thrown. */
export async function works(visitor, text = 'Is it there?') {
  await visitor.page.getByTestId('launcher').click();
  await says(visitor, text);
  assertWhole(visitor.page);
}

/** Whether the element with the focus in the chat is the box to write in. */
export async function assertWriting(visitor) {
  const focused = await visitor.page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.dataset.testid);
  assert.equal(focused, 'composer');
}
