import type { Known } from '../../../../api';
import { get, post, put, request, type Query } from './http';
import type { FolderRef, Id } from './types';

export interface ListQuery {
  folder: FolderRef;
  source: Id | null;
  /** What stands in the search box: words, and conditions of the search language. */
  text: string;
  /** The search goes through all folders. */
  everywhere: boolean;
}

export const folders = () => get('/console/folders');

export const threads = (query: ListQuery, offset: number, limit: number, signal?: AbortSignal) =>
  get(
    '/console/threads',
    { folder: query.text && query.everywhere ? 'all' : query.folder, offset, limit, source_id: query.source, q: query.text },
    signal,
  );

export const thread = (id: Id, before?: Id, signal?: AbortSignal) =>
  get(`/console/threads/${id}`, { before }, signal);

export const markRead = (id: Id) => post(`/console/threads/${id}/read`);

/** The epoch of the thread on screen: what is decided there is refused when somebody else has taken the thread since. */
let epochOnScreen: () => number | null = () => null;
export const readEpochFrom = (read: () => number | null) => (epochOnScreen = read);

const decide = <M extends 'PUT' | 'DELETE', const P extends string>(method: M, path: P & Known<M, P>, body?: unknown, query?: Query) =>
  request(method, path, { body, query, ownerEpoch: epochOnScreen() });

export const engage = (contentId: Id, ownerEpoch?: number) =>
  request('POST', '/1.0/interventions', { query: { content_id: contentId }, ownerEpoch });
export const closeIntervention = (id: Id) => decide('PUT', `/1.0/interventions/${id}/close`);
export const cancelIntervention = (id: Id) => decide('DELETE', `/1.0/interventions/${id}/cancel`);
export const reassign = (id: Id, userId: Id) =>
  decide('PUT', `/1.0/interventions/${id}/reassign`, undefined, { user_id: userId });
export const setDisposition = (id: Id, ids: Id[]) =>
  decide('PUT', `/1.0/interventions/${id}/update_categories`, { category_ids: ids });
export const defer = (id: Id, until: string) => decide('PUT', `/1.0/interventions/${id}/defer`, { deferred_at: until });

/** An epoch says that the thread may have changed hands since the reply was written: without one that is refused. */
export const approve = (contentId: Id, ownerEpoch?: number) =>
  request('PUT', `/1.0/contents/${contentId}/approve`, { ownerEpoch });
export const refuse = (contentId: Id, reason: string) => decide('PUT', `/1.0/contents/${contentId}/refuse`, { reason });

export const sendAgain = (contentId: Id) => put(`/1.0/contents/${contentId}/retry_export`);
/** For a reply of which it is not known whether it has arrived. */
export const markAsSent = (contentId: Id) => put(`/1.0/contents/${contentId}/mark_as_sent`);

/** The ready answers that fit a content, filled in: all of them, as a plain list. */
export const suggestions = (contentId: Id) =>
  get('/1.0/reply_assistant/suggestions', { content_id: contentId });

/** What the desk notes of a person; one of whom nothing was noted yet gets a group of their own first. */
export const savePerson = (identity: Id, group: Id | null, values: Record<string, unknown>) =>
  group ? put(`/1.0/identity_groups/${group}`, values) : post('/1.0/identity_groups', { identity_id: identity, ...values });

/** The customers of whom every word is a part of a name, an address or a phone. */
export const findPeople = (text: string, signal?: AbortSignal) => get('/console/people', { text }, signal);
export const identitiesOf = (group: Id) => get('/console/people', { identity_group_id: group });

/** Takes the whole person behind an identity into another one, all or nothing. */
export const merge = (identity: Id, other: Id) => put(`/console/people/${identity}/merge`, { other_id: other });
export const unmerge = (group: Id, identity: Id) =>
  put(`/1.0/identity_groups/${group}/unmerge`, { associated_identity_id: identity });

export const archive = (threadId: Id) => decide('PUT', `/1.0/content_threads/${threadId}/ignore`);
export const closeThread = (threadId: Id) => decide('PUT', `/1.0/content_threads/${threadId}/close`);
export const openThread = (threadId: Id) => decide('PUT', `/1.0/content_threads/${threadId}/open`);
export const giveToBot = (threadId: Id, bot: Id) =>
  decide('PUT', `/1.0/content_threads/${threadId}/give_to_bot`, { user_id: bot });
export const setThreadCategories = (threadId: Id, ids: Id[]) =>
  put(`/1.0/content_threads/${threadId}/update_categories`, { thread_category_ids: ids });

export const comment = (interventionId: Id, body: string) =>
  post('/1.0/intervention_comments', { intervention_id: interventionId, body });

/** Browsers send a POST again by themselves when a kept connection breaks under it; the key keeps that from replying twice. */
export const reply = (inReplyTo: Id, body: string, attachmentIds: Id[], key: string, ownerEpoch: number) =>
  request('POST', '/1.0/contents', {
    body: { in_reply_to_id: inReplyTo, body, attachment_ids: attachmentIds },
    idempotencyKey: key,
    ownerEpoch,
  });

/** Who is on the sites now. */
export const visitors = (source: Id | null, offset: number, limit: number) =>
  get('/console/visitors', { source_id: source, offset, limit });

/** Begins a conversation with somebody; the same key again begins it once. */
export const invite = (source: Id, identity: Id, body: string, key: string) =>
  request('POST', '/1.0/contents', { body: { source_id: source, to: identity, body }, idempotencyKey: key });

export function upload(file: File) {
  const form = new FormData();
  form.append('file', file, file.name);
  // A large file on a slow line takes minutes, which the usual limit would cut short.
  return request('POST', '/1.0/attachments', { form, timeout: 600_000 });
}
