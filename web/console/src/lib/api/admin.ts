import { del, get, post, put, type Query } from './http';
import type * as T from './types';

/** The most records the server gives in one answer. */
const LARGEST_PAGE = 150;

/** Every record of a list; for the short lists that menus and tables need whole. */
export async function everything<R>(path: string, query: Query = {}): Promise<R[]> {
  const records: R[] = [];
  for (;;) {
    const page = await get<T.Page<R>>(path, { ...query, offset: records.length, limit: LARGEST_PAGE });
    records.push(...page.records);
    if (page.records.length === 0 || records.length >= page.count) return records;
  }
}

/** List, create, change and delete for one kind of record, all of which follow the same grammar. */
function collection<R extends { id: T.Id }>(path: string) {
  return {
    all: () => everything<R>(path),
    create: (values: Record<string, unknown>) => post<R>(path, values),
    update: (id: T.Id, values: Record<string, unknown>) => put<R>(`${path}/${id}`, values),
    remove: (id: T.Id) => del<R>(`${path}/${id}`),
  };
}

export const sources = collection<T.Source>('/1.0/content_sources');
export const communities = collection<T.Community>('/1.0/communities');
export const users = collection<T.User>('/1.0/users');
export const roles = collection<T.Role>('/1.0/roles');
export const categories = collection<T.Category>('/1.0/categories');
export const tags = collection<T.Tag>('/1.0/tags');
export const tokens = collection<T.AccessToken>('/1.0/access_tokens');
export const webhooks = collection<T.Webhook>('/1.0/webhooks');
/** The names of the events that webhooks are told of. */
export const webhookEvents = async () => (await get<{ records: string[] }>('/1.0/webhooks/events')).records;

export const teams = collection<T.Team>('/1.0/teams');
export const customFields = collection<T.CustomField>('/1.0/custom_fields');
export const folders = collection<T.Folder>('/1.0/folders');
export const replyGroups = collection<T.ReplyGroup>('/1.0/reply_assistant/groups');
export const replyEntries = collection<T.ReplyEntry>('/1.0/reply_assistant/entries');
export const replyVersions = collection<T.ReplyVersion>('/1.0/reply_assistant/versions');

export const settings = {
  get: () => get<T.Settings>('/1.0/settings'),
  update: (values: T.Settings) => put<T.Settings>('/1.0/settings', values),
  timezones: async () => (await get<{ name: string }[]>('/1.0/timezones')).map((zone) => zone.name),
};

export const invite = (values: Partial<T.User>) => post<T.User>('/1.0/users/invite', values);

export const jwtKeys = {
  all: (community: T.Id) => everything<T.JwtKey>(`/1.0/communities/${community}/jwt_keys`),
  add: (community: T.Id, key: { key_id: string; algorithm: string; key: string }) =>
    post<T.JwtKey>(`/1.0/communities/${community}/jwt_keys`, key),
  remove: (community: T.Id, keyId: string) =>
    del(`/1.0/communities/${community}/jwt_keys/${encodeURIComponent(keyId)}`),
};

export const permissions = {
  of: (user: T.Id) => get<Record<T.Id, string[]>>(`/1.0/users/${user}/sources_permissions`),
  /** The published grammar takes one comma-separated string for each source. */
  save: (user: T.Id, granted: Record<T.Id, string[]>) =>
    put(
      `/1.0/users/${user}/sources_permissions`,
      Object.fromEntries(Object.entries(granted).map(([source, list]) => [source, list.join(',')])),
    ),
};

export const deliveries = {
  page: (webhook: T.Id, state: T.DeliveryState | '', offset: number, limit: number) =>
    get<T.Page<T.Delivery>>(`/1.0/webhooks/${webhook}/deliveries`, { state, offset, limit }),
  one: (webhook: T.Id, id: T.Id) => get<T.DeliveryDetail>(`/1.0/webhooks/${webhook}/deliveries/${id}`),
  resend: (webhook: T.Id, id: T.Id) => put(`/1.0/webhooks/${webhook}/deliveries/${id}/resend`),
  resendSince: (webhook: T.Id, since: string, state?: T.DeliveryState) =>
    put<{ count?: number }>(`/1.0/webhooks/${webhook}/resend`, { since, state }),
  verify: (webhook: T.Id) => put<T.Webhook>(`/1.0/webhooks/${webhook}/verify`),
};

export const mails = {
  sender: () => get<T.MailSender>('/1.0/mail_deliveries/sender'),
  page: (state: T.DeliveryState | '', offset: number, limit: number) =>
    get<T.Page<T.Mail>>('/1.0/mail_deliveries', { state, offset, limit }),
  one: (id: T.Id) => get<T.Mail>(`/1.0/mail_deliveries/${id}`),
  test: () => post<T.Mail>('/1.0/mail_deliveries/test', {}),
  resend: (id: T.Id) => put<T.Mail>(`/1.0/mail_deliveries/${id}/resend`),
};
