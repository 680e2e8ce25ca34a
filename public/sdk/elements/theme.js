/**
 * The colours of both elements, by their role, as in the site's own `style.css`. Each can be
 * set from outside as `--tidings-…`; each default pair that carries text keeps 4.5:1.
 * Light or dark follows the `color-scheme` of the place where the element stands.
 */

import { sheet } from './node.js';

/** Name, light, dark. */
const COLOURS = [
  ['ground', '#fbfbf9', '#13181a'],
  ['raised', '#ffffff', '#1a2023'],
  ['ink', '#1c2327', '#e5e9ea'],
  ['ink-soft', '#586168', '#a3adb2'],
  ['line', '#dfe2e1', '#2d3539'],
  ['edge', '#848d92', '#737e84'],
  ['accent', '#0f766e', '#4fc3b6'],
  ['on-accent', '#ffffff', '#08211f'],
  ['own', '#e0efec', '#1d3532'],
  ['track', '#e3e7e6', '#2d3539'],
  ['good', '#17703a', '#6fcf8f'],
  ['bad', '#b3261e', '#ff9a8f'],
  ['wait', '#8a5300', '#e8b45c'],
];

const colours = (pick) => COLOURS.map(([name, ...pair]) => `--${name}: var(--tidings-${name}, ${pick(pair)});`).join(' ');

export const THEME = sheet(`
:host {
  ${colours(([light]) => light)}
  --radius: var(--tidings-radius, 8px);
  display: block;
  color: var(--ink);
  font: 1rem/1.5 var(--tidings-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
  text-align: start;
}
/* A browser without light-dark() (before 2024) has the light ones. */
@supports (color: light-dark(#000, #fff)) {
  :host { ${colours(([light, dark]) => `light-dark(${light}, ${dark})`)} }
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
p, ol, ul { margin: 0; padding: 0; list-style: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
/* A line of ours is in its own direction, and stands where the page's lines begin. */
.line { text-align: -webkit-match-parent; text-align: match-parent; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.state { display: inline-flex; align-items: center; gap: 0.4rem; font-size: 0.8125rem; color: var(--ink-soft); white-space: nowrap; }
.state:not(:empty)::before { content: ""; inline-size: 0.5rem; block-size: 0.5rem; border-radius: 50%; background: currentcolor; }
.state[data-state="open"] { color: var(--good); }
.state[data-state="connecting"], .state[data-state="waiting"], .state[data-state="offline"] { color: var(--wait); }
.state[data-state="closed"] { color: var(--bad); }
@media (forced-colors: active) { .state::before { forced-color-adjust: none; } }
`);
