import { describe, expect, it } from 'vitest';
import type { Customer, IdentityGroup } from './api/types';
import { knownOf, outcome, personName } from './people';

const now = '2026-03-01T10:00:00Z';
const identity = (more: Partial<Customer>): Customer => ({
  id: 'i',
  display_name: 'Visitor 7',
  anonymized: false,
  foreign_id: '7',
  avatar_url: null,
  company: null,
  email: null,
  extra_values: {},
  firstname: null,
  lastname: null,
  home_phone: null,
  mobile_phone: null,
  screenname: null,
  uuid: null,
  created_at: now,
  updated_at: now,
  ...more,
});
const group = (more: Partial<IdentityGroup>): IdentityGroup => ({
  id: 'g',
  identity_ids: ['i'],
  firstname: null,
  lastname: null,
  company: null,
  custom_field_values: {},
  emails: [],
  home_phones: [],
  mobile_phones: [],
  notes: null,
  tag_ids: [],
  avatar_url: null,
  gender: null,
  created_at: now,
  updated_at: now,
  ...more,
});

describe('two people who turn out to be one', () => {
  const ada = knownOf(
    identity({ firstname: 'A.' }),
    group({ lastname: 'Byron', emails: ['ada@shop.test'], custom_field_values: { level: 'gold', orders: null } }),
  );

  it('keep what the first knows, and learn the rest', () => {
    const other = knownOf(
      identity({}),
      group({ firstname: 'Ada', company: 'Engines', notes: 'Kind', emails: ['ADA@shop.test', 'a@home.test'], custom_field_values: { level: 'tin', orders: [7, 8] } }),
    );
    expect(outcome(ada, other)).toEqual([
      { key: 'name', kept: 'Byron', dropped: 'Ada' },
      { key: 'company', kept: 'Engines', dropped: null },
      { key: 'emails', kept: 'ada@shop.test, a@home.test', dropped: null },
      { key: 'notes', kept: 'Kind', dropped: null },
      { key: 'custom.level', kept: 'gold', dropped: 'tin' },
      { key: 'custom.orders', kept: '7, 8', dropped: null },
    ]);
  });
  it('may be known by an identity alone', () => {
    const told = knownOf(identity({ firstname: 'Ada', email: 'ada@shop.test', mobile_phone: '06' }), null);
    expect(outcome(told, told)).toEqual([
      { key: 'name', kept: 'Ada', dropped: null },
      { key: 'emails', kept: 'ada@shop.test', dropped: null },
      { key: 'mobile_phones', kept: '06', dropped: null },
    ]);
    expect(outcome(knownOf(identity({}), null), knownOf(identity({}), null))).toEqual([]);
  });
  it('are called what the desk calls them', () => {
    expect(personName(identity({}), null)).toBe('Visitor 7');
    expect(personName(identity({}), group({}))).toBe('Visitor 7');
    expect(personName(identity({}), group({ firstname: 'Ada', lastname: 'Byron' }))).toBe('Ada Byron');
  });
});
