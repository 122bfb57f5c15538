import { expect, test } from 'vitest';
import { toJson, wellFormed } from '../../shared/wellformed';

test('half a character becomes a mark, and whole ones stay', () => {
  expect(wellFormed('😀'.slice(0, 1))).toBe('\ufffd');
  expect(wellFormed('a\ude00b\ud83d')).toBe('a\ufffdb\ufffd');
  expect(wellFormed('👩‍👧 é 東京')).toBe('👩‍👧 é 東京');
});

test('JSON has no half characters, however deep', () => {
  expect(toJson({ a: ['x\ud83d', { b: 'é😀' }], n: 1, u: undefined })).toBe('{"a":["x\ufffd",{"b":"é😀"}],"n":1}');
});
