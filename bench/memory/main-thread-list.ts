/** A list as pages have them: items with a link, a thumb and a few words, and a listener of the page's own that changes something on the screen. */
export function buildList(parent: HTMLElement, items: number): void {
  const style = document.createElement('style');
  style.textContent = `
    body { margin: 0; font: 12px/16px sans-serif; }
    ul { display: grid; grid-template-columns: repeat(10, 1fr); gap: 4px; margin: 0; padding: 0; list-style: none; }
    li { height: 56px; overflow: hidden; background: #eee; }
    li.chosen { background: #bde; }
    input { display: block; height: 24px; }`;
  const list = document.createElement('ul');
  list.dataset.tendrilDecision = 'decision-1';
  list.dataset.tendrilTask = 'news';
  for (let index = 0; index < items; index++) list.append(item(index));
  list.addEventListener('click', ({ target }) => {
    const chosen = target instanceof Element ? target.closest('li') : null;
    chosen?.classList.toggle('chosen');
  });
  parent.append(style, document.createElement('input'), list);
}

function item(index: number): HTMLLIElement {
  const element = document.createElement('li');
  element.dataset.tendrilItem = `item-${index}`;
  const title = document.createElement('div');
  title.className = 'title';
  title.textContent = `Item number ${index}`;
  const thumb = document.createElement('button');
  thumb.type = 'button';
  thumb.textContent = 'good';
  thumb.dataset.tendrilSignal = 'thumb';
  thumb.dataset.tendrilValue = '1';
  element.append(title, thumb);
  return element;
}
