/**
 * `<tidings-progress>` and `<tidings-chat>`, on any page:
 *
 *     <script type="module" src="https://example.com/sdk/elements.js"></script>
 *
 * A page that needs one of the two imports that file of `elements/` and defines it itself.
 */

import { TidingsChat } from './elements/chat.js';
import { TidingsProgress } from './elements/progress.js';

// A page may load this from two addresses, and a name can be given once.
if (!customElements.get('tidings-progress')) customElements.define('tidings-progress', TidingsProgress);
if (!customElements.get('tidings-chat')) customElements.define('tidings-chat', TidingsChat);

export { TidingsChat, TidingsProgress };
