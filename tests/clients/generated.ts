/**
 * Reads and writes with the types that openapi-typescript has made of the server's document; prints what came of it as
 * JSON.
 */
import createClient from 'openapi-fetch';
import type { components, paths } from './openapi.js';

declare const process: { env: Record<string, string> };

const client = createClient<paths>({
  baseUrl: process.env.HUBBUB_URL,
  headers: { authorization: `Bearer ${process.env.HUBBUB_TOKEN}` },
});

function have<T>({ data, error }: { data?: T; error?: components['schemas']['Error'] }): T {
  if (data === undefined) throw new Error(error?.message);
  return data;
}

const thread = have(await client.GET('/1.0/content_threads', { params: { query: { limit: 5 } } })).records[0];
const q = `thread:${thread.id}`;
const content = have(await client.GET('/1.0/contents', { params: { query: { q } } })).records[0];
const reply = have(
  await client.POST('/1.0/contents', { body: { in_reply_to_id: content.id, body: 'From generated types' } }),
);
const tag = have(await client.POST('/1.0/tags', { body: { name: 'typed' } }));
const one = { params: { path: { id: tag.id } } };
const renamed = have(await client.PUT('/1.0/tags/{id}', { ...one, body: { name: 'renamed' } }));
await client.DELETE('/1.0/tags/{id}', one);
const gone = await client.GET('/1.0/tags/{id}', one);
const agents = have(await client.GET('/1.0/status', { params: { query: { 'spoken_languages[]': ['fr', 'en'] } } }));
const settings = have(await client.GET('/1.0/settings'));
console.log(
  JSON.stringify({
    thread: thread.id,
    reply: reply.body,
    renamed: renamed.name,
    gone: gone.error?.error,
    agents,
    settings: settings.content_languages,
  }),
);
