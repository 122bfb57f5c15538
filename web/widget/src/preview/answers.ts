import type { Message, Thread } from '../shared/types';

const END = { position: 0, timeline: 'preview' };

/** What a made-up server has. */
let messages: Message[] = [];
let agentName = '';

const message = (ordinal: number, change: Partial<Message>): Message => ({
  ...{ id: `m${ordinal}`, ordinal, client_id: null, thread_id: 't1', from: 'visitor', sender_name: null, avatar_url: null },
  ...{ body: '', html: null, created_at: new Date().toISOString(), attachments: [], structured_content: null },
  ...{ delivered: true, read: true },
  ...change,
});

const thread = (id: string, change: Partial<Thread> = {}): Thread => ({
  ...{ id, title: null, closed: false, mode: 'messaging', state: 'open', close_cause: null, agent: null, can_write: true },
  ...{ text_input_disabled: false, created_at: messages[0]?.created_at ?? '', updated_at: messages[0]?.created_at ?? '', unread: 0 },
  last_message: null,
  ...change,
});

/** Begins the conversation anew: a question and its answer. */
export function converse(question: string, answer: string, agent: string): void {
  const written = messages.slice(2);
  agentName = agent;
  const from = { from: 'agent', sender_name: agent } as const;
  messages = [message(1, { body: question }), message(2, { ...from, body: answer }), ...written];
}

const threads = (): Thread[] => {
  const last = messages.at(-1) ?? null;
  const earlier = message(1, { thread_id: 't2', body: messages[0]?.body ?? '' });
  return [thread('t1', { last_message: last, agent: { name: agentName, avatar_url: null } }), thread('t2', { closed: true, last_message: earlier })];
};

function answer(method: string, path: string, body: string): object | null {
  if (path.endsWith('/session')) return { visitor: 'preview', identity: { id: 'preview', screenname: null, uuid: null }, ...END };
  if (path.endsWith('/threads')) return { threads: threads(), ...END };
  if (method === 'GET' && path.includes('/threads/t1/messages')) return { messages, more: false, notices: [], ...END };
  if (method === 'GET') return { messages: threads()[1]!.last_message ? [threads()[1]!.last_message] : [], more: false, notices: [], ...END };
  if (method !== 'POST' || !path.endsWith('/messages')) return threads()[0]!;
  const { client_id, body: text } = JSON.parse(body) as { client_id: string; body: string };
  const said = message(messages.length + 1, { client_id, body: text });
  messages.push(said);
  return { message: said, thread: threads()[0], ...END };
}

class Request {
  responseType = '';
  timeout = 0;
  status = 0;
  response: object | null = null;
  upload = {};
  onloadend = () => {};
  private method = '';
  private url = '';
  open(method: string, url: string): void {
    Object.assign(this, { method, url });
  }
  setRequestHeader(): void {}
  abort(): void {}
  send(body?: unknown): void {
    this.response = typeof body === 'string' || !body ? answer(this.method, this.url, `${body ?? ''}`) : null;
    this.status = this.response ? 200 : 0;
    queueMicrotask(() => this.onloadend());
  }
}

/** A socket that is open and tells nothing. */
class Socket {
  readyState = 1;
  onopen = () => {};
  onmessage = (_: { data: string }) => {};
  constructor() {
    setTimeout(() => this.onopen());
  }
  send(frame: string): void {
    const type = frame.includes('"hello"') ? 'welcome' : frame.includes('"ping"') ? 'pong' : undefined;
    if (type) setTimeout(() => this.onmessage({ data: JSON.stringify({ type, ...END }) }));
  }
  close(): void {}
}

/** What one drawing leaves for the next: a page without an origin has no storage. */
const kept = new Map<string, string>();
const storage = {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => void kept.set(key, value),
  removeItem: (key: string) => void kept.delete(key),
};

/** From now on a window asks nobody. */
export function answerIn(page: typeof window): void {
  Object.assign(page, { XMLHttpRequest: Request, WebSocket: Socket });
  Object.defineProperty(page, 'localStorage', { value: storage });
}
