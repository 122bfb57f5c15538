import { describe, expect, it } from 'vitest';
import { hue, initials } from './avatar';

describe('what stands for a person without a picture', () => {
  it('has the letters of a name', () => {
    expect(['Nora Lindholm', 'élodie', 'ben.smith@shop.test', 'Agent 2', '  ', '👋🏽 Zoë'].map(initials)).toEqual([
      'NL',
      'É',
      'BS',
      'A2',
      '?',
      '👋🏽Z',
    ]);
  });

  it('tells visitors without a name apart', () => {
    expect(['Visitor kq7m4x', 'Visitor 4xkq7m'].map(initials)).toEqual(['KQ', '4X']);
    // A person's own name of six letters is no code: it has a vowel.
    expect(initials('John martin')).toBe('JM');
  });

  it('is far in colour from a name that differs by a letter', () => {
    for (const [one, other] of [
      ['Visitor kq7m4x', 'Visitor kq7m4w'],
      ['Agent 1', 'Agent 2'],
    ] as const) {
      const apart = Math.abs(hue(one) - hue(other));
      expect(Math.min(apart, 360 - apart)).toBeGreaterThan(30);
    }
    expect(hue('Nora')).toBe(hue('Nora'));
    expect(hue('Visitor kq7m4x')).toBe(hue('Visiteur kq7m4x'));
  });
});
