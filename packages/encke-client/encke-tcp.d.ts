// What encke-tcp.js puts on Encke; encke-tcp.d.mts is the same for ECMAScript modules.
import Encke = require('./encke');

declare module './encke' {
  interface TCPSocketOptions extends Omit<SocketOptions, 'reconnect' | 'reload' | 'share'> {
    /** Where the gateway is; TCPSocket.url where nothing is said. */
    url?: string;
    protocols?: string | readonly string[];
  }

  /** A TCP connection to a host and port that the gateway allows. */
  class TCPSocket {
    static readonly INITIALIZED: 1;
    static readonly OPENING: 2;
    static readonly OPEN: 3;
    static readonly CLOSING: 4;
    static readonly CLOSED: 5;
    /** Where the gateway is; '/tcp'. */
    static url: string;
    /** Of all that are made from then on. */
    static options: TCPSocketOptions;
    /** Makes it the global TCPSocket. */
    static install(): void;

    constructor(options?: TCPSocketOptions);
    /** The form of 2008: opens the connection. */
    constructor(host: string, port: number | string, isBinary?: boolean);

    readonly readyState: 1 | 2 | 3 | 4 | 5;
    /** Once. With isBinary what comes is bytes, and text in UTF-8 where nothing is said. */
    open(host: string, port: number | string, isBinary?: boolean): void;
    send(data: Message): void;
    /** Behind all that was sent. */
    close(): void;
    /** At once; what was sent and is still on its way may be lost. */
    reset(): void;

    onopen: (() => void) | null;
    /** Given a string, or an ArrayBuffer: some of what has come, cut anywhere. */
    onread: ((data: any) => void) | null;
    onclose: ((code: number, reason: string) => void) | null;

    /** @deprecated The name of 2008 of onclose, where that is not set. */
    onclosed: ((code: number, reason: string) => void) | null;
    /** @deprecated See onclosed. */
    disconnect(): void;
    /** @deprecated See onclosed. */
    postMessage(data: Message): void;
  }
}

export = Encke;
export as namespace Encke;
