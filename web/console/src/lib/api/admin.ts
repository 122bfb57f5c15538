import type { Answer, Known } from '../../../../api';
import { del, get, post, put, send, withQuery, type Query } from './http';
import { everything } from './lists';
import type * as T from './types';

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
export const source = (id: T.Id) => get(`/1.0/content_sources/${id}`);
/** How a source that is asked for what is new fares. */
export const sourceHealth = {
  show: (id: T.Id) => get(`/1.0/content_sources/${id}/health`),
  run: (id: T.Id) => post(`/1.0/content_sources/${id}/run`, {}),
  test: (id: T.Id) => post(`/1.0/content_sources/${id}/test`, {}),
  parked: (id: T.Id, offset: number, limit: number) => get(`/1.0/content_sources/${id}/parked_items`, { offset, limit }),
  retry: (id: T.Id, item: T.Id) => put(`/1.0/content_sources/${id}/parked_items/${item}/retry`),
  drop: (id: T.Id, item: T.Id) => del(`/1.0/content_sources/${id}/parked_items/${item}`),
};
/** Begins to sign a mailbox in at its provider: gives where to go. */
export const beginAuthorization = (id: T.Id) => post(`/1.0/content_sources/${id}/authorization`, {});
export const endAuthorization = (id: T.Id, brought: Record<string, string>) => put(`/1.0/content_sources/${id}/authorization`, brought);

/** The mailboxes that its server has, of a mailbox that is a source. */
export const mailboxesOf = (id: T.Id) => get(`/1.0/content_sources/${id}/mailboxes`);

export const changes = (asked: Query) => get('/console/changes', asked);
/** Where the same is saved from as a file. */
export const changesFile = (asked: Query) => withQuery('/console/changes.csv', asked);

export const communities = collection('/1.0/communities');
export const users = collection('/1.0/users');
export const resetSecondFactor = (id: T.Id) => del(`/1.0/users/${id}/second_factor`);
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
export const timeSheets = collection('/1.0/time_sheets');
export const teams = collection('/1.0/teams');
export const customFields = collection('/1.0/custom_fields');
export const folders = collection('/1.0/folders');
export const replyGroups = collection('/1.0/reply_assistant/groups');
export const replyEntries = collection('/1.0/reply_assistant/entries');
export const replyVersions = collection('/1.0/reply_assistant/versions');

const isEmpty = (value: unknown) =>
  value === null || value === '' || (typeof value === 'object' && !Object.keys(value).length);

/** What chats have of a kind, in an order of its own: what was removed comes back under its id and in its place. */
function ofChats<const P extends string>(path: P & Known<'POST', P>) {
  const doors = collection(path);
  const sort = (ids: T.Id[]) => send('PUT', `${path}/sort`, { body: { ids } });
  type Of = { id: T.Id; source_id: T.Id };
  async function restore(record: Of, all: Of[]): Promise<void> {
    await doors.create(Object.fromEntries(Object.entries(record).filter(([, value]) => !isEmpty(value))));
    // Where others have gone meanwhile, it stays the last one.
    await sort(all.filter((one) => one.source_id === record.source_id).map((one) => one.id)).catch(() => undefined);
  }
  return { ...doors, sort, restore };
}

export const messagingTriggers = ofChats('/1.0/messaging_triggers');
export const messagingItems = ofChats('/1.0/messaging_items');
export const messagingVariables = ofChats('/1.0/messaging_variables');
export const emailTemplates = collection('/1.0/messaging_email_templates');
export const languages = () => get('/1.0/locales');
export const emailBasis = () => get('/1.0/messaging_email_templates/basis');
type EmailWords = { language: string; subject: string; html: string };
export const previewEmail = (words: EmailWords) => post('/1.0/messaging_email_templates/preview', words);
export const tryEmail = (words: EmailWords & { to: string }) => post('/1.0/messaging_email_templates/test', words);

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
