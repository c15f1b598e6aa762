// What Encke's client has, for scripts (the global Encke) and for CommonJS; encke.d.mts is the same for ECMAScript modules. Nothing here
// needs the declarations of browsers, or of Node.

declare namespace Encke {
  /** What may be sent. Where a browser has no ArrayBuffer, bytes are arrays of numbers from 0 to 255. */
  type Message = string | ArrayBufferLike | ArrayBufferView | BlobLike | readonly number[];

  interface BlobLike {
    readonly size: number;
    readonly type: string;
    slice(start?: number, end?: number, contentType?: string): BlobLike;
  }

  type TransportName = 'websocket' | 'flash' | 'xhr_stream' | 'eventsource' | 'multipart' | 'forever_frame' | 'xhr_poll' | 'json_request' |
    'jsonp' | 'poll';

  interface SocketOptions {
    /** What may be tried, in this order; all of them where nothing is said. */
    transports?: TransportName | readonly TransportName[];
    /** The least that a try of a transport gets, in milliseconds. */
    timeout?: number;
    /** Where the page's own addresses are looked for: with 'https://push.example/a', '/chat' is 'https://push.example/a/chat'. */
    server?: string;
    /** A sign of life is asked for when nothing came for so many milliseconds. */
    heartbeat?: number;
    /** Goes on with a new session after one that is over; `gap` tells. */
    reconnect?: boolean | ReconnectOptions;
    /** What report() says goes to the server's log when a transport was given up or the session ends in a way that was not meant. */
    tell?: boolean;
    /** With each so many messages a sample of the time that an exchange takes goes to the server's metrics; not with `share`. */
    timings?: number;
    /** The session outlives a reload of the page. */
    reload?: boolean;
    /** All tabs of the origin that open the same address share one session and one connection. */
    share?: boolean;
    flash?: FlashOptions;
    /** What lets the page in, where the service takes tokens: asked for anew for each session. */
    token?: string | (() => string | PromiseLike<string>);
  }

  interface FlashOptions {
    /** Where this page's own origin has encke.swf; the server's, where that is the page's origin. */
    swf?: string;
    /** Where the Flash Player asks for a socket policy first: 'xmlsocket://push.example:8080'. */
    policy?: string;
  }

  interface ReconnectOptions {
    /** In a row, after which the socket closes for good; as many as it takes where nothing is said. */
    attempts?: number;
    /** The shortest pause, in milliseconds. */
    least?: number;
    /** The longest one. */
    most?: number;
  }

  interface InstallOptions extends SocketOptions {
    /** Also where there is a WebSocket already. */
    always?: boolean;
  }

  /** An event of the facade's own; a subset of the DOM's. */
  interface SocketEvent {
    readonly type: string;
    readonly target: any;
    readonly currentTarget: any;
    readonly bubbles: boolean;
    readonly cancelable: boolean;
    readonly defaultPrevented: boolean;
    readonly eventPhase: number;
    readonly timeStamp: number;
    preventDefault(): void;
    stopPropagation(): void;
    stopImmediatePropagation(): void;
  }

  interface MessageEvent extends SocketEvent {
    /** A string, or bytes as binaryType says. */
    readonly data: any;
    readonly origin: string;
    readonly lastEventId: string;
    readonly source: null;
    readonly ports: readonly never[];
  }

  interface ErrorEvent extends SocketEvent {
    /** What happened: the reason of the close event that follows. */
    readonly message: string;
  }

  interface CloseEvent extends SocketEvent {
    readonly code: number;
    readonly reason: string;
    readonly wasClean: boolean;
    /** The messages of this page, in order, that may or may not have been delivered. */
    readonly unacknowledged: ReadonlyArray<string | ArrayBuffer | number[]>;
  }

  /** A connection is lost; the session waits for the next one. */
  interface InterruptEvent extends SocketEvent {
    readonly reason: string;
  }

  /** A new session begins, right before its `open`. */
  interface GapEvent extends SocketEvent {
    readonly reason: string;
    readonly unacknowledged: ReadonlyArray<string | ArrayBuffer | number[]>;
  }

  interface SocketEvents {
    open: SocketEvent;
    message: MessageEvent;
    error: ErrorEvent;
    close: CloseEvent;
    interrupt: InterruptEvent;
    resume: SocketEvent;
    gap: GapEvent;
    /** Another transport carries the session from now on: `transport` names it. */
    transport: SocketEvent;
  }

  interface ListenerOptions {
    capture?: boolean;
    once?: boolean;
    signal?: {readonly aborted: boolean; addEventListener(type: 'abort', listener: () => void): void};
  }

  type Handler<Self, Event> = ((this: Self, event: Event) => any) | null;
  type Listener<Self, Event> = ((this: Self, event: Event) => any) | {handleEvent(event: Event): void} | null;

  /** What came of one transport. */
  interface ReportEntry {
    /** A transport's name; 'open' for the request that opens the session, 'reload' and 'share' for those options. */
    transport: string;
    outcome: 'skipped' | 'failed' | 'timed out' | 'in use' | 'lost' | 'replaced';
    milliseconds: number;
    /** In words, for an operator. */
    reason: string;
  }

  class Socket {
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSING: 2;
    static readonly CLOSED: 3;

    constructor(url: string | {toString(): string}, protocols?: string | readonly string[] | null, options?: SocketOptions);

    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSING: 2;
    readonly CLOSED: 3;

    readonly url: string;
    readonly readyState: 0 | 1 | 2 | 3;
    /** Bytes that have not been handed to the network. */
    readonly bufferedAmount: number;
    readonly extensions: string;
    readonly protocol: string;
    binaryType: 'blob' | 'arraybuffer';
    /** The transport in use; '' before it is open. It may change while the socket is open. */
    readonly transport: string;

    send(data: Message): void;
    close(code?: number, reason?: string): void;
    /** The latest of each transport, the latest last. */
    report(): ReportEntry[];

    onopen: Handler<this, SocketEvent>;
    onmessage: Handler<this, MessageEvent>;
    onerror: Handler<this, ErrorEvent>;
    onclose: Handler<this, CloseEvent>;
    oninterrupt: Handler<this, InterruptEvent>;
    onresume: Handler<this, SocketEvent>;
    ongap: Handler<this, GapEvent>;
    ontransport: Handler<this, SocketEvent>;

    addEventListener<Type extends keyof SocketEvents>(type: Type, listener: Listener<this, SocketEvents[Type]>,
      options?: boolean | ListenerOptions): void;
    addEventListener(type: string, listener: Listener<this, any>, options?: boolean | ListenerOptions): void;
    removeEventListener<Type extends keyof SocketEvents>(type: Type, listener: Listener<this, SocketEvents[Type]>,
      options?: boolean | ListenerOptions): void;
    removeEventListener(type: string, listener: Listener<this, any>, options?: boolean | ListenerOptions): void;
    /** Takes any object with a type. */
    dispatchEvent(event: {readonly type: string}): boolean;

    /** @deprecated The names of 2008: url, send, close, onmessage and onclose. */
    readonly URL: string;
    /** @deprecated See URL. */
    postMessage(data: Message): void;
    /** @deprecated See URL. */
    disconnect(): void;
    /** @deprecated See URL. */
    onread: Handler<this, MessageEvent>;
    /** @deprecated See URL. */
    onclosed: Handler<this, CloseEvent>;
  }

  /** The interface of the browsers' EventSource. */
  class EventSource {
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSED: 2;

    constructor(url: string | {toString(): string}, options?: {withCredentials?: boolean});

    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSED: 2;

    readonly url: string;
    readonly withCredentials: boolean;
    readonly readyState: 0 | 1 | 2;
    close(): void;

    onopen: Handler<this, SocketEvent>;
    onmessage: Handler<this, MessageEvent>;
    onerror: Handler<this, SocketEvent>;

    addEventListener(type: 'open' | 'error', listener: Listener<this, SocketEvent>, options?: boolean | ListenerOptions): void;
    addEventListener(type: string, listener: Listener<this, MessageEvent>, options?: boolean | ListenerOptions): void;
    removeEventListener(type: string, listener: Listener<this, any>, options?: boolean | ListenerOptions): void;
    dispatchEvent(event: {readonly type: string}): boolean;
  }

  /** Puts the facade in the place of WebSocket where there is none, or always. Answers whether it is there. */
  function install(options?: InstallOptions): boolean;
  /** Undoes that. */
  function uninstall(): void;

  /** In Node only: other means than Node's own, such as the WebSocket of the package ws. */
  function use(means: {WebSocket?: any, fetch?: (address: string, options?: any) => Promise<any>}): void;

  /** The page's own small file that frames load where a browser has no postMessage; '/favicon.ico' where nothing is said. */
  let blank: string;

  /** JSON for every browser. What it writes passes through anything. */
  const JSON: {parse(text: string): any, stringify(value: any): string};
}

export = Encke;
export as namespace Encke;
