/** A panel at the side of the page, over it: nothing of the page moves. Escape, the cross and a click beside it close it. */
export function prepareDrawer(dialog: HTMLDialogElement): void {
  // The dialog's own box has no padding, so only a click on the backdrop has the dialog itself as its target.
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}
