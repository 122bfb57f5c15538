/** The moments that are offered for coming back to a thread. Days begin at nine in the reader's own time. */
export interface Preset {
  name: 'hour' | 'hours' | 'tomorrow' | 'days' | 'week';
  date: Date;
}

const MORNING = 9;

export function presets(now: Date): Preset[] {
  const later = (hours: number) => new Date(now.getTime() + hours * 3_600_000);
  const morning = (days: number) => {
    const date = new Date(now);
    date.setDate(date.getDate() + days);
    date.setHours(MORNING, 0, 0, 0);
    return date;
  };
  /** Days until the next Monday, which on a Monday is a week away. */
  const toMonday = (8 - now.getDay()) % 7 || 7;
  return [
    { name: 'hour', date: later(1) },
    { name: 'hours', date: later(4) },
    { name: 'tomorrow', date: morning(1) },
    { name: 'days', date: morning(3) },
    { name: 'week', date: morning(toMonday) },
  ];
}
