import { calm } from '../shared/calm';

/** The two tones, in hertz, and when each begins, in seconds. */
const TONES: [hertz: number, at: number][] = [
  [659, 0],
  [880, 0.12],
];
let context: AudioContext | undefined;

/** Sounds twice, softly. Where the browser lets a page be heard only after a press, and there was none, nothing is. */
export const ring = calm(async (): Promise<void> => {
  context ??= new AudioContext();
  if (context.state === 'suspended') {
    // Without a press it waits for one; what came meanwhile is not told all at once.
    context.resume().catch(() => {});
    if (!navigator.userActivation?.isActive) return;
  }
  const now = context.currentTime;
  for (const [hertz, at] of TONES) {
    const [tone, gain] = [context.createOscillator(), context.createGain()];
    tone.frequency.value = hertz;
    gain.gain.setValueAtTime(0.12, now + at);
    gain.gain.exponentialRampToValueAtTime(0.001, now + at + 0.4);
    tone.connect(gain).connect(context.destination);
    tone.start(now + at);
    tone.stop(now + at + 0.4);
  }
});
