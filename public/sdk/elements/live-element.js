/**
 * An element that is connected while it stands in a page: what both have in common.
 *
 * A subclass opens its connection in `begin(url)`, closes it in `end()` and draws its words
 * anew in `relabel()`. Both are called a microtask after what caused them: several
 * attributes set in a row make one connection, and moving the element keeps it.
 */

import { THEME } from './theme.js';

/** The attributes that another one of means another connection. */
const CONNECTING = ['src', 'token', 'name'];

export class LiveElement extends HTMLElement {
  #labels;
  #token = null;
  #planned = false;
  #running = false;
  #stale = false;

  constructor(labels, ...styles) {
    super();
    this.#labels = labels;
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [THEME, ...styles];
  }

  /** The words, and the `locale` of the numbers and times among them. */
  get labels() {
    return this.#labels;
  }

  /** Replaces the labels that are given and keeps the rest. */
  set labels(given) {
    const refusals = { ...this.#labels.refusals, ...given?.refusals };
    this.#labels = { ...this.#labels, ...given, refusals };
    this.relabel();
  }

  /** A token, or a function that gets one. Not written into the page, where others can read it. */
  get token() {
    return this.#token ?? this.getAttribute('token') ?? undefined;
  }

  set token(token) {
    this.#token = token ?? null;
    this.#restart();
  }

  get src() {
    return this.getAttribute('src') ?? '';
  }

  set src(address) {
    this.setAttribute('src', address);
  }

  /** What it is called; without the attribute the last part of the address. */
  get label() {
    if (this.hasAttribute('label')) return this.getAttribute('label');
    const last = this.src.split(/[?#]/)[0].split('/').filter(Boolean).at(-1) ?? '';
    try {
      return decodeURIComponent(last);
    } catch {
      return last;
    }
  }

  set label(text) {
    this.setAttribute('label', text);
  }

  connectedCallback() {
    // What a page has set before this class was there stands in the way of the accessors.
    for (const name of Object.keys(this).filter((key) => key in this.constructor.prototype)) {
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
    this.relabel();
    this.#plan();
  }

  disconnectedCallback() {
    this.#plan();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    this.relabel();
    if (CONNECTING.includes(name)) this.#restart();
  }

  /** Tells the page; such an event leaves the element and rises. */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(`tidings-${type}`, { detail, bubbles: true, composed: true }));
  }

  #restart() {
    this.#stale = true;
    this.#plan();
  }

  #plan() {
    if (this.#planned) return;
    this.#planned = true;
    queueMicrotask(() => {
      this.#planned = false;
      const wanted = this.isConnected && this.src !== '';
      if (this.#running && (this.#stale || !wanted)) {
        this.#running = false;
        this.end();
      }
      this.#stale = false;
      if (wanted && !this.#running) {
        this.#running = true;
        // What is no address the SDK refuses, and the subclass says so.
        this.begin(URL.canParse(this.src, this.baseURI) ? new URL(this.src, this.baseURI).href : this.src);
      }
    });
  }
}
