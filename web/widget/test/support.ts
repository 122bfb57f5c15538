import type { Keep } from '../src/shared/keep';
import type { Message, Remembered, ServerFrame, Thread } from '../src/shared/types';

export function thread(id: string, change: Partial<Thread> = {}): Thread {
  return {
    id,
    title: null,
    closed: false,
    text_input_disabled: false,
    created_at: '2026-01-01T10:00:00Z',
    updated_at: '2026-01-01T10:00:00Z',
    unread: 0,
    last_message: null,
    ...change,
  };
}

export function message(id: string, change: Partial<Message> = {}): Message {
  return {
    id,
    ordinal: Number(id.slice(1)),
    client_id: null,
    thread_id: 't1',
    from: 'agent',
    sender_name: 'Alicia',
    avatar_url: null,
    body: `body of ${id}`,
    html: null,
    created_at: '2026-01-01T10:00:00Z',
    attachments: [],
    structured_content: null,
    delivered: false,
    read: false,
    ...change,
  };
}

export function frame(position: number, m: Message, t = thread(m.thread_id)): ServerFrame {
  return { type: 'message', position, thread: t, message: m };
}

/** Storage that several "tabs" can share. */
export function memoryKeep(data = new Map<string, string>()): Keep & { data: Map<string, string> } {
  const keep = {
    data,
    get: (key: string) => data.get(key) ?? null,
    set: (key: string, value: string) => void data.set(key, value),
    remove: (key: string) => void data.delete(key),
    keys: (start: string) => [...data.keys()].filter((key) => key.startsWith(start)),
    remembered: (): Remembered => ({
      open: false,
      engagedAt: 0,
      thread: null,
      outbox: false,
      ...JSON.parse(data.get('state') ?? '{}'),
    }),
    remember: (change: Partial<Remembered>) => keep.set('state', JSON.stringify({ ...keep.remembered(), ...change })),
  };
  return keep;
}

/** Lets promises that are already settled run on. */
export const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};
