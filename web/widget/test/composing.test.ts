import { expect, test } from 'vitest';
import { pastedFiles, refusal, tooMany } from '../../shared/composing';

test('a file that must fail is refused before it goes up', () => {
  const limits = { max_bytes: 100, extensions: ['png', 'pdf'] };
  expect(refusal({ name: 'a.PNG', size: 100 }, limits)).toBeNull();
  expect(refusal({ name: 'a.exe', size: 1 }, limits)).toBe('file_type_refused');
  expect(refusal({ name: 'png', size: 1 }, limits)).toBe('file_type_refused');
  expect(refusal({ name: 'a.pdf', size: 101 }, limits)).toBe('file_too_big');
  expect(refusal({ name: 'a.pdf', size: 0 }, limits)).toBe('file_empty');
  expect(refusal({ name: 'a.exe', size: 1 }, { extensions: null })).toBeNull();
});

test('cells of a spreadsheet are their text, a picture alone is a file', () => {
  const picture = { name: 'image.png', size: 1 };
  const pasted = (text: string) => ({ files: [picture], getData: () => text }) as unknown as DataTransfer;
  expect(pastedFiles(pasted('a\tb'))).toEqual([]);
  expect(pastedFiles(pasted(''))).toEqual([picture]);
  expect(pastedFiles(null)).toEqual([]);
});

test('characters are counted as the server counts them', () => {
  expect(tooMany('abc', 3)).toBe(0);
  expect(tooMany('abcde', 3)).toBe(2);
  expect(tooMany('😀😀😀', 3)).toBe(0);
  expect(tooMany(`${'a'.repeat(3)}  \n`, 3)).toBe(0);
});
