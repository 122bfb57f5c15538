import { describe, expect, it } from 'vitest';
import type { OwnFolder } from './api/types';
import { marks, nested } from './folders';

const folder = (id: string, parent_id: string | null = null): OwnFolder => ({
  id,
  label: id,
  parent_id,
  position: 1,
  query: null,
  own: false,
  count: null,
});

describe("the desk's own folders", () => {
  it('stand below the one that they are under, and at the top when that is not seen', () => {
    const tree = nested([folder('late', 'all'), folder('all'), folder('lost', 'late'), folder('vip', 'hidden')]);
    expect(tree.map(({ folder, depth }) => `${'.'.repeat(depth)}${folder.id}`)).toEqual(['all', '.late', '..lost', 'vip']);
  });

  it('are told apart by two letters', () => {
    expect(marks(['VIP customers', 'Late parcels', 'French desk', 'Été', 'x'])).toEqual(['VC', 'LP', 'FD', 'ÉT', 'X2']);
  });

  it('get other letters where the first ones are taken', () => {
    const labels = ['Late parcels', 'Lost parcels', 'Late parcels', '“Late” (parcels)'];
    expect(marks(labels)).toEqual(['LP', 'LO', 'LA', 'LT']);
    expect(new Set(marks(Array.from({ length: 9 }, () => 'Aa'))).size).toBe(9);
  });

  it('may be called anything', () => {
    expect(marks(['👩‍👧 family', '', '…', '客户'])).toEqual(['👩‍👧F', '–', '…2', '客户']);
  });
});
