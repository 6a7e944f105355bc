// A headless Chromium, spoken to by its DevTools protocol over two pipes: nothing but Node.js is needed.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export class Chromium {
  // `program`: its path. Nothing of it is left behind by close().
  static async start(program) {
    const browser = new Chromium();
    browser.profile = mkdtempSync(join(tmpdir(), 'tridex-page-'));
    browser.process = spawn(program, ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage', '--remote-debugging-pipe',
      `--user-data-dir=${browser.profile}`, 'about:blank'], {stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe']});
    const [, , , send, receive] = browser.process.stdio;
    browser.waiting = new Map();
    browser.listeners = [];
    browser.next = 1;
    browser.write = (message) => send.write(`${JSON.stringify(message)}\0`);
    let text = '';
    receive.setEncoding('utf8');
    receive.on('data', (data) => {
      const parts = (text + data).split('\0');
      text = parts.pop();
      for (const part of parts) browser.take(JSON.parse(part));
    });
    browser.process.on('exit', (code) => {
      for (const {reject} of browser.waiting.values()) reject(new Error(`chromium ended (${code})`));
    });
    const {targetId} = await browser.call('Target.createTarget', {url: 'about:blank'}, null);
    browser.session = (await browser.call('Target.attachToTarget', {targetId, flatten: true}, null)).sessionId;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await browser.call(`${domain}.enable`);
    return browser;
  }

  take(message) {
    if (message.id === undefined) {
      for (const listener of this.listeners) listener(message.method, message.params);
      return;
    }
    const {resolve, reject, method} = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error) reject(new Error(`${method}: ${message.error.message}`));
    else resolve(message.result);
  }

  call(method, params = {}, session = this.session) {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, {resolve, reject, method});
      this.write({id, method, params, ...(session ? {sessionId: session} : {})});
    });
  }

  on(listener) { this.listeners.push(listener); }

  async open(url) {
    const loaded = new Promise((resolve) => this.on((method) => { if (method === 'Page.loadEventFired') resolve(); }));
    await this.call('Page.navigate', {url});
    await loaded;
    await this.settle();
  }

  // The value of an expression of the page, which may be a promise.
  async value(expression) {
    const result = await this.call('Runtime.evaluate', {expression, awaitPromise: true, returnByValue: true});
    if (result.exceptionDetails) {
      throw new Error(`${expression}: ${result.exceptionDetails.exception?.description ?? result.exceptionDetails.text}`);
    }
    return result.result.value;
  }

  // Until two more frames are drawn.
  settle() { return this.value('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))'); }

  async mouse(type, x, y, more = {}) {
    await this.call('Input.dispatchMouseEvent', {type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1, ...more});
  }
  async click(x, y, modifiers = 0) {
    await this.mouse('mouseMoved', x, y);
    await this.mouse('mousePressed', x, y, {modifiers});
    await this.mouse('mouseReleased', x, y, {modifiers});
    await this.settle();
  }
  async press(key, code = key) {
    const printed = key.length === 1 ? {text: key} : key === 'Enter' ? {text: '\r'} : {};
    await this.call('Input.dispatchKeyEvent', {type: 'keyDown', key, code, ...printed});
    await this.call('Input.dispatchKeyEvent', {type: 'keyUp', key, code});
    await this.settle();
  }

  async size(width, height, mobile = false) {
    await this.call('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile});
    await this.settle();
  }
  async colours(scheme) {
    await this.call('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value: scheme}]});
    await this.settle();
  }

  async close() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.call('Browser.close', {}, null).catch(() => {});
    await ended;
    rmSync(this.profile, {recursive: true, force: true, maxRetries: 5});
  }
}
