import { beforeEach, describe, expect, it } from 'vitest';
import type { ThreadRow } from '../api/types';
import { choice } from './choice.svelte';

const rows = ['a', 'b', 'c', 'd'].map((id) => ({ id }) as ThreadRow);
const chosen = () => [...choice.rows.keys()].sort().join('');

describe('choosing several', () => {
  beforeEach(choice.clear);

  it('takes one in, and lets it go again', () => {
    choice.toggle(rows[1]!);
    expect([chosen(), choice.on]).toEqual(['b', true]);
    choice.toggle(rows[1]!);
    expect([chosen(), choice.on]).toEqual(['', false]);
  });

  it('takes all from the last one on, in either direction', () => {
    choice.toggle(rows[1]!);
    choice.range(rows, 'd');
    expect(chosen()).toBe('bcd');
    choice.range(rows, 'a');
    expect(chosen()).toBe('abcd');
  });

  it('begins a range where nothing is chosen, or that has left the list', () => {
    choice.range(rows, 'c');
    expect(chosen()).toBe('c');
    choice.toggle({ id: 'gone' } as ThreadRow);
    choice.range(rows, 'a');
    expect(chosen()).toBe('acgone');
  });

  it('shows where to choose before anything is', () => {
    choice.open = true;
    expect(choice.on).toBe(true);
    choice.clear();
    expect(choice.on).toBe(false);
  });
});
