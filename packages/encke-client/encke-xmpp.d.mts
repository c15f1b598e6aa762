// The declarations of encke-xmpp.d.ts for modules of ECMAScript.
import Encke from './encke-xmpp.js';

export default Encke;
export import XmppClient = Encke.XmppClient;
