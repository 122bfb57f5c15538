import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/http';
import { conflictOf, epochFor } from './ownership';

const nora = { type: 'agent', id: 'nora', name: 'Nora' } as const;

describe('the epoch of a reply', () => {
  it('is the one under which it was begun', () => {
    expect(epochFor({ owner: null, owner_epoch: 4 }, 'me', 3)).toBe(3);
    expect(epochFor({ owner: nora, owner_epoch: 4 }, 'me', 3)).toBe(3);
  });
  it('is the present one of a thread that is mine', () => {
    expect(epochFor({ owner: nora, owner_epoch: 4 }, 'nora', 3)).toBe(4);
  });
  it('is the present one when nothing was begun', () => {
    expect(epochFor({ owner: nora, owner_epoch: 4 }, 'me', null)).toBe(4);
  });
});

describe('a refusal', () => {
  const refused = (body: object) => new ApiError('stale_owner', 'too late', 409, { ...body });
  it('says who has the thread now', () => {
    expect(conflictOf(refused({ owner: nora, owner_epoch: 5 }))).toEqual({ name: 'Nora', epoch: 5 });
    expect(conflictOf(refused({ owner: null, owner_epoch: 6 }))).toEqual({ name: null, epoch: 6 });
  });
  it('of another kind is none of this', () => {
    expect(conflictOf(new ApiError('conflict', 'try again', 409))).toBeNull();
    expect(conflictOf(new Error('no'))).toBeNull();
  });
});
