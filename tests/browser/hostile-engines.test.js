/** What is offered, and a live chat, on pages that do not care about them, in the engines beside Chromium. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { answer, ENGINES, says } from './support/engines.js';
import { Front } from './support/front.js';
import { HAZARDS } from './support/hazards.js';
import { invitation, invites, item, shows, trigger } from './support/offers.js';
import { Server } from './support/server.js';
import { page, Site } from './support/site.js';
import { until } from './support/until.js';
import { makeChat } from './support/world.js';

/** Those that engines take differently; of the rest all have the same. */
const CHOSEN = [
  'a strict policy with a nonce, and Trusted Types',
  'prototypes with more in them',
  'frozen globals',
  'no doctype',
  'from the right to the left',
  'a loader of modules',
];
/** What drives an engine does not stand these itself. */
const EXCEPT = { firefox: 'no doctype', webkit: 'prototypes with more in them' };

const OFFERS = {
  version: 'v1',
  time_zone: 'Europe/Paris',
  triggers: [trigger(1, [shows(10), invites(12)])],
  items: [
    item(10, { html: '<button type="button" data-testid="offer" class="dimelo_chat_item_action">{{ask}}</button>' }),
    invitation(12, { html: '<p data-testid="invited">Need help?</p><b data-testid="no" class="dimelo_chat_item_dismiss">No</b>' }),
  ],
  variables: [],
  messages: [],
};

/** An ear for what goes wrong, before anything else on the page. */
const EAR = `<script nonce="abc">
  window.wrong = [];
  addEventListener('error', (event) => wrong.push(event.message));
  addEventListener('unhandledrejection', (event) => wrong.push(String(event.reason)));
</script>`;

let server, front, chat, live, site;

before(async () => {
  server = await Server.start();
  chat = await makeChat(server, { welcome_message: 'Welcome! Ask us anything.' });
  live = await makeChat(server, { name: 'Live', mode: 'live_chat' });
  front = await Front.start(server.port, OFFERS);
  site = await Site.serve((path) => {
    const [, kind, at] = path.split('?')[0].split('/');
    if (!kind || !CHOSEN[at]) return { body: '' };
    const [base, token] = kind === 'live' ? [server.url, live.token] : [front.url, chat.token];
    const { headers, head = '', ...parts } = HAZARDS[CHOSEN[at]](base);
    const loader = `<script nonce="abc" src="${base}/chat/${token}/loader.js"></script>`;
    return { headers, body: page({ html: 'lang="fr"', ...parts, head: EAR + head, body: loader }) };
  });
});

after(async () => {
  await site?.stop();
  await front?.stop();
  await server?.stop();
});

/** Opens a page as somebody who was never there. */
async function fresh(visitor, path) {
  const url = new URL(path, site.url).href;
  await visitor.goto(new URL('/', site.url).href);
  await visitor.run(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await visitor.goto(url);
}

const whole = async (visitor) => assert.equal(await visitor.run(() => window.wrong.join()), '');

for (const [engine, open] of Object.entries(ENGINES).filter(([name]) => name !== 'chromium')) {
  test(`pages that do not care, in ${engine}`, { timeout: 170_000 }, async (t) => {
    const visitor = await open();
    t.after(() => visitor.end());
    for (const [at, name] of CHOSEN.entries()) {
      if (name === EXCEPT[engine]) continue;
      await t.test(`${name}: what is offered`, async () => {
        await fresh(visitor, `/offers/${at}`);
        await visitor.sees('invited', 'Need help?');
        await visitor.press('no');
        await visitor.misses('invited');
        await visitor.press('offer');
        await visitor.sees('message', 'Welcome!');
        await says(visitor, `By an offer, ${at} in ${engine}`);
        await answer(server, `By an offer, ${at} in ${engine}`, 'Bienvenue');
        await visitor.sees('message', 'Bienvenue');
        await visitor.misses('offer');
        await whole(visitor);
      });

      await t.test(`${name}: a live chat`, async () => {
        await fresh(visitor, `/live/${at}`);
        await visitor.press('launcher');
        await says(visitor, `En direct, ${at} dans ${engine}`);
        await answer(server, `En direct, ${at} dans ${engine}`, 'Bonjour');
        await visitor.sees('message', 'Bonjour');
        await visitor.press('quit');
        await visitor.press('end-yes');
        await visitor.sees('end-frame', 'Merci');
        await visitor.press('leave');
        await visitor.misses('panel');
        await whole(visitor);
      });
    }
  });
}
