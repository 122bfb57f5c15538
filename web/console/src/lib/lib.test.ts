import { describe, expect, it } from 'vitest';
import type { Category } from './api/types';
import { en as english, fr as french, parts } from './catalogues';
import { flatten, forSource, missing, toggle } from './categories';
import { chatSnippet } from './snippet';
import { keepsTag, safeHref } from './text';
import { presets } from './thread/defer';

describe('the catalogues', () => {
  const holes = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((match) => match[0]).sort();

  it('have the same keys', () => {
    for (const { en, fr } of Object.values(parts)) expect(Object.keys(fr!)).toEqual(Object.keys(en!));
  });
  it('have the same placeholders in every text', () => {
    for (const key of Object.keys(english)) expect([key, holes(french[key]!)]).toEqual([key, holes(english[key]!)]);
  });
  it('have one French word for a case, and another for a folder', () => {
    for (const key of Object.keys(english)) {
      const [ours, theirs] = [english[key]!, french[key]!];
      if (/\bfolders?\b/i.test(ours)) expect([key, theirs]).toEqual([key, expect.stringMatching(/\bvues?\b/i)]);
      if (/\bdossiers?\b/i.test(theirs)) expect([key, ours]).toEqual([key, expect.stringMatching(/\bcases?\b/i)]);
    }
  });
  it('name the keys of a French keyboard', () => {
    expect([french['keys.key.enter'], french['keys.key.escape']]).toEqual(['Entrée', 'Échap']);
  });
});

describe('the category tree', () => {
  const make = (id: string, parent: string | null, more: Partial<Category> = {}): Category => ({
    id,
    name: id,
    parent_id: parent,
    color: 0,
    mandatory: false,
    multiple: false,
    post_qualification: false,
    unselectable: false,
    source_ids: [],
    created_at: '2026-03-01T10:00:00Z',
    updated_at: '2026-03-01T10:00:00Z',
    ...more,
  });
  const tree = flatten([
    make('solved', 'outcome'),
    make('outcome', null, { mandatory: true }),
    make('lost', 'outcome'),
    make('topic', null, { multiple: true }),
    make('bill', 'topic'),
    make('ship', 'topic'),
    make('orphan', 'gone'),
  ]);

  it('puts children under their parents, and orphans at the top', () => {
    expect(tree.map((branch) => `${'.'.repeat(branch.depth)}${branch.category.id}`)).toEqual([
      'orphan',
      'outcome',
      '.lost',
      '.solved',
      'topic',
      '.bill',
      '.ship',
    ]);
  });

  it('takes one choice for another where only one is allowed', () => {
    expect(toggle(['lost', 'bill'], 'solved', tree)).toEqual(['bill', 'solved']);
    expect(toggle(['bill'], 'ship', tree)).toEqual(['bill', 'ship']);
    expect(toggle(['bill'], 'bill', tree)).toEqual([]);
  });

  it('names the roots that want a choice', () => {
    expect(missing(['bill'], tree).map((category) => category.id)).toEqual(['outcome']);
    expect(missing(['solved'], tree)).toEqual([]);
  });

  it('keeps to the source', () => {
    const only = make('only', null, { source_ids: ['s1'] });
    expect(forSource([only], 's2')).toEqual([]);
    expect(forSource([only], 's1')).toEqual([only]);
  });
});

it('keeps formatting, and nothing that runs or loads', () => {
  expect(['p', 'A', 'blockquote', 'td'].every(keepsTag)).toBe(true);
  expect(['img', 'script', 'style', 'form', 'input', 'iframe', 'video', 'link'].some(keepsTag)).toBe(false);
  expect(['https://a', 'mailto:a@b', 'tel:1'].every(safeHref)).toBe(true);
  expect(['javascript:x', ' JavaScript:x', 'data:text/html,x', '/relative'].some(safeHref)).toBe(false);
});

it('offers moments that lie ahead, the week beginning on a Monday', () => {
  for (const day of [2, 4, 8]) {
    const now = new Date(2026, 2, day, 15, 30);
    const all = presets(now);
    expect(all.every((preset) => preset.date > now)).toBe(true);
    expect(all.at(-1)?.date.getDay()).toBe(1);
  }
});

it('writes the code for a site', () => {
  const code = chatSnippet('https://desk.example', 'abc');
  expect(code).toContain("'https://desk.example/chat/abc/loader.js'");
  expect(code).toMatch(/^<script>[\s\S]*<\/script>$/);
});
