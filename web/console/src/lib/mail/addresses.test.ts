import { describe, expect, test } from 'vitest';
import { addressesOf, addressOf, shownAs, withMore } from './addresses';

const emails = (text: string) => addressesOf(text).map(({ email }) => email);

describe('addresses', () => {
  test('are read with and without a name', () => {
    expect(addressOf(' ann@shop.test ')).toEqual({ text: 'ann@shop.test', name: null, email: 'ann@shop.test', wrong: false });
    expect(addressOf('Ann Lee <ann@shop.test>')).toMatchObject({ name: 'Ann Lee', email: 'ann@shop.test', wrong: false });
    expect(addressOf('"Lee, \\"Ann\\"" <ann@shop.test>').name).toBe('Lee, "Ann"');
    expect(addressOf('mailto:ann@shop.test').email).toBe('ann@shop.test');
    expect(shownAs(addressOf('<ann@shop.test>'))).toBe('ann@shop.test');
  });

  test('of a pasted list come one by one', () => {
    expect(emails('a@x.test, b@x.test; c@x.test\nd@x.test')).toEqual(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test']);
    expect(emails('a@x.test b@x.test\tc@x.test')).toEqual(['a@x.test', 'b@x.test', 'c@x.test']);
    expect(emails('"Doe, Jane" <j@x.test>, Bo Li <b@x.test>,')).toEqual(['j@x.test', 'b@x.test']);
    expect(emails(' ,; \n')).toEqual([]);
  });

  test('that nothing can be sent to are told', () => {
    for (const text of ['ann', 'ann@', '@x.test', 'a b@x.test', 'a@x..test', 'a@-x.test', '.a@x.test', 'a@x.test>', '"', '<', 'Ann <ann>', 'x'.repeat(65) + '@x.test'])
      expect(addressOf(text).wrong, text).toBe(true);
    for (const text of ['o\'hara+1@x.test', 'ann@bücher.example', 'ann@localhost', 'josé@x.test', 'a@भारत.test'])
      expect(addressOf(text).wrong, text).toBe(false);
  });

  test('stand in a list once', () => {
    const list = withMore(addressesOf('Ann <ann@x.test>'), addressesOf('ANN@x.test, bo@x.test'));
    expect(list.map(({ text }) => text)).toEqual(['Ann <ann@x.test>', 'bo@x.test']);
  });
});
