import { sheet } from './node.js';

export const DEEDS_STYLE = sheet(`
.reaction.mine { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
button.reaction { min-block-size: 1.625rem; padding-block: 0; font-size: inherit; }

/* Over the upper edge of its message, of whose place it takes none: nothing moves when it appears. Where that edge is out of sight, at the upper edge of what is in it. */
.deeds { position: absolute; z-index: 1; inset-inline: 0; inset-block: -1.2rem 0; display: flex; align-items: flex-start; justify-content: safe flex-end; opacity: 0; pointer-events: none; }
.own > .deeds { justify-content: flex-end; }
ol > li:focus-within > .deeds { opacity: 1; }
ol > li:focus-within .bar { pointer-events: auto; }
@media (hover: hover) {
  ol > li:hover > .deeds { opacity: 1; }
  ol > li:hover .bar { pointer-events: auto; }
}
.bar { position: sticky; inset-block-start: -0.75rem; flex: none; display: flex; flex-wrap: wrap; gap: 2px; max-inline-size: calc(100cqi - 2rem); padding: 2px; background: var(--raised); border: 1px solid var(--edge); border-radius: var(--radius); }
.bar button { min-block-size: 1.625rem; min-inline-size: 1.75rem; padding: 0 0.5rem; font-size: 0.8125rem; background: none; border-color: transparent; border-radius: calc(var(--radius) * 0.75); }
.bar .emoji { padding-inline: 0.25rem; font-size: 0.9375rem; overflow-wrap: anywhere; }
.bar [aria-pressed="true"] { background: var(--own); border-color: var(--accent); }
.bar .sure, .bar .sure:hover:not([aria-disabled="true"]) { color: var(--bad); border-color: var(--bad); }
.handle { display: none; }
ol > .editing { border-color: var(--accent); }

.editing-line { flex-basis: 100%; display: flex; align-items: center; justify-content: space-between; gap: 1rem; padding-inline-start: 0.75rem; font-size: 0.8125rem; color: var(--ink-soft); border-inline-start: 3px solid var(--accent); }
.editing-line button { min-block-size: 1.75rem; font-size: inherit; }

@media (hover: none) {
  .handle { display: block; position: absolute; inset-block-start: 0; inset-inline-end: 0; inline-size: 2.75rem; min-block-size: 2.25rem; padding: 0; background: none; border: 0; color: var(--ink-soft); }
  ol > li:has(> .handle) > .by { padding-inline-end: 2.25rem; }
}
@media (pointer: coarse) {
  .deeds { inset-block-start: -2.3rem; }
  .bar button { min-block-size: 2.75rem; min-inline-size: 2.75rem; }
  button.reaction { min-block-size: 2.25rem; min-inline-size: 2.75rem; }
}
@media (forced-colors: active) {
  [aria-pressed="true"] { forced-color-adjust: none; color: HighlightText; background: Highlight; border-color: Highlight; }
}
`);
