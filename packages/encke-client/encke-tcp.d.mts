// The declarations of encke-tcp.d.ts for modules of ECMAScript.
import Encke from './encke-tcp.js';

export default Encke;
export import TCPSocket = Encke.TCPSocket;
