import { describe, expect, it } from 'vitest';
import { Draft } from './draft.svelte';

describe('a form that was sent', () => {
  it('has what was saved, and keeps what was filled in meanwhile', () => {
    const draft = new Draft({ name: 'a', link: 'b', kind: 'c' });
    draft.values.name = 'x ';
    const sent = draft.plain();
    draft.values.kind = 'later';
    draft.settle({ name: 'x', link: 'b', kind: 'c' }, sent);
    expect(draft.plain()).toEqual({ name: 'x', link: 'b', kind: 'later' });
    expect(draft.changes).toEqual(['kind']);
  });
});
