// The declarations of encke-mux.d.ts for modules of ECMAScript.
import Encke from './encke-mux.js';

export default Encke;
export import Mux = Encke.Mux;
