import { afterEach, describe, expect, it, vi } from 'vitest';

// What the catalogues ask of a page.
vi.hoisted(() => {
  vi.stubGlobal('navigator', { language: 'en', languages: ['en'] });
  vi.stubGlobal('document', { documentElement: {} });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} });
});

import { ApiError } from './api/http';
import { about, locale } from './i18n.svelte';
import { explain, problem } from './refusal';

const refused = (code: string, body: object) => new ApiError(code, 'lastname: English', 422, { ...body });

describe('a refusal', () => {
  afterEach(() => locale.choose('en'));

  it('is told by its reason and values, in the language of the reader', async () => {
    await locale.choose('fr');
    const long = refused('validation_failed', { field: 'lastname', reason: 'too_long', values: { max: 255 } });
    expect(problem(long)).toBe('255 caractères au plus.');
    expect(explain(long)).toBe('Nom\u00a0: 255 caractères au plus.');
    expect(about('Nom', 'trop long')).toBe('Nom\u00a0: trop long');
  });
  it('is told by its code where there is no reason', () => {
    expect(problem(refused('role_in_use', {}))).toMatch(/^There are agents with this role/);
  });
  it('puts lists of values in', () => {
    const one = refused('validation_failed', { reason: 'one_of', values: { allowed: ['man', 'woman'] } });
    expect(problem(one)).toContain('man, woman');
  });
  it('never shows the sentence of the server, which may be newer than the words here', () => {
    for (const body of [{}, { field: 'x' }, { field: 'x', reason: 'newer' }])
      expect(explain(refused('newer_code', body))).not.toContain('English');
  });
});
