// What encke-mux.js puts on Encke; encke-mux.d.mts is the same for ECMAScript modules.
import Encke = require('./encke');

declare module './encke' {
  interface MuxOptions extends Omit<SocketOptions, 'reconnect' | 'reload' | 'share'> {
    /** Bytes that the server may send in one socket before the page has taken them, 48 more for each piece; 262144. */
    window?: number;
  }

  interface MuxCloseEvent extends SocketEvent {
    readonly code: number;
    readonly reason: string;
    readonly wasClean: boolean;
  }

  interface MuxSocketEvents {
    open: SocketEvent;
    message: MessageEvent;
    error: ErrorEvent;
    close: MuxCloseEvent;
  }

  /** A socket over one stream of a Mux, with the interface of WebSocket. */
  interface MuxSocket {
    readonly CONNECTING: 0;
    readonly OPEN: 1;
    readonly CLOSING: 2;
    readonly CLOSED: 3;
    readonly url: string;
    readonly protocol: string;
    readonly extensions: string;
    readonly readyState: 0 | 1 | 2 | 3;
    /** Bytes that have not been given to the session yet. */
    readonly bufferedAmount: number;
    binaryType: 'blob' | 'arraybuffer';
    send(data: Message): void;
    close(code?: number, reason?: string): void;
    /** No message comes until resume(), and the server sends no more than the window meanwhile. */
    pause(): void;
    resume(): void;
    onopen: ((event: SocketEvent) => void) | null;
    onmessage: ((event: MessageEvent) => void) | null;
    onerror: ((event: ErrorEvent) => void) | null;
    onclose: ((event: MuxCloseEvent) => void) | null;
    addEventListener<Type extends keyof MuxSocketEvents>(type: Type, listener: (event: MuxSocketEvents[Type]) => void,
      options?: {once?: boolean}): void;
    removeEventListener<Type extends keyof MuxSocketEvents>(type: Type, listener: (event: MuxSocketEvents[Type]) => void): void;
    dispatchEvent(event: {type: string}): boolean;
  }

  interface MuxEvents {
    open: SocketEvent;
    error: ErrorEvent;
    close: MuxCloseEvent;
    interrupt: SocketEvent;
    resume: SocketEvent;
    transport: SocketEvent;
  }

  /** One session of a service of the type `mux`, which carries sockets to others of that server. */
  class Mux {
    constructor(url: string, options?: MuxOptions);
    /** A socket to the service at a path, "/chat" or "/chat?room=1"; after the session was lost the next one opens another. */
    socket(path: string, protocols?: string | readonly string[], options?: {token?: string}): MuxSocket;
    /** Closes every socket, and then the session. */
    close(code?: number, reason?: string): void;
    /** In the place of WebSocket for these paths of this server. */
    install(paths: readonly string[]): void;
    uninstall(): void;
    /** What WebSocket is, for clients that want a constructor: takes a URL or a path. */
    readonly Socket: new (url: string, protocols?: string | readonly string[]) => MuxSocket;
    readonly url: string;
    /** The transport in use; '' until there is one. */
    readonly transport: string;
    onopen: ((event: SocketEvent) => void) | null;
    onerror: ((event: ErrorEvent) => void) | null;
    onclose: ((event: MuxCloseEvent) => void) | null;
    oninterrupt: ((event: SocketEvent) => void) | null;
    onresume: ((event: SocketEvent) => void) | null;
    ontransport: ((event: SocketEvent) => void) | null;
    addEventListener<Type extends keyof MuxEvents>(type: Type, listener: (event: MuxEvents[Type]) => void,
      options?: {once?: boolean}): void;
    removeEventListener<Type extends keyof MuxEvents>(type: Type, listener: (event: MuxEvents[Type]) => void): void;
  }
}

export = Encke;
export as namespace Encke;
