import type { Answer, Known } from '../../../../api';
import { del, get, post, put, send, type Query } from './http';
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

/** List, create, change and delete for one kind of record, all of which follow the same grammar. */
function collection<const P extends string>(path: P & Known<'POST', P>) {
  type One = `${P}/${string}`;
  return {
    all: () => everything<P>(path),
    create: (values: Record<string, unknown>) => send('POST', path, { body: values }) as Promise<Answer<'POST', P>>,
    update: (id: T.Id, values: Record<string, unknown>) =>
      send('PUT', `${path}/${id}`, { body: values }) as Promise<Answer<'PUT', One>>,
    remove: (id: T.Id) => send('DELETE', `${path}/${id}`) as Promise<Answer<'DELETE', One>>,
  };
}

export const sources = collection('/1.0/content_sources');
export const communities = collection('/1.0/communities');
export const users = collection('/1.0/users');
export const roles = collection('/1.0/roles');
export const categories = collection('/1.0/categories');
export const tags = collection('/1.0/tags');
export const tokens = collection('/1.0/access_tokens');
export const webhooks = collection('/1.0/webhooks');
/** The names of the events that webhooks are told of. */
export const webhookEvents = async (): Promise<string[]> => (await get('/1.0/webhooks/events')).records;

export const channels = collection('/1.0/channels');
export const presenceStatuses = collection('/1.0/presence_status');
export const userCapacities = collection('/1.0/user_capacities');
export const teams = collection('/1.0/teams');
export const customFields = collection('/1.0/custom_fields');
export const folders = collection('/1.0/folders');
export const replyGroups = collection('/1.0/reply_assistant/groups');
export const replyEntries = collection('/1.0/reply_assistant/entries');
export const replyVersions = collection('/1.0/reply_assistant/versions');

export const messagingTriggers = collection('/1.0/messaging_triggers');
export const messagingItems = collection('/1.0/messaging_items');
export const messagingVariables = collection('/1.0/messaging_variables');
export const emailTemplates = collection('/1.0/messaging_email_templates');
export const languages = () => get('/1.0/locales');
export const emailBasis = () => get('/1.0/messaging_email_templates/basis');
type EmailWords = { language: string; subject: string; html: string };
export const previewEmail = (words: EmailWords) => post('/1.0/messaging_email_templates/preview', words);
export const tryEmail = (words: EmailWords & { to: string }) => post('/1.0/messaging_email_templates/test', words);
export const sortTriggers = (ids: T.Id[]) => put('/1.0/messaging_triggers/sort', { ids });
export const sortItems = (ids: T.Id[]) => put('/1.0/messaging_items/sort', { ids });
export const sortVariables = (ids: T.Id[]) => put('/1.0/messaging_variables/sort', { ids });

export const settings = {
  get: () => get('/1.0/settings'),
  update: (values: Record<string, unknown>) => put('/1.0/settings', values),
  timezones: async () => (await get('/1.0/timezones')).map((zone) => zone.name),
};

export const invite = (values: Partial<T.User>) => post('/1.0/users/invite', values);

export const jwtKeys = {
  all: (community: T.Id) => everything(`/1.0/communities/${community}/jwt_keys`),
  add: (community: T.Id, key: { key_id: string; algorithm: string; key: string }) =>
    post(`/1.0/communities/${community}/jwt_keys`, key),
  remove: (community: T.Id, keyId: string) =>
    del(`/1.0/communities/${community}/jwt_keys/${encodeURIComponent(keyId)}`),
};

export const permissions = {
  of: (user: T.Id) => get(`/1.0/users/${user}/sources_permissions`),
  /** The published grammar takes one comma-separated string for each source. */
  save: (user: T.Id, granted: Record<T.Id, string[]>) =>
    put(
      `/1.0/users/${user}/sources_permissions`,
      Object.fromEntries(Object.entries(granted).map(([source, list]) => [source, list.join(',')])),
    ),
};

export const deliveries = {
  page: (webhook: T.Id, state: T.DeliveryState | '', offset: number, limit: number) =>
    get(`/1.0/webhooks/${webhook}/deliveries`, { state, offset, limit }),
  one: (webhook: T.Id, id: T.Id) => get(`/1.0/webhooks/${webhook}/deliveries/${id}`),
  resend: (webhook: T.Id, id: T.Id) => put(`/1.0/webhooks/${webhook}/deliveries/${id}/resend`),
  resendSince: (webhook: T.Id, since: string, state?: T.DeliveryState) =>
    put(`/1.0/webhooks/${webhook}/resend`, { since, state }),
  verify: (webhook: T.Id) => put(`/1.0/webhooks/${webhook}/verify`),
};

export const mails = {
  sender: () => get('/1.0/mail_deliveries/sender'),
  page: (state: T.DeliveryState | '', offset: number, limit: number) =>
    get('/1.0/mail_deliveries', { state, offset, limit }),
  one: (id: T.Id) => get(`/1.0/mail_deliveries/${id}`),
  test: () => post('/1.0/mail_deliveries/test', {}),
  resend: (id: T.Id) => put(`/1.0/mail_deliveries/${id}/resend`),
};
