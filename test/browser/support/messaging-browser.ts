/** A page in Chromium with the official clients of Chime SDK messaging in it, and what has happened to them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import type { MessagingApplication } from './messaging-page.ts';

/** Temporary credentials, as STS gives them. */
export interface Keys {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

/** What the observer of a session was told: a step of its own, or the type of an event. */
export interface Happening {
  readonly what: string;
  readonly code?: number;
  // biome-ignore lint/suspicious/noExplicitAny: payloads differ by type, and assertions look into them
  readonly payload?: any;
}

export interface SessionWishes {
  /** Whose session it is to the test, and whose keys it has. */
  readonly name: string;
  readonly endpoint: string;
  readonly userArn: string;
  readonly sessionId?: string;
}

/** What the page can call outside of itself. */
export interface Outside {
  keysOf(name: string): Promise<Keys>;
  happened(name: string, happening: Happening): void;
}

/** How long a test waits for what must happen. */
const WAIT_MS = 15_000;
const BLANK = '<!doctype html><meta charset="utf-8"><title>An application</title>';

/** The application, built once for all tests of a file, and a server of its own: another origin than Parlor's. */
export interface MessagingSite extends AsyncDisposable {
  /** @param keysOf is asked whenever the application's SDK asks for credentials */
  open(browser: Browser, keysOf: Outside['keysOf']): Promise<MessagingPage>;
}

export async function openMessagingSite(): Promise<MessagingSite> {
  await using resources = new AsyncDisposableStack();
  const directory = resources.adopt(await mkdtemp(join(tmpdir(), 'parlor-page-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  await build({
    configFile: false,
    root: directory,
    logLevel: 'error',
    // As every bundler has it for packages that were written for Node too.
    define: { global: 'globalThis', 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: directory,
      minify: false,
      lib: {
        entry: join(import.meta.dirname, 'messaging-page.ts'),
        formats: ['iife'],
        name: 'bundle',
        fileName: 'page',
      },
    },
  });
  const server = createServer((_, response) => void response.setHeader('content-type', 'text/html').end(BLANK));
  server.listen(0, 'localhost');
  await once(server, 'listening');
  resources.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const running = resources.move();
  return {
    async open(browser, keysOf) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const opened = new MessagingPage(page);
      await page.exposeFunction('keysOf', keysOf);
      await page.exposeFunction('happened', (name: string, happening: Happening) => opened.add(name, happening));
      await page.goto(`http://localhost:${port}`);
      await page.addScriptTag({ path: join(directory, 'page.iife.js') });
      return opened;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

export class MessagingPage implements AsyncDisposable {
  readonly page: Page;
  readonly #happenings = new Map<string, Happening[]>();
  #wake: () => void = () => undefined;

  constructor(page: Page) {
    this.page = page;
  }

  add(name: string, happening: Happening): void {
    this.of(name).push(happening);
    this.#wake();
  }

  /** What has happened to the session so far. */
  of(name: string): Happening[] {
    const known = this.#happenings.get(name) ?? [];
    this.#happenings.set(name, known);
    return known;
  }

  /** Resolves with the first that fits, as soon as it is there. */
  hear(name: string, what: string, fits: (happening: Happening) => boolean = () => true): Promise<Happening> {
    return this.#until(name, what, (happenings) => happenings.find((each) => each.what === what && fits(each)));
  }

  /** Resolves when the session has lost its connection, has another one, and has been given its channels again. */
  async comesBack(name: string): Promise<void> {
    await this.#until(name, 'return', (happenings) => {
      const lost = happenings.findIndex(({ what }) => what === 'reconnecting');
      const since = happenings.slice(lost).map(({ what }) => what);
      return lost >= 0 && since.includes('started') && since.includes('CHANNEL_DETAILS') ? true : undefined;
    });
  }

  async #until<T>(name: string, what: string, find: (happenings: Happening[]) => T | undefined): Promise<T> {
    const late = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = find(this.of(name));
      if (found !== undefined) return found;
      if (late.aborted) assert.fail(`No ${what} of ${name}, but ${this.of(name).map((each) => each.what)}.`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        late.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  /** @see MessagingApplication */
  async start(wishes: SessionWishes): Promise<void> {
    await this.page.evaluate((given) => (globalThis as unknown as Inside).page.start(given), wishes);
    await this.hear(wishes.name, 'started');
  }

  say(name: string, channelArn: string, content: string): Promise<void> {
    const call = [name, channelArn, content] as const;
    return this.page.evaluate((given) => (globalThis as unknown as Inside).page.say(...given), call);
  }

  stop(name: string): Promise<void> {
    return this.page.evaluate((given) => (globalThis as unknown as Inside).page.stop(given), name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }
}

interface Inside {
  readonly page: MessagingApplication;
}
