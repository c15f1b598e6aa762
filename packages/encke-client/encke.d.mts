// The declarations of encke.d.ts for modules of ECMAScript.
import Encke from './encke.js';

export default Encke;
export import Socket = Encke.Socket;
export import EventSource = Encke.EventSource;
export declare const install: typeof Encke.install;
export declare const uninstall: typeof Encke.uninstall;
export declare const use: typeof Encke.use;
