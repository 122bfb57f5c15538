import { describe, expect, it } from 'vitest';
import type { CustomField } from './api/types';
import { changes, said } from './custom';

const field = (key: string, type: CustomField['type'], multiple = false): CustomField => ({
  id: key,
  associated_type_name: 'IdentityGroup',
  label: key,
  key,
  type,
  multiple,
  choices: [],
  read_only: false,
  position: 0,
  created_at: '2026-03-01T10:00:00Z',
  updated_at: '2026-03-01T10:00:00Z',
});

describe('the values of custom fields in a form', () => {
  const fields = [
    field('level', 'single_choice'),
    field('colours', 'multiple_choice'),
    field('addresses', 'text', true),
    field('orders', 'integer', true),
    field('story', 'text'),
    field('member', 'boolean'),
  ];
  const stored: Record<string, unknown> = {
    level: 'gold',
    colours: ['red', 'green'],
    addresses: ['1 High Street\nLeeds', '2 Low Street'],
    orders: [7, 8],
    story: ' once\nupon a time ',
    member: null,
  };
  const form = () => Object.fromEntries(fields.map((one) => [one.key, said(one, stored[one.key])]));

  it('are not sent when nobody touched them', () => expect(changes(fields, form(), form())).toEqual({}));
  it('are sent alone when they changed, line breaks and all', () => {
    const now = form();
    now.addresses = ['1 High Street\nLeeds', '', '3 Middle Street\n\nYork', ' '];
    expect(changes(fields, form(), now)).toEqual({ addresses: ['1 High Street\nLeeds', '3 Middle Street\n\nYork'] });
  });
  it('of lists are the lines', () => {
    expect(changes(fields, form(), { ...form(), orders: '8\n\n 9 ', level: '', member: 'true' })).toEqual({
      orders: ['8', '9'],
      level: '',
      member: 'true',
    });
    expect(changes(fields, form(), { ...form(), orders: '\n7\n 8 ', colours: [] })).toEqual({ colours: [] });
  });
});
