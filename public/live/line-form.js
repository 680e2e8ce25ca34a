/** A form of one line, sent to a stream: once at a time, and kept where it was refused. */

/**
 * `send(text, say)` resolves to nothing when it is done, else to a sentence.
 * `say` shows one meanwhile.
 */
export function onLine({ form, input, button, refusal }, send) {
  let sending = false;
  const say = (sentence) => { refusal.textContent = sentence; };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (sending || text === '') return;
    sending = true;
    // Not `disabled`, which would take the keyboard away with it.
    button.setAttribute('aria-disabled', 'true');
    say('');
    const sentence = await send(text, say);
    button.removeAttribute('aria-disabled');
    sending = false;
    say(sentence ?? '');
    // What was refused need not be typed again; nor what was typed meanwhile.
    if (!sentence && input.value.trim() === text) input.value = '';
  });
}
