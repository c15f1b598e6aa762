// What encke-xmpp.js puts on Encke; encke-xmpp.d.mts is the same for ECMAScript modules.
import Encke = require('./encke');

declare module './encke' {
  interface XmppClientOptions extends Omit<SocketOptions, 'reconnect' | 'reload' | 'share'> {
    /** "ada@xmpp.example", with "/resource" or without. */
    jid: string;
    password: string;
    /** Which of its clients this is; the server chooses one where nothing is said. */
    resource?: string;
    /** Lets PLAIN be spoken where neither the URL nor the page is of TLS. */
    plain?: boolean;
  }

  interface XmppContact {
    jid: string;
    /** Empty: it has none. */
    name: string;
    subscription: 'none' | 'to' | 'from' | 'both';
    /** "subscribe" while an answer is waited for. */
    ask: '' | 'subscribe';
  }

  interface XmppMessage {
    from: string;
    to: string;
    body: string;
    type: 'normal' | 'chat' | 'groupchat' | 'headline' | 'error';
    id: string;
    /** When it was sent, where the server has kept it meanwhile; or empty. */
    stamp: string;
  }

  interface XmppPresence {
    from: string;
    type: 'available' | 'unavailable' | 'subscribe' | 'subscribed' | 'unsubscribe' | 'unsubscribed' | 'error' | 'probe';
    show: '' | 'away' | 'chat' | 'dnd' | 'xa';
    status: string;
  }

  /** A server of XMPP, by a service of the type xmpp. */
  class XmppClient {
    constructor();
    /** One's own address, with the resource once that is known. */
    readonly jid: string;
    /** Those of the roster, as it is now. */
    readonly roster: XmppContact[];

    connect(url: string, options: XmppClientOptions): void;
    /** Answers the id that it has. */
    message(to: string, body: string, type?: string): string;
    /** Tells that one types ("composing") or does no more ("paused", "active"). */
    state(to: string, state: string): void;
    presence(show?: '' | 'away' | 'chat' | 'dnd' | 'xa' | 'unavailable', status?: string): void;
    subscribe(jid: string): void;
    approve(jid: string): void;
    deny(jid: string): void;
    add(jid: string, name?: string): void;
    remove(jid: string): void;
    /** A stanza, as XML. */
    send(xml: string): void;
    close(): void;

    onopen: (() => void) | null;
    onclose: ((code: number, reason: string) => void) | null;
    onerror: ((error: {condition: string; text: string}) => void) | null;
    onmessage: ((message: XmppMessage) => void) | null;
    onpresence: ((presence: XmppPresence) => void) | null;
    onroster: ((roster: XmppContact[]) => void) | null;
    onstate: ((state: {from: string; state: string}) => void) | null;
  }
}

export = Encke;
export as namespace Encke;
