/**
 * One small page interface over three engines. Playwright drives Chromium alone here: Firefox is Debian's, over
 * WebDriver BiDi, and WebKit is GTK's MiniBrowser, over W3C WebDriver and under a display that is not there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import puppeteer from 'puppeteer-core';
import { launch } from './browser.js';
import { freePort } from './server.js';
import { until } from './until.js';

const [WIDTH, HEIGHT] = [1280, 860];

/** The first element to be seen with this name, and this text if one is given, in the page or in a part of it. */
function find(name, text) {
  const found = [];
  const look = (root) => {
    for (const one of root.querySelectorAll('*')) {
      const seen = () => one.getClientRects().length > 0 && getComputedStyle(one).visibility === 'visible';
      if (one.dataset?.testid === name && one.textContent.includes(text) && seen()) found.push(one);
      if (one.shadowRoot) look(one.shadowRoot);
    }
  };
  look(document);
  return found[0] ?? null;
}

/** A page. Each engine's own has `goto`, `run` (a function in the page), `element`, `click`, `type` and `end`. */
class Tab {
  /** Waits for an element to be seen. */
  async sees(name, text = '') {
    await until(() => this.run(`(...at) => !!(${find})(...at)`, name, text), `${name} ${text}`);
    return this;
  }

  async misses(name, text = '') {
    await until(() => this.run(`(...at) => !(${find})(...at)`, name, text), `no ${name} ${text}`);
  }

  async press(name, text = '') {
    await this.sees(name, text);
    await this.click(await this.element(find, name, text));
  }

  /** Presses an element and types at the end of it. */
  async write(name, text) {
    await this.press(name);
    // Two presses at one place, shortly one after the other, choose a word.
    await this.run(`(...at) => { const one = (${find})(...at); if (one.localName === 'textarea') one.selectionStart = one.value.length; }`, name, '');
    await this.type(await this.element(find, name, ''), text);
  }

  /** Values of an element's computed style. */
  styleOf(name, properties) {
    const read = `(name, properties) => properties.map((one) => getComputedStyle((${find})(name, ''))[one])`;
    return this.run(read, name, properties);
  }

  valueOf(name) {
    return this.run(`(...at) => (${find})(...at).value`, name, '');
  }
}

/** A tab of a library whose pages evaluate functions and give handles. */
class LibraryTab extends Tab {
  constructor(page, end) {
    super();
    Object.assign(this, { page, end });
  }

  goto(url) {
    return this.page.goto(url, { waitUntil: 'domcontentloaded' });
  }

  run(script, ...args) {
    // In one argument, since one of the libraries takes no more.
    return this.page.evaluate(`(${script})(...${JSON.stringify(args)})`);
  }

  async element(script, ...args) {
    return (await this.page.evaluateHandle(`(${script})(...${JSON.stringify(args)})`)).asElement();
  }

  click(element) {
    return element.click();
  }

  type(element, text) {
    return element.type(text);
  }
}

async function chromium() {
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: WIDTH, height: HEIGHT } });
  return new LibraryTab(page, () => browser.close());
}

async function firefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr',
    defaultViewport: { width: WIDTH, height: HEIGHT },
  });
  return new LibraryTab(await browser.newPage(), () => browser.close());
}

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

class WebKitTab extends Tab {
  #driver;
  #url;

  async start() {
    const port = await freePort();
    const library = '/usr/lib';
    const machine = readdirSync(library).find((name) => name.endsWith('-linux-gnu'));
    const binary = process.env.MINIBROWSER ?? `${library}/${machine}/webkit2gtk-4.1/MiniBrowser`;
    const screen = ['-a', '-s', `-screen 0 ${WIDTH}x${HEIGHT + 100}x24`];
    // A group of its own, so that the display ends with the driver.
    this.#driver = spawn('xvfb-run', [...screen, 'WebKitWebDriver', `--port=${port}`], { detached: true, stdio: 'ignore' });
    process.once('exit', () => this.#kill());
    this.#url = `http://127.0.0.1:${port}`;
    const options = { binary, args: ['--automation'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    await until(async () => (await fetch(`${this.#url}/status`)).ok, 'the driver is up');
    const { sessionId } = await this.#call('POST', '/session', { capabilities });
    this.#url += `/session/${sessionId}`;
    await this.#call('POST', '/window/rect', { width: WIDTH, height: HEIGHT });
    return this;
  }

  async #call(method, path, body) {
    const answer = await fetch(this.#url + path, { method, body: body ? JSON.stringify(body) : undefined });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.error} ${value.message}`);
    return value;
  }

  #kill() {
    try {
      process.kill(-this.#driver.pid);
    } catch {
      // It has ended.
    }
  }

  goto(url) {
    return this.#call('POST', '/url', { url });
  }

  run(script, ...args) {
    return this.#call('POST', '/execute/sync', { script: `return (${script})(...arguments)`, args });
  }

  element(script, ...args) {
    return this.run(script, ...args);
  }

  /** By the pointer: the driver takes an element inside another one's own tree for one that is covered. */
  async click(element) {
    const { x, y } = await this.run((one) => {
      one.scrollIntoView({ block: 'nearest' });
      const { left, top, width, height } = one.getBoundingClientRect();
      return { x: Math.round(left + width / 2), y: Math.round(top + height / 2) };
    }, element);
    const press = (type) => ({ type, button: 0 });
    const actions = [{ type: 'pointerMove', x, y, duration: 0 }, press('pointerDown'), press('pointerUp')];
    const pointer = { type: 'pointer', id: 'mouse', parameters: { pointerType: 'mouse' }, actions };
    await this.#call('POST', '/actions', { actions: [pointer] });
  }

  type(element, text) {
    return this.#call('POST', `/element/${element[ELEMENT]}/value`, { text });
  }

  async end() {
    await this.#call('DELETE', '');
    const ended = once(this.#driver, 'exit');
    this.#kill();
    await ended;
  }
}

/** By its name, what opens an engine's browser with one page. */
export const ENGINES = { chromium, firefox, webkit: () => new WebKitTab().start() };

/** Writes a message, and waits until it is there. */
export async function says(visitor, text) {
  await visitor.write('composer', text);
  await visitor.press('send');
  await visitor.sees('message', text);
}

/** Says something for the company, once the server has what it answers. */
export async function answer(server, question, body) {
  const asked = await until(async () => {
    const { records } = await server.api('GET', '/1.0/contents?limit=50');
    return records.find((one) => one.body === question);
  }, 'the message is stored');
  await server.api('POST', '/1.0/contents', { in_reply_to_id: asked.id, body });
}
