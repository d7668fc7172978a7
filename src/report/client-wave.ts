/** A waveform to look at, to click and to move along with the keys. */
import { clockTime, element } from './client-dom.ts';
import { unpackOutline } from './page-data.ts';

export interface Wave {
  readonly root: HTMLElement;
  /** What a screen reader calls it. */
  rename(label: string): void;
  /** Draws it again, in the size and the colours that it has now. */
  draw(): void;
  show(position: number): void;
}

export function createWave(outline: string, duration: number, seek: (position: number) => void): Wave {
  const levels = unpackOutline(outline);
  const loudest = Math.max(0.05, ...levels);
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  const root = element(
    'div',
    { class: 'wave', role: 'slider', tabindex: 0, 'aria-valuemin': 0, 'aria-valuemax': duration.toFixed(2) },
    canvas,
  );
  let shown = 0;

  function draw(): void {
    const { clientWidth: width, clientHeight: height } = root;
    if (width === 0) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const pen = canvas.getContext('2d');
    if (pen === null) return;
    const style = getComputedStyle(root);
    const [ahead, behind] = [style.getPropertyValue('--wave'), style.getPropertyValue('--accent')];
    pen.scale(scale, scale);
    const bars = Math.min(levels.length, Math.floor(width / 3));
    const step = width / bars;
    const played = duration > 0 ? (shown / duration) * width : 0;
    for (let bar = 0; bar < bars; bar++) {
      const from = Math.floor((bar * levels.length) / bars);
      const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / bars));
      const level = Math.max(...levels.slice(from, to)) / loudest;
      const tall = Math.max(2, level * (height - 4));
      pen.fillStyle = bar * step + step / 2 <= played ? behind : ahead;
      pen.fillRect(bar * step, (height - tall) / 2, Math.max(1, step - 1), tall);
    }
    if (shown > 0) {
      pen.fillStyle = behind;
      pen.fillRect(Math.min(width - 2, played), 0, 2, height);
    }
  }

  function show(position: number): void {
    const moved = Math.abs(position - shown) * root.clientWidth > duration / 2;
    shown = position;
    root.setAttribute('aria-valuenow', position.toFixed(2));
    root.setAttribute('aria-valuetext', `${clockTime(position)} of ${clockTime(duration)}`);
    if (moved || position === 0) draw();
  }

  const seekTo = (event: PointerEvent) => {
    const { left, width } = root.getBoundingClientRect();
    seek(Math.max(0, Math.min(1, (event.clientX - left) / width)) * duration);
  };
  root.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    root.setPointerCapture(event.pointerId);
    seekTo(event);
  });
  root.addEventListener('pointermove', event => {
    if (root.hasPointerCapture(event.pointerId)) seekTo(event);
  });
  root.addEventListener('keydown', event => {
    if (event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    seek(event.key === 'Home' ? 0 : Math.max(0, duration - 0.5));
  });
  show(0);
  return { root, draw, show, rename: label => root.setAttribute('aria-label', label) };
}
