/**
 * The address of a page that is about what its hash names.
 *
 * Another name typed into the address bar is another page. The link that skips to the
 * content would be one, too: it is done here, and leaves the address as it is.
 */

/** From now on. */
export function keepToAddress() {
  addEventListener('hashchange', () => location.reload());
  document.querySelector('.skip')?.addEventListener('click', (event) => {
    event.preventDefault();
    document.getElementById('main').focus();
  });
}
