/** Chromium, and pages that remember what went wrong in them. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--mute-audio',
    ],
  });
}

/** A page in a context of its own: another person at another machine. */
export async function person(browser, { width = 1440, height = 900, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', ...options });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error.stack ?? error.message));
  return page;
}

/** Fails when a script of the page threw. */
export function assertWhole(page) {
  assert.deepEqual(page.errors, [], 'scripts of the page threw');
}

/** Keeps a picture in the folder HUBBUB_TEST_SHOTS, when that is set. */
export async function shot(page, name) {
  const folder = process.env.HUBBUB_TEST_SHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}
