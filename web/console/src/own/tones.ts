/** How the console sounds: short tones that are made where they are heard. */
import type { Signals } from '../lib/api/types';

type Tone = Signals['tone'];

/** When each of the tones begins, how high it is, and how long it takes to fade; in seconds. */
const TONES: Record<Tone, readonly (readonly [at: number, pitch: number, fades: number, falls?: number])[]> = {
  chime: [
    [0, 660, 0.22],
    [0.2, 880, 0.22],
  ],
  bell: [[0, 784, 0.9]],
  knock: [
    [0, 220, 0.09],
    [0.14, 196, 0.09],
  ],
  drop: [[0, 990, 0.25, 440]],
};

/** The names of the tones, as they are offered. */
export const tones = Object.keys(TONES) as Tone[];

let context: AudioContext | null = null;

/** Browsers let no page sound before it was pressed once. */
export const mayRing = (): boolean => navigator.userActivation?.hasBeenActive !== false;

/** Sounds, as loudly as that, of a hundred. A browser without sound is a quiet one. */
export function play(tone: Tone, volume: number): void {
  if (volume <= 0 || !mayRing()) return;
  try {
    context ??= new AudioContext();
    void context.resume();
    for (const [at, pitch, fades, falls] of TONES[tone]) {
      const [voice, gain] = [context.createOscillator(), context.createGain()];
      const begin = context.currentTime + at;
      voice.frequency.setValueAtTime(pitch, begin);
      if (falls) voice.frequency.exponentialRampToValueAtTime(falls, begin + fades);
      gain.gain.setValueAtTime(0.0001, begin);
      gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, (volume / 100) * 0.2), begin + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.0001, begin + fades);
      voice.connect(gain).connect(context.destination);
      voice.start(begin);
      voice.stop(begin + fades);
    }
  } catch {
    // Nothing is heard.
  }
}
