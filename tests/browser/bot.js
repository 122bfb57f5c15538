/**
 * A bot as anybody would write one: a program of its own that knows a server, a token, and what its webhook is to
 * carry. It answers questions, and hands over to people when it is asked for one.
 *
 * Prints one line of JSON for each thing that happens to it, so that a test can wait for it.
 */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

// The package is a bundle for require() whose default is the class.
const { default: RingCentralEngage } = createRequire(import.meta.url)('ringcentral-engage-client');

const { HUBBUB_URL: server, BOT_TOKEN: apiToken } = process.env;
const VERIFY_TOKEN = 'the word of the bot';
const SECRET = 'the secret of the bot';

const client = new RingCentralEngage({ server, apiToken });
/** The bot's open intervention in each thread; null once it has handed over. */
const interventions = new Map();

const note = (what, more = {}) => console.log(JSON.stringify({ what, ...more }));

/** Events of one thread one after the other, as they came. */
let turn = Promise.resolve();

async function heard({ type, resource }) {
  if (type !== 'content.imported') return;
  const { data: content } = await client.get(`/1.0/contents/${resource.id}`);
  const { data: thread } = await client.get(`/1.0/content_threads/${content.thread_id}`);
  note('fetched', { body: content.body, contents_count: thread.contents_count });
  if (interventions.get(thread.id) === null) return;

  if (/\bperson\b/i.test(content.body)) {
    const intervention_id = interventions.get(thread.id);
    interventions.set(thread.id, null);
    await client.post('/1.0/bots/handover', {
      from: 'bot',
      to: 'agent',
      type: 'engage_virtual_agent',
      intervention_id,
    });
    note('handed over');
    return;
  }
  if (!interventions.has(thread.id)) {
    const { data: intervention } = await client.post('/1.0/bots/engage', { content_id: content.id });
    interventions.set(thread.id, intervention.id);
  }
  await client.post('/1.0/contents', {
    in_reply_to_id: content.id,
    body: `You asked: “${content.body}” We open at ten.`,
  });
  note('answered');
}

const receiver = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://bot.test');
  if (request.method === 'GET' && url.searchParams.get('hub.mode') === 'subscribe') {
    const right = url.searchParams.get('hub.verify_token') === VERIFY_TOKEN;
    note('challenged', { right });
    response.statusCode = right ? 200 : 403;
    response.end(right ? url.searchParams.get('hub.challenge') : '');
    return;
  }
  let body = '';
  for await (const part of request) body += part;
  if (request.headers['x-dimelo-secret'] !== SECRET) {
    note('refused');
    response.writeHead(401).end();
    return;
  }
  response.end('ok');
  for (const event of JSON.parse(body).events) {
    note('told', { type: event.type });
    turn = turn.then(() => heard(event)).catch((error) => note('failed', { error: error.message, answer: error.response?.data }));
  }
});

receiver.listen(0, '127.0.0.1', async () => {
  const { data: webhook } = await client.post('/1.0/webhooks', {
    url: `http://127.0.0.1:${receiver.address().port}/hook`,
    registered_events: ['content.imported'],
    verify_token: VERIFY_TOKEN,
    secret: SECRET,
  });
  note('registered', { id: webhook.id });
});
