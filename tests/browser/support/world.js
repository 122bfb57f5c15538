/** A shop with a chat on its site, its agents, its bot, its categories; made over the API. */

export const PASSWORD = 'a long passphrase';

/** A chat that a site can hold; `token` goes into its snippet. */
export async function makeChat(server, { signed = 'rejected', name = 'Shop chat', ...settings } = {}) {
  const community = await server.api('POST', '/1.0/communities', {
    type: 'engage_messaging',
    name: `Visitors of ${name}`,
    signed_identities: signed,
  });
  const source = await server.api('POST', '/1.0/content_sources', {
    type: 'engage_messaging',
    name,
    community_id: community.id,
    sender_name: '{{firstname}} from the shop',
    max_open_conversations: 20,
    ...settings,
  });
  return { ...source, community };
}

/** A user with a role's label: `Agent`, `Bot`, `Administrator`… */
export async function makeUser(server, firstname, lastname, role = 'Agent', more = {}) {
  const roles = await server.api('GET', '/1.0/roles?limit=100');
  const user = await server.api('POST', '/1.0/users', {
    firstname,
    lastname,
    email: `${firstname.toLowerCase()}@shop.test`,
    password: PASSWORD,
    role_id: roles.records.find((one) => one.label === role).id,
    ...more,
  });
  return { ...user, password: PASSWORD };
}

export async function makeToken(server, user) {
  const made = await server.api('POST', '/1.0/access_tokens', { label: user.firstname, user_id: user.id });
  return made.token;
}

/** Dispositions, of which one must be chosen when a case is closed. */
export async function makeDispositions(server, names) {
  const top = await server.api('POST', '/1.0/categories', {
    name: 'Outcome',
    color: 3,
    mandatory: true,
    post_qualification: true,
    unselectable: true,
  });
  for (const name of names) await server.api('POST', '/1.0/categories', { name, parent_id: top.id, color: 3 });
}

/** A visitor without a browser; gives a function that writes, into a new conversation when no thread is named. */
export async function visitor(server, chat, screenname, more = {}) {
  const post = async (path, body, secret) => {
    const headers = { 'content-type': 'application/json', ...(secret ? { authorization: `Bearer ${secret}` } : {}) };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}/chat/${chat.token}${path}`, request);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const page = { url: 'http://shop.test/', title: 'Shop' };
  const session = await post('/session', { visitor: null, identity: { screenname, ...more }, jwt: null, page });
  return (body, thread_id = null) =>
    post('/messages', { client_id: crypto.randomUUID(), thread_id, body, attachment_ids: [] }, session.visitor);
}
