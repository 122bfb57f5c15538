import { get, request } from './http';
import type { Id } from './types';

/** Whose words are kept out: those that hold, or those that do not any more; of one customer, or of all. */
export const blocks = (holds: boolean, identity: Id | null, offset: number, limit: number) =>
  get('/console/blocks', { holds, identity_id: identity, offset, limit });

export interface NewBlock {
  identity_id?: Id;
  email?: string;
  network?: string;
  until: string | null;
  reason: string;
}

export const block = (body: NewBlock) => request('POST', '/console/blocks', { body });

export const unblock = (id: Id) => request('DELETE', `/console/blocks/${id}`);
