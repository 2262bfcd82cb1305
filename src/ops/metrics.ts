import { createRequire } from 'node:module';
import type { Counter, Histogram } from 'prom-client';
import type { MessagingObserver } from '../chime/ports.ts';
import type { Observer } from '../engine/ports.ts';
import type { ChatAction, ChatObserver } from '../ivs/ports.ts';
import type { HttpResponse } from '../transport/ports.ts';

/** What gauges read when they are scraped. */
export interface MetricsSources {
  chatConnections(): number;
  messagingConnections(): number;
  handshakesWaiting(): number;
  unreadBytes(): number;
  auditLinesLost(): number;
}

/** One control-plane call, when it has been answered. */
export interface ApiCall {
  readonly operation: string;
  readonly status: number;
  readonly elapsedMs: number;
}

/** Everything `/metrics` tells, in Prometheus' text format. Counts from the start; costs nothing until it counts. */
export interface Metrics {
  readonly engine: Observer;
  readonly chat: ChatObserver;
  readonly messaging: MessagingObserver;
  apiCall(call: ApiCall): void;
  /** Sets where the gauges read from. */
  observe(sources: MetricsSources): void;
  /** Loads the registry, which the first count waits for otherwise (about 20 ms). */
  warm(): void;
  render(): Promise<HttpResponse>;
}

const ACTIONS: readonly ChatAction[] = ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER', 'SEND_EVENT'];

/** The ten metrics of CloudWatch's `AWS/IVSChat` (spec/ivs-chat 7), and what an operator needs beyond them. */
export function createMetrics(): Metrics {
  let sources: MetricsSources = {
    chatConnections: () => 0,
    messagingConnections: () => 0,
    handshakesWaiting: () => 0,
    unreadBytes: () => 0,
    auditLinesLost: () => 0,
  };
  let made: Instruments | undefined;
  const instruments = () => {
    made ??= createInstruments(() => sources);
    return made;
  };

  return {
    engine: {
      fannedOut(count, receivers, elapsedMs) {
        const { fanOut, frames } = instruments();
        fanOut.observe(elapsedMs / 1000);
        frames.inc(count * receivers);
      },
      sessionReset: (cause) => instruments().resets.inc({ cause }),
    },
    chat: {
      requested(action) {
        const { messagingRequests, requests } = instruments();
        messagingRequests.inc();
        requests[action].inc();
      },
      delivered(action, connections) {
        const { messagingDeliveries, deliveries } = instruments();
        messagingDeliveries.inc(connections);
        deliveries[action].inc(connections);
      },
      handshake({ cause }) {
        if (cause !== undefined) instruments().refused.inc({ cause });
      },
      answeredError: (code) => instruments().errors.inc({ code }),
    },
    messaging: { handshake: ({ status }) => instruments().connects.inc({ status }) },
    apiCall({ operation, status, elapsedMs }) {
      const { calls, callSeconds } = instruments();
      calls.inc({ operation, status });
      callSeconds.observe({ operation }, elapsedMs / 1000);
    },
    observe(next) {
      sources = next;
    },
    warm: () => void instruments(),
    async render() {
      const { registry } = instruments();
      return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() };
    },
  };
}

type Instruments = ReturnType<typeof createInstruments>;

/** Loads prom-client, and registers everything with it. @param sources what gauges read */
function createInstruments(sources: () => MetricsSources) {
  const client: typeof import('prom-client') = createRequire(import.meta.url)('prom-client');
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = client;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
  function counter(name: string, help: string, label?: string): Counter<string> {
    return new Counter({ name, help, registers, labelNames: label === undefined ? [] : [label] });
  }
  function seconds(name: string, help: string, label?: string): Histogram<string> {
    const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
    return new Histogram({ name, help, registers, buckets, labelNames: label === undefined ? [] : [label] });
  }

  gauge('ivschat_concurrent_chat_connections', 'Open chat connections', () => sources().chatConnections());
  gauge('parlor_messaging_connections', 'Open connections of Chime SDK messaging', () =>
    sources().messagingConnections(),
  );
  gauge('parlor_handshakes_waiting', 'Handshakes held until there is room', () => sources().handshakesWaiting());
  gauge('parlor_unread_bytes', 'Bytes that peers have not read yet', () => sources().unreadBytes());
  gauge('parlor_audit_lines_lost', 'Audit lines that could not be written', () => sources().auditLinesLost());
  const messagingRequests = counter('ivschat_messaging_requests_total', 'Client requests, all actions');
  const requests = byAction(counter('ivschat_requests_total', 'Client requests by action', 'action'));
  const messagingDeliveries = counter('ivschat_messaging_deliveries_total', 'Deliveries to connections, all actions');
  const deliveries = byAction(counter('ivschat_deliveries_total', 'Deliveries to connections by action', 'action'));
  counter('ivschat_review_invocation_errors_total', 'Review handlers that could not be invoked', 'uri');
  counter('ivschat_review_response_validation_errors_total', 'Invalid responses of review handlers', 'uri');
  for (const kind of ['', 'access_denied_', 'resource_not_found_']) {
    const name = `ivschat_log_destination_${kind}errors_total`;
    counter(
      name,
      `Chat log deliveries that failed${kind === '' ? '' : `: ${kind.replaceAll('_', ' ').trim()}`}`,
      'logging_configuration',
    );
  }
  const refused = counter('parlor_handshakes_refused_total', 'Refused handshakes by cause', 'cause');
  const connects = counter(
    'parlor_messaging_handshakes_total',
    'Handshakes of Chime SDK messaging by outcome: 101, a close code, or an HTTP status',
    'status',
  );
  const errors = counter('parlor_chat_errors_total', 'ERROR frames by code', 'code');
  const resets = counter(
    'parlor_sessions_reset_total',
    'Sessions reset because the peer does not read, by limit',
    'cause',
  );
  const fanOut = seconds('parlor_fan_out_seconds', 'From the first frame of a batch to its last write');
  const frames = counter('parlor_frames_written_total', 'Frames handed to connections');
  const calls = new Counter({
    name: 'parlor_api_calls_total',
    help: 'Control-plane calls by operation and status',
    registers,
    labelNames: ['operation', 'status'],
  });
  const callSeconds = seconds('parlor_api_call_seconds', 'Time to answer a control-plane call', 'operation');

  return {
    registry,
    messagingRequests,
    requests,
    messagingDeliveries,
    deliveries,
    refused,
    connects,
    errors,
    resets,
    fanOut,
    frames,
    calls,
    callSeconds,
  };
}

/** The children of a counter, looked up once: finding one by its labels costs more than counting. */
function byAction(counter: Counter<string>): Readonly<Record<ChatAction, { inc(by?: number): void }>> {
  const children = ACTIONS.map((action) => [action, counter.labels(action)] as const);
  return Object.fromEntries(children) as Record<ChatAction, { inc(by?: number): void }>;
}
