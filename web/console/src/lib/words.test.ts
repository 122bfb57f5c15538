import { expect, it } from 'vitest';
import { en, fr } from './catalogues';

/** One state has one word: these are others for the same, in both languages. */
const banned = {
  en: /\bengag|\barchiv|\bsnooz|\bresolv|\beveryone’s|\breassign|\b(clos|cancel)\w*\b[^.]*\b(case|conversation)s?\b|\b(case|conversation)s?\b[^.]*\b(clos|cancel)\w*/i,
  fr: /\ben charge\b|\barchiv|\bclo(re|s|se|ses|ture)\b|\bannul\w*[^.]*\bdossier|\bréa(ttribu|ssign)|\bnon assign/i,
};

it('has one word for one state on every screen', () => {
  for (const [language, catalogue] of Object.entries({ en, fr })) {
    const wrong = Object.entries(catalogue).filter(([, text]) => banned[language as 'en' | 'fr'].test(text));
    expect(wrong, language).toEqual([]);
  }
});

it('calls a folder by the same word wherever it stands', () => {
  for (const catalogue of [en, fr]) {
    for (const name of ['mine', 'unassigned', 'open', 'deferred', 'done', 'to_approve'])
      expect(catalogue[`keys.go_${name}`]).toContain(catalogue[`folder.${name}`]);
    expect(catalogue['state.unassigned']).toBe(catalogue['folder.unassigned']);
  }
});
