export * from './tidings.js';
