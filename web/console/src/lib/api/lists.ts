import type { Answer, Known } from '../../../../api';
import { send, type Query } from './http';
import type * as T from './types';

/** The most records the server gives in one answer. */
const LARGEST_PAGE = 150;

type RecordOf<P extends string> = Answer<'GET', P> extends { records: (infer R)[] } ? R : never;

/** Every record of a list; for the short lists that menus and tables need whole. */
export async function everything<const P extends string>(path: P & Known<'GET', P>, query: Query = {}): Promise<RecordOf<P>[]> {
  const records: RecordOf<P>[] = [];
  for (;;) {
    const page = (await send('GET', path, { query: { ...query, offset: records.length, limit: LARGEST_PAGE } })) as T.Page<RecordOf<P>>;
    records.push(...page.records);
    if (page.records.length === 0 || records.length >= page.count) return records;
  }
}

/** From where one may begin a conversation by mail. */
export async function mailboxes(): Promise<T.Mailbox[]> {
  const where = (permission: string) => everything('/1.0/content_sources', { permission, active: true });
  const [begins, formats] = await Promise.all([where('initiate_discussion'), where('reply_with_html')]);
  const found = begins.filter(({ type }) => type === 'email');
  const may = new Set(formats.map(({ id }) => id));
  return found.map(({ id, name, imap_smtp_email }) => ({ id, name, address: imap_smtp_email, formats: may.has(id) }));
}
