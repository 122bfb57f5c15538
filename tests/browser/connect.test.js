/** Connecting a mailbox at its provider: there and back in one browser, with a provider and a mail server of the test's own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { createServer as listen } from 'node:net';
import { after, before, test } from 'node:test';
import { accessible } from './support/accessible.js';
import { Agent } from './support/agent.js';
import { assertWhole, launch, person, shot } from './support/browser.js';
import { ADMIN, Server } from './support/server.js';

let server, browser, page, provider, post, box;
const get = (name) => page.getByTestId(name);

/** A provider of sign-ins: a page that asks, and tokens for the code that it gave, once, for who shows the verifier. */
class Provider {
  asked = [];
  codes = new Map();
  answer = null;

  static async start() {
    const own = new Provider();
    own.http = createServer((request, response) => own.hear(request, response));
    await new Promise((done) => own.http.listen(0, '127.0.0.1', done));
    own.url = `http://127.0.0.1:${own.http.address().port}`;
    return own;
  }

  async hear(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname === '/sign-in') {
      const asked = Object.fromEntries(url.searchParams);
      const code = `code-${this.asked.push(asked)}`;
      this.codes.set(code, asked);
      const back = (more) => `${asked.redirect_uri}?${new URLSearchParams({ state: asked.state, ...more })}`.replaceAll('&', '&amp;');
      response.setHeader('content-type', 'text/html');
      return response.end(`<!doctype html><title>Sign in</title><a id="allow" href="${back({ code })}">Allow</a>
        <a id="refuse" href="${back({ error: 'access_denied', error_description: 'Ann said no' })}">Refuse</a>`);
    }
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()));
    const asked = this.codes.get(form.code);
    this.codes.delete(form.code);
    const challenge = createHash('sha256').update(form.code_verifier ?? '').digest('base64url');
    const good = asked && challenge === asked.code_challenge && form.redirect_uri === asked.redirect_uri && form.client_secret === 'our secret';
    response.setHeader('content-type', 'application/json');
    response.statusCode = good ? 200 : 400;
    const tokens = { access_token: 'good', expires_in: 3600, refresh_token: 'later' };
    response.end(JSON.stringify(good ? (this.answer ?? tokens) : { error: 'invalid_grant', error_description: 'What a code' }));
  }
}

/** A mail server that lets nobody in but with the token. */
const makePost = () =>
  new Promise((done) => {
    const own = listen((line) => {
      line.on('error', () => {});
      line.write('* OK here\r\n');
      let waits = null;
      let rest = '';
      line.on('data', (bytes) => {
        const lines = (rest + bytes).split('\r\n');
        rest = lines.pop();
        for (const said of lines) {
          const [tag, word = ''] = said.split(' ');
          if (waits) {
            const good = Buffer.from(said, 'base64').toString().includes('auth=Bearer good');
            line.write(good ? `${waits} OK in\r\n` : `${waits} NO [AUTHENTICATIONFAILED] no\r\n`);
            waits = null;
          } else if (/^CAPABILITY$/i.test(word)) line.write(`* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n${tag} OK done\r\n`);
          else if (/^AUTHENTICATE$/i.test(word)) {
            waits = tag;
            line.write('+ \r\n');
          } else if (/^LOGOUT$/i.test(word)) line.end(`* BYE\r\n${tag} OK done\r\n`);
          else line.write(`${tag} OK done\r\n`);
        }
      });
    });
    own.listen(0, '127.0.0.1', () => done(own));
  });

before(async () => {
  [server, browser, provider, post] = await Promise.all([Server.start(), launch(), Provider.start(), makePost()]);
  const community = await server.api('POST', '/1.0/communities', { type: 'email', name: 'Writers' });
  box = await server.api('POST', '/1.0/content_sources', {
    type: 'email', name: 'Post', community_id: community.id, active: false, imap_smtp_email: 'desk@shop.test',
    imap_address: '127.0.0.1', imap_port: post.address().port, imap_use_ssl_tls: false, imap_use_start_tls: false,
    imap_username: 'desk@shop.test', imap_authentication_type: 'google', smtp_authentication_type: 'google', oauth_client_id: 'our program',
    oauth_client_secret: 'our secret', oauth_authorize_url: `${provider.url}/sign-in`, oauth_token_url: `${provider.url}/token`,
  });
  page = await person(browser, { locale: 'en-US' });
  await new Agent(page, server).signIn(ADMIN);
});

after(async () => {
  await browser?.close();
  await server?.stop();
  provider?.http.closeAllConnections();
  provider?.http.close();
  post?.close();
});

const open = async () => {
  await page.goto(`${server.url}/admin/sources/${box.id}`);
  await get('connect-mailbox').waitFor();
};

test('a mailbox is connected there and back, and it is said what came of it', { timeout: 120_000 }, async () => {
  await open();
  // What is not saved would be lost on the way.
  await get('field-name').fill('Letters');
  await get('save').click();
  await page.getByText('Saved', { exact: true }).first().waitFor();
  await get('field-oauth_client_id').fill('another');
  await page.getByText('Save the form first.').waitFor();
  assert.ok(await get('connect-mailbox').isDisabled());
  await get('field-oauth_client_id').fill('our program');
  for (const width of [375, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    await get('connect-mailbox').scrollIntoViewIfNeeded();
    await shot(page, `connect-${width}`);
    await accessible(page);
  }
  // Somebody says no.
  await get('connect-mailbox').click();
  await page.locator('#refuse').click();
  await page.getByText('The mailbox was not connected').waitFor();
  await page.getByText('access_denied: Ann said no').waitFor();
  assert.doesNotMatch(page.url(), /state|error/);
  await shot(page, 'connect-refused');
  await accessible(page);
  // And yes.
  await get('connected-back').click();
  await get('connect-mailbox').click();
  await page.locator('#allow').click();
  await page.getByText('“Letters” is connected').waitFor();
  assert.doesNotMatch(page.url(), /state|code/);
  await shot(page, 'connected');
  await accessible(page);
  assert.equal(provider.asked.length, 2);
  assert.equal(provider.asked[1].login_hint, 'desk@shop.test');
  assert.ok((await server.api('GET', `/1.0/content_sources/${box.id}`)).secrets.imap_oauth_refresh_token);
  await get('connected-back').click();
  await get('connect-mailbox').waitFor();
  assertWhole(page);
});

test('what was used, or is another sign-in, counts for nothing', { timeout: 120_000 }, async () => {
  const { state } = provider.asked[1];
  await page.goto(`${server.url}/oauth/callback?state=${state}&code=code-2`);
  await page.getByText('This sign-in is over').waitFor();
  await page.goto(`${server.url}/oauth/callback`);
  await page.getByText('This sign-in is over').waitFor();
  // The provider gives access for an hour alone.
  provider.answer = { access_token: 'good', expires_in: 3600 };
  await open();
  await get('connect-mailbox').click();
  await page.locator('#allow').click();
  await page.getByText('gave access for an hour only').waitFor();
  // Somebody signs in as somebody else.
  provider.answer = { access_token: 'another', expires_in: 3600, refresh_token: 'x' };
  await open();
  await get('connect-mailbox').click();
  await page.locator('#allow').click();
  await page.getByText('The mailbox was not connected').waitFor();
  await page.getByText('What it signed in with before is as it was.').waitFor();
  assertWhole(page);
});
