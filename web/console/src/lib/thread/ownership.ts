/**
 * Who has a thread, and under which of its epochs something is done to it. The epoch grows each time that the thread
 * changes hands; the server refuses what was composed under an earlier one, so that no two answers cross.
 * Plain functions, so that they can be tested without a network.
 */
import { ApiError } from '../api/http';
import type { Id, Owner } from '../api/types';

export interface Owned {
  owner: Owner | null;
  owner_epoch: number;
}

/** What the server says when a write came too late. */
export interface Conflict {
  /** Who has the thread now; null for nobody. */
  name: string | null;
  epoch: number;
}

/** The epoch of a reply: what I have is as I see it; what I have not is as it was when I began to write. */
export function epochFor(thread: Owned, me: Id | undefined, begun: number | null): number {
  return thread.owner?.id === me ? thread.owner_epoch : (begun ?? thread.owner_epoch);
}

export function conflictOf(cause: unknown): Conflict | null {
  if (!(cause instanceof ApiError) || cause.code !== 'stale_owner') return null;
  const { owner, owner_epoch } = cause.body;
  return { name: owner?.name ?? null, epoch: Number(owner_epoch) };
}
