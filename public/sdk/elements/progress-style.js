import { sheet } from './node.js';

export const PROGRESS_STYLE = sheet(`
/* The lines are there before there is anything in them, so that nothing moves later. */
:host { container-type: inline-size; }
.head, .foot { display: flex; align-items: baseline; justify-content: space-between; gap: 0.25rem 1rem; min-block-size: 1.5em; }
.label { font-weight: 600; min-inline-size: 0; overflow-wrap: anywhere; }
.percent, .figures { font-variant-numeric: tabular-nums; }
.bar { --done: 0; position: relative; block-size: 0.75rem; margin-block: 0.3rem; overflow: hidden; background: var(--track); border-radius: 1rem; }
.fill { position: absolute; inset-block: 0; inset-inline-start: 0; inline-size: calc(var(--done) * 100%); background: var(--accent); transition: inline-size 200ms linear; }
[data-phase="succeeded"] .fill { background: var(--good); }
[data-phase="failed"] .fill, [data-phase="lost"] .fill { background: var(--bad); }
[data-phase="cancelled"] .fill, [data-phase="ended"] .fill { background: var(--edge); }
.unknown .fill { inline-size: 30%; border-radius: inherit; animation: drift 1.6s ease-in-out infinite alternate; }
@keyframes drift { to { inset-inline-start: 70%; } }
.foot, .message { font-size: 0.875rem; color: var(--ink-soft); }
.figures { display: flex; flex-wrap: wrap; gap: 0 0.9rem; min-inline-size: 0; overflow-wrap: anywhere; }
.message { min-block-size: 1.5em; overflow-wrap: anywhere; }
[data-phase="succeeded"] .message { color: var(--good); }
[data-phase="failed"] .message, [data-phase="lost"] .message { color: var(--bad); }
@container (max-width: 32rem) { .foot { min-block-size: 3em; } }
@media (prefers-reduced-motion: reduce) {
  .fill { transition: none; }
  .unknown .fill { inline-size: 100%; animation: none; background: repeating-linear-gradient(135deg, var(--accent) 0 0.6rem, var(--track) 0.6rem 1.2rem); }
}
@media (forced-colors: active) {
  .bar { border: 1px solid CanvasText; }
  .fill { background: Highlight; forced-color-adjust: none; }
}
`);
