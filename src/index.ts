// The public API: re-exports only. A browser takes browser.ts, by package.json's condition; `serve` brings the server in
// when it is called and not before, so that whoever imports this file for its classifier loads no more than that.
export * from './browser.ts';
export { type Served, type ServeLog, type ServeOptions, serve } from './serve.ts';
