import { expect, it } from 'vitest';
import { areHours, dayName, spansOf, textOf } from './hours';

it('hours are shown as times and written as they came', () => {
  const text = '32400-43200,50400-64800';
  expect(spansOf(text)).toEqual([{ from: '09:00', to: '12:00' }, { from: '14:00', to: '18:00' }]);
  for (const same of [text, '', '0-86400']) expect(textOf(spansOf(same))).toBe(same);
  expect(spansOf('0-86400')).toEqual([{ from: '00:00', to: '00:00' }]);
});

it('hours end after they begin, one after the other', () => {
  const span = (from: string, to: string) => ({ from, to });
  expect(areHours([])).toBe(true);
  expect(areHours([span('09:00', '12:00'), span('12:00', '00:00')])).toBe(true);
  expect(areHours([span('12:00', '09:00')])).toBe(false);
  expect(areHours([span('09:00', '')])).toBe(false);
  expect(areHours([span('09:00', '13:00'), span('12:00', '18:00')])).toBe(false);
});

it('days have the reader’s names', () => {
  expect([dayName(0, 'en'), dayName(6, 'fr')]).toEqual(['Monday', 'dimanche']);
});
