import { sheet } from './node.js';

export const CHAT_STYLE = sheet(`
/* As tall as it is told, whatever is in it: nothing around it ever moves. */
:host { block-size: var(--tidings-height, 28rem); min-block-size: 16rem; }
.frame { display: grid; grid-template-rows: auto minmax(0, 1fr) auto auto; block-size: 100%; background: var(--ground); border: 1px solid var(--line); border-radius: calc(var(--radius) * 1.5); }
.head { display: flex; align-items: center; gap: 0.25rem 1rem; min-block-size: 2.75rem; padding-inline: 1rem; border-block-end: 1px solid var(--line); }
.title { font-weight: 600; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.state { margin-inline-start: auto; }
.people { position: relative; font-size: 0.8125rem; color: var(--ink-soft); white-space: nowrap; }
summary { cursor: pointer; padding-block: 0.4rem; }
.names { position: absolute; z-index: 2; inset-inline-start: 0; inset-block-start: 100%; min-inline-size: 8rem; max-inline-size: 16rem; max-block-size: 12rem; overflow: auto; padding: 0.5rem 0.75rem; color: var(--ink); background: var(--raised); border: 1px solid var(--edge); border-radius: var(--radius); }
.names li { overflow: hidden; text-overflow: ellipsis; }

.timeline { position: relative; min-block-size: 0; }
/* The place is kept by script, in every browser alike. */
.log { container-type: inline-size; position: relative; display: flex; flex-direction: column; block-size: 100%; padding: 1rem 1rem 0.75rem; overflow-y: auto; overflow-anchor: none; overscroll-behavior: contain; }
.log:focus-visible { outline-offset: -3px; }
ol { display: grid; gap: 0.6rem; margin-block-start: auto; }
ol > li { position: relative; min-inline-size: 0; max-inline-size: min(100%, 36rem); justify-self: start; padding: 0.35rem 0.75rem 0.5rem; background: var(--raised); border: 1px solid var(--line); border-radius: var(--radius); }
ol > .own { justify-self: end; background: var(--own); border-color: transparent; }
ol > .pending { background: none; border: 1px dashed var(--edge); }
ol > .hole { justify-self: center; background: none; border: 0; font-size: 0.8125rem; color: var(--ink-soft); }
.by { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 0.5rem; font-size: 0.8125rem; color: var(--ink-soft); }
.author { font-weight: 600; min-inline-size: 0; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.gone { font-style: italic; color: var(--ink-soft); }
.quote { margin-block: 0.2rem; padding-inline-start: 0.6rem; border-inline-start: 3px solid var(--edge); font-size: 0.8125rem; color: var(--ink-soft); overflow-wrap: anywhere; }
.reactions { display: flex; flex-wrap: wrap; gap: 0.3rem; margin-block-start: 0.3rem; font-size: 0.8125rem; }
.reaction { max-inline-size: 100%; padding-inline: 0.5rem; overflow-wrap: anywhere; background: var(--ground); border: 1px solid var(--line); border-radius: 1rem; }
.trouble, .notice { font-size: 0.8125rem; color: var(--bad); }
.actions { display: flex; gap: 0.5rem; margin-block-start: 0.3rem; }

.under { display: flex; justify-content: space-between; gap: 1rem; min-block-size: 1.5rem; padding-inline: 1rem; }
.typing { min-inline-size: 0; font-size: 0.8125rem; color: var(--ink-soft); overflow-wrap: anywhere; }
.compose { padding: 0 1rem 0.9rem; }
form { display: flex; flex-wrap: wrap; align-items: end; gap: 0.5rem; }
textarea, button { font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--edge); border-radius: var(--radius); }
textarea { flex: 1; min-inline-size: 0; field-sizing: content; min-block-size: 2.75rem; max-block-size: 8rem; padding: 0.55rem 0.75rem; resize: none; }
textarea::placeholder { color: var(--ink-soft); opacity: 1; }
button { min-block-size: 2rem; padding: 0.2rem 0.75rem; cursor: pointer; font-size: 0.875rem; }
button:hover:not([aria-disabled="true"]) { border-color: var(--accent); color: var(--accent); }
button[aria-disabled="true"] { cursor: default; color: var(--ink-soft); border-color: var(--line); }
.send { min-block-size: 2.75rem; padding-inline: 1rem; font-size: 1rem; color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
.send:hover:not([aria-disabled="true"]) { color: var(--on-accent); text-decoration: underline; text-underline-offset: 0.15em; }
.earlier { align-self: center; flex: none; margin-block-end: 0.75rem; }
.fresh { position: absolute; inset-block-end: 0.5rem; inset-inline: 0; margin-inline: auto; inline-size: fit-content; border-color: var(--accent); color: var(--accent); }
.note { min-block-size: 2.75rem; display: grid; align-items: center; color: var(--ink-soft); }
`);
